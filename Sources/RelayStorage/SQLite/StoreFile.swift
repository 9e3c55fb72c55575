internal import OpenSenseWebhooks
internal import SQLiteClient

/// The files of a store: whether what is accepted is kept in them.
struct StoreFile {
    private var files: DatabaseFile
    /// That of the store, which an older version may have made with pages of another size.
    private let pageBytes: Int
    /// How long the log has to be for the last commit to be in it.
    private var logBytesNeeded = 0
    /// How many blocks the log took when it was last looked at.
    private var logBlocksSeen = 0
    /// That a file was cut: what is in it then is no store any more, whatever its length becomes.
    private var cut: StoreError?

    /// Whether a file was cut.
    var isCut: Bool { cut != nil }

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
        guard let files = DatabaseFile(path: path) else { throw Self.gone(path) }
        pageBytes = try connection.number("PRAGMA page_size")
        self.files = files
    }

    /// Checks that the files have their names still, and are as long as they have to be.
    ///
    /// - Parameter connection: The writer's.
    /// - Throws: ``StoreError`` where a file was removed, moved, replaced or cut.
    mutating func check(_ connection: SQLiteConnection) throws(StoreError) {
        if let cut { throw cut }
        switch try files.loss(connection) {
        case .gone(let path): throw Self.gone(path)
        case .cut(let path): throw noteCut(path)
        case nil: break
        }
    }

    /// Looks whether the log is as long as the last commit has left it, before the next one makes it long
    /// again with a hole in it.
    ///
    /// One that was cut in the middle of a transaction has that hole, and takes fewer blocks than before.
    ///
    /// A person's tool may have copied it into the database and begun it anew: then what was accepted last
    /// can be read all the same.
    mutating func watchLog(_ connection: SQLiteConnection) {
        logBytesNeeded = connection.logBytesOfCommit(pageBytes: pageBytes) ?? logBytesNeeded
        guard cut == nil, let log = files.logSize else { return }
        let isLess = log.bytes < logBytesNeeded || log.blocks < logBlocksSeen
        logBlocksSeen = log.blocks
        guard isLess else { return }
        logBytesNeeded = 0
        if !Self.isReadable(files.path) { _ = noteCut(files.logPath) }
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
