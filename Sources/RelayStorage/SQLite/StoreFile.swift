internal import Glibc
internal import OpenSenseWebhooks

/// The files of a store under their names: whether what is committed is where a person, and the next start,
/// will find it.
///
/// An open file stays one when its name is taken away, and takes everything that is written to it along when
/// the process ends.
struct StoreFile {
    private let path: String
    private let identity: Identity
    /// That of the write-ahead log, which there is from the first write on.
    private var logIdentity: Identity?

    private struct Identity: Equatable {
        let device: UInt
        let number: UInt
        let bytes: Int

        /// What has the name `path`; nil for nothing.
        init?(_ path: String) {
            var status = stat()
            // The structure lives through the call.
            guard unsafe stat(path, &status) == 0 else { return nil }
            (device, number) = (UInt(status.st_dev), UInt(status.st_ino))
            bytes = Int(status.st_size)
        }

        func isSameFile(as other: Identity) -> Bool { device == other.device && number == other.number }
    }

    /// The name behind all symbolic links, so that one file has one lock; a name of nothing is as it is.
    static func resolved(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    /// The file of a store that is open.
    ///
    /// - Throws: ``StoreError`` when it is gone already.
    init(path: String) throws(StoreError) {
        guard let identity = Identity(path) else { throw Self.gone(path) }
        self.path = path
        self.identity = identity
    }

    /// Checks that what was just committed has its name still.
    ///
    /// - Throws: ``StoreError`` where a file was removed, moved, replaced or cut.
    mutating func check() throws(StoreError) {
        guard let now = Identity(path), now.isSameFile(as: identity) else { throw Self.gone(path) }
        guard now.bytes > 0 else { throw Self.gone(path, "is empty") }
        let logPath = path + "-wal"
        guard let log = Identity(logPath), logIdentity.map(log.isSameFile) ?? true else {
            throw Self.gone(logPath)
        }
        logIdentity = log
    }

    private static func gone(_ path: String, _ what: String = "was removed, moved or replaced") -> StoreError
    {
        StoreError(
            .unwritable,
            "\(path) \(what) while the relay runs on it: put it back as it was, or restart the relay. "
                + "Nothing is accepted until then.")
    }
}
