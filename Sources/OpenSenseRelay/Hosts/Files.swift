internal import FoundationEssentials
internal import Glibc
internal import OpenSenseWebhooks

/// Files and standard input, read whole and never beyond a bound.
enum Files {
    /// The most that is read of a file that a configuration consists of or refers to.
    ///
    /// - Unit: bytes.
    static let configurationBytesMax = ConfigurationSettings.textBytesMax

    /// The bytes of a file, or of standard input for `-`.
    ///
    /// - Parameter bytesMax: The most that it may have; the rest of what does not end is not read.
    static func read(_ path: String, bytesMax: Int) throws(FileFault) -> [UInt8] {
        path == "-"
            ? try read(STDIN_FILENO, bytesMax: bytesMax) : try readFile(path, bytesMax: bytesMax)
    }

    static func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// The bytes of a file that a configuration refers to.
    static func contents(_ path: String) throws(FileFault) -> [UInt8] {
        try readFile(path, bytesMax: configurationBytesMax)
    }

    /// The bytes of a file that is read while the relay works: of a pipe one would wait for the other end.
    static func regularContents(_ path: String) throws(FileFault) -> [UInt8] {
        let mode = try mode(path)
        guard [S_IFREG, S_IFDIR].contains(mode & S_IFMT) else { throw .noFile }
        return try contents(path)
    }

    /// Who may do what with a regular file, as `chmod` counts; nil for anything else.
    static func permissions(_ path: String) -> Int? {
        guard let mode = try? mode(path), mode & S_IFMT == S_IFREG else { return nil }
        return Int(mode & 0o777)
    }

    /// What kind of file it is, and who may do what with it.
    private static func mode(_ path: String) throws(FileFault) -> mode_t {
        var status = stat()
        // The structure lives through the call.
        guard unsafe stat(path, &status) == 0 else { throw FileFault(number: errno) }
        return status.st_mode
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

    private static func readFile(_ path: String, bytesMax: Int) throws(FileFault) -> [UInt8] {
        // The text lives through the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFault(number: errno) }
        defer { close(descriptor) }
        return try read(descriptor, bytesMax: bytesMax)
    }

    private static func read(_ descriptor: Int32, bytesMax: Int) throws(FileFault) -> [UInt8] {
        var status = stat()
        // The structure lives through the call. What is no file has no size.
        if unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size > bytesMax
        {
            throw .tooLong(bytesMax: bytesMax)
        }
        var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
        while true {
            // The buffer lives through the call, which writes at most its length.
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileFault(number: errno) }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= bytesMax else { throw .tooLong(bytesMax: bytesMax) }
            bytes += buffer.prefix(count)
        }
    }
}

extension CommandError {
    /// A file that a command names was not read: 65 for one that is too long, 66 otherwise.
    init(_ fault: FileFault, _ path: String) {
        let name = path == "-" ? "standard input" : path
        if case .tooLong = fault {
            self.init(.badInput, fault.sentence(name))
        } else {
            self.init(.noInput, fault.sentence(name))
        }
    }
}
