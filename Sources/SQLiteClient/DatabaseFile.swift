internal import Glibc
package import OpenSenseWebhooks

/// The files of a database that is open, under their names: whether what is committed is where a person, and
/// the next start, will find it.
///
/// An open file stays one when its name is taken away, and takes everything that is written to it along when
/// the process ends. Not noticed is a file that is overwritten in place by one that is as long.
package struct DatabaseFile {
    /// What has become of a file.
    package enum Loss: Equatable {
        /// It was removed, moved or replaced.
        case gone(path: String)
        /// It is shorter than what is in it.
        case cut(path: String)
    }

    /// The name that was given: a symbolic link may be pointed elsewhere.
    package let path: String
    /// Where SQLite has the write-ahead log.
    package let logPath: String
    private let identity: Identity
    /// The longest that the file has been.
    private var bytesSeen = 0
    /// That of the write-ahead log, which there is from the first write on.
    private var logIdentity: Identity?

    private struct Identity: Equatable {
        let device: UInt
        let number: UInt
        let bytes: Int
        /// What it takes on the disk, in whatever the system counts.
        let blocks: Int

        /// What has the name `path`; nil for nothing.
        init?(_ path: String) {
            var status = stat()
            // The structure lives through the call.
            guard unsafe stat(path, &status) == 0 else { return nil }
            (device, number) = (UInt(status.st_dev), UInt(status.st_ino))
            bytes = Int(status.st_size)
            blocks = Int(status.st_blocks)
        }

        func isSameFile(as other: Identity) -> Bool { device == other.device && number == other.number }
    }

    /// The file of a database that is open; nil when it is gone already.
    package init?(path: String) {
        guard let identity = Identity(path) else { return nil }
        self.path = path
        self.identity = identity
        logPath = Self.resolved(path) + "-wal"
    }

    /// Looks whether the files have their names still, and are as long as they have to be.
    ///
    /// - Parameter connection: One that writes.
    /// - Returns: What became of one of them; nil where all is well.
    package mutating func loss(_ connection: SQLiteConnection) throws(StoreError) -> Loss? {
        guard let now = Identity(path), now.isSameFile(as: identity) else { return .gone(path: path) }
        // Shorter than before and than it has pages; a person may have made it compact.
        if now.bytes < bytesSeen {
            let pages = try connection.number("PRAGMA page_count")
            guard now.bytes >= pages * (try connection.number("PRAGMA page_size")) else {
                return .cut(path: path)
            }
        }
        bytesSeen = now.bytes
        guard let log = Identity(logPath), logIdentity.map(log.isSameFile) ?? true else {
            return .gone(path: logPath)
        }
        logIdentity = log
        return nil
    }

    /// How long the write-ahead log is, and how many blocks it takes; nil where it is gone.
    package var logSize: (bytes: Int, blocks: Int)? {
        guard let log = Identity(logPath), logIdentity.map(log.isSameFile) ?? true else { return nil }
        return (log.bytes, log.blocks)
    }

    /// The name behind all symbolic links, so that one file has one lock; a name of nothing is as it is.
    package static func resolved(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }
}
