internal import FoundationEssentials
internal import Glibc

/// Files and standard input, read whole.
enum Files {
    /// The bytes of a file, or of standard input for `-`.
    ///
    /// - Throws: ``CommandError`` with code 66.
    static func read(_ path: String) throws(CommandError) -> [UInt8] {
        if path == "-" { return standardInput() }
        do { return try contents(path) } catch {
            var isFolder = false
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
                throw CommandError(
                    .noInput,
                    isFolder ? "\(path) is a folder." : "\(path) cannot be read; are you allowed to?")
            }
            throw CommandError(.noInput, "There is no file \(path).")
        }
    }

    static func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// The bytes of a file.
    static func contents(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path)))
    }

    /// The folder for what is of use to this process alone.
    static var temporaryFolder: String { FileManager.default.temporaryDirectory.path }

    /// Removes a file, or a folder and what is in it.
    static func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }

    /// Makes the folder that a file is to be in, for its owner alone.
    static func makeFolder(of path: String) throws {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        guard !FileManager.default.fileExists(atPath: folder) else { return }
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    private static func standardInput() -> [UInt8] {
        var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
        while true {
            // The buffer lives through the call, which writes at most its length.
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return bytes }
            bytes += buffer.prefix(count)
        }
    }
}
