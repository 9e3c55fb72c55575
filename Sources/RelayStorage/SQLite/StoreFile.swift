internal import Glibc
internal import OpenSenseWebhooks
internal import SQLiteClient

/// The files of a store under their names: whether what is committed is where a person, and the next start,
/// will find it.
///
/// An open file stays one when its name is taken away, and takes everything that is written to it along when
/// the process ends. Not noticed is a file that is overwritten in place by one that is as long.
struct StoreFile {
    /// The name that was given: a symbolic link may be pointed elsewhere.
    private let path: String
    /// Where SQLite has the write-ahead log.
    private let logPath: String
    private let identity: Identity
    /// That of the store, which an older version may have made with pages of another size.
    private let pageBytes: Int
    /// The longest that the file has been.
    private var bytesSeen = 0
    /// How long the log has to be for the last commit to be in it.
    private var logBytesNeeded = 0
    /// That of the write-ahead log, which there is from the first write on.
    private var logIdentity: Identity?
    /// That a file was cut: what is in it then is no store any more, whatever its length becomes.
    private var cut: StoreError?

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

    /// Whether a file was cut.
    var isCut: Bool { cut != nil }

    /// The name behind all symbolic links, so that one file has one lock; a name of nothing is as it is.
    static func resolved(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    /// The folder of a file, and its name there.
    static func parts(of path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = slash == path.startIndex ? "/" : String(path[..<slash])
        return (folder, String(path[path.index(after: slash)...]))
    }

    /// The file of a store that is open.
    ///
    /// - Throws: ``StoreError`` when it is gone already.
    init(path: String, _ connection: SQLiteConnection) throws(StoreError) {
        guard let identity = Identity(path) else { throw Self.gone(path) }
        pageBytes = try connection.number("PRAGMA page_size")
        self.path = path
        self.identity = identity
        logPath = Self.resolved(path) + "-wal"
    }

    /// Checks that the files have their names still, and are as long as they have to be.
    ///
    /// - Parameter connection: The writer's.
    /// - Throws: ``StoreError`` where a file was removed, moved, replaced or cut.
    mutating func check(_ connection: SQLiteConnection) throws(StoreError) {
        if let cut { throw cut }
        guard let now = Identity(path), now.isSameFile(as: identity) else { throw Self.gone(path) }
        // Shorter than before and than it has pages; a person may have made it compact.
        if now.bytes < bytesSeen {
            let pages = try connection.number("PRAGMA page_count")
            guard now.bytes >= pages * pageBytes else { throw noteCut(path) }
        }
        bytesSeen = now.bytes
        guard let log = Identity(logPath), logIdentity.map(log.isSameFile) ?? true else {
            throw Self.gone(logPath)
        }
        logIdentity = log
    }

    /// Looks whether the log is as long as the last commit has left it, before the next one makes it long
    /// again with a hole in it.
    ///
    /// A person's tool may have copied it into the database and begun it anew: then what was accepted last
    /// can be read all the same.
    mutating func watchLog(_ connection: SQLiteConnection) {
        logBytesNeeded = connection.logBytesOfCommit(pageBytes: pageBytes) ?? logBytesNeeded
        guard cut == nil, let log = Identity(logPath), logIdentity.map(log.isSameFile) ?? true,
            log.bytes < logBytesNeeded
        else { return }
        logBytesNeeded = 0
        if !Self.isReadable(path) { _ = noteCut(logPath) }
    }

    /// Whether a new reader finds what was written last.
    private static func isReadable(_ path: String) -> Bool {
        guard let reader = try? SQLiteConnection(path: path, create: false) else { return false }
        let newest = [
            "SELECT length(body) FROM deliveries ORDER BY sequence DESC LIMIT 1",
            "SELECT length(key) FROM incidents ORDER BY id DESC LIMIT 1",
            "SELECT attempts FROM jobs ORDER BY id DESC LIMIT 1",
        ]
        return newest.allSatisfy { (try? reader.number($0)) != nil }
    }

    private mutating func noteCut(_ path: String) -> StoreError {
        let error = StoreError(
            .unwritable,
            "\(path) was cut or overwritten while the relay runs on it, and is damaged. Nothing more is accepted; "
                + "what was accepted is sent as far as it can be read. Keep a copy, and begin a new store.")
        cut = error
        return error
    }

    private static func gone(_ path: String) -> StoreError {
        StoreError(
            .unwritable,
            "\(path) was removed, moved or replaced while the relay runs on it. Put it back as it was: until then "
                + "nothing is accepted. What was accepted is sent meanwhile; a restart would begin an empty store."
        )
    }
}
