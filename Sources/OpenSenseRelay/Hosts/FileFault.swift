internal import Glibc

/// Why a file was not read.
package enum FileFault: Error, Sendable, Hashable {
    /// There is none of that name.
    case missing
    /// It is a folder.
    case folder
    /// It is a pipe, a device or a socket.
    case noFile
    /// This user may not.
    case denied
    /// It has more than so many bytes, or does not end.
    case tooLong(bytesMax: Int)
    /// The number of the system's error.
    case other(Int32)

    /// The fault of a call that failed with `number`.
    init(number: Int32) {
        switch number {
        case ENOENT, ENOTDIR: self = .missing
        case EISDIR: self = .folder
        case EACCES, EPERM: self = .denied
        default: self = .other(number)
        }
    }

    /// The stable name in `--json`.
    package var code: String {
        switch self {
        case .missing: "file-missing"
        case .folder, .noFile, .denied, .other: "file-unreadable"
        case .tooLong: "file-too-long"
        }
    }

    /// A sentence that says what is wrong with the file `path`.
    package func sentence(_ path: String) -> String {
        switch self {
        case .missing: "There is no file \(path)."
        case .folder: "\(path) is a folder; name a file in it."
        case .noFile: "\(path) is a pipe, a device or a socket; name a file."
        case .denied: "\(path) cannot be read: permission denied; let this user read it."
        case .tooLong(let bytesMax): "\(path) has more than \(Self.size(bytesMax)), the most that is read."
        case .other(let number): "\(path) cannot be read: \(Self.words(number))."
        }
    }

    /// A sentence that says why the file `path` was not read, whatever read it.
    package static func sentence(_ error: any Error, _ path: String) -> String {
        (error as? FileFault)?.sentence(path) ?? "The file \(path) cannot be read."
    }

    private static func size(_ bytes: Int) -> String {
        bytes >= 1 << 20 ? "\(bytes >> 20) MiB" : "\(bytes >> 10) KiB"
    }

    /// The system's words for the number of an error, without a capital.
    static func words(_ number: Int32) -> String {
        // The text is the library's and is copied at once.
        let text = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
