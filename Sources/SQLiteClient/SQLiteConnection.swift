internal import CSQLite
package import OpenSenseWebhooks

/// One connection to a SQLite database.
///
/// Owns its handle. Its owner confines it to one thread at a time.
@safe package final class SQLiteConnection {
    /// How long a statement waits for another process's lock, in milliseconds.
    package static let busyMilliseconds: Int32 = 2_000

    private let handle: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]
    private var literals: [UInt: SQLiteStatement] = [:]
    private let logPagesCell: UnsafeMutablePointer<Int32>

    /// Opens `path`, or a database in memory for `:memory:`.
    ///
    /// - Parameters:
    ///   - fileSystem: The name of a VFS that SQLite knows; nil for the operating system's.
    ///   - busyMilliseconds: How long a statement waits for another process's lock.
    package init(
        path: String, create: Bool, fileSystem: String? = nil,
        busyMilliseconds: Int32 = SQLiteConnection.busyMilliseconds
    ) throws(StoreError) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0)
        // SQLite gives a handle even when it fails, to be asked why and closed.
        let code = unsafe sqlite3_open_v2(path, &opened, flags, fileSystem)
        guard let connection = unsafe opened else {
            throw StoreError(.inputOutput, "SQLite could not be started: out of memory.")
        }
        guard code == SQLITE_OK else {
            let failure = unsafe StoreError.sqlite(connection, "opening \(path)")
            unsafe sqlite3_close_v2(connection)
            throw failure
        }
        unsafe handle = connection
        unsafe logPagesCell = .allocate(capacity: 1)
        unsafe sqlite3_extended_result_codes(handle, 1)
        unsafe sqlite3_busy_timeout(handle, busyMilliseconds)
        unsafe logPagesCell.initialize(to: 0)
        // Takes the place of SQLite's own checkpoints on this connection. Called within a commit, on the
        // connection's own thread; the cell lives as long as the connection.
        unsafe sqlite3_wal_hook(
            handle,
            { cell, _, _, pages in
                unsafe cell?.storeBytes(of: pages, as: Int32.self)
                return SQLITE_OK
            }, logPagesCell)
    }

    /// Whether a file is on another machine's disk, where locks are another matter.
    package static func isOnNetwork(_ path: String) -> Bool { unsafe csqlite_is_on_network(path) != 0 }

    /// How many pages the write-ahead log had after the last commit of this connection.
    package var logPages: Int { Int(unsafe logPagesCell.pointee) }

    /// How long the write-ahead log has to be for the last commit of this connection to be in it; nil after
    /// ``forgetCommit()`` while there is none.
    package func logBytesOfCommit(pageBytes: Int) -> Int? {
        logPages == 0 ? nil : Self.logHeaderBytes + logPages * (Self.frameHeaderBytes + pageBytes)
    }

    /// From now on ``logPages`` is that of a commit to come.
    package func forgetCommit() { unsafe logPagesCell.initialize(to: 0) }

    /// - Source: SQLite, "WAL-mode File Format", sections 2 and 3.
    private static let logHeaderBytes = 32
    private static let frameHeaderBytes = 24

    deinit {
        statements.values.forEach { $0.finalize() }
        unsafe sqlite3_close_v2(handle)
        unsafe logPagesCell.deallocate()
    }

    /// Runs statements that give no rows.
    package func execute(_ sql: String) throws(StoreError) {
        guard unsafe sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure(sql) }
    }

    /// The statement for `sql`, compiled once for the life of the connection.
    package func statement(_ sql: StaticString) throws(StoreError) -> SQLiteStatement {
        // A literal has one address for the life of the program: looking it up costs no text.
        let address = UInt(bitPattern: unsafe sql.utf8Start)
        if let known = literals[address] { return known }
        let text = sql.description
        let made = try prepare(text)
        literals[address] = made
        return made
    }

    /// Compiles `sql` for the life of the connection; for what is too often used to be looked up by its text.
    package func prepare(_ sql: String) throws(StoreError) -> SQLiteStatement {
        if let known = statements[sql] { return known }
        var compiled: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        guard unsafe sqlite3_prepare_v3(handle, sql, -1, flags, &compiled, nil) == SQLITE_OK,
            let statement = unsafe compiled
        else { throw failure(sql) }
        let made = unsafe SQLiteStatement(statement, of: handle)
        statements[sql] = made
        return made
    }

    /// The one number that `sql` gives, 0 when it gives none.
    package func number(_ sql: String) throws(StoreError) -> Int {
        let statement = try prepare(sql)
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : 0
    }

    /// How many rows the last statement changed.
    package var changes: Int { Int(unsafe sqlite3_changes64(handle)) }

    /// The row id of the last row inserted.
    package var lastInsertedRow: Int { Int(unsafe sqlite3_last_insert_rowid(handle)) }

    /// Ends a transaction that cannot be committed; SQLite may have done so itself.
    package func rollBack() {
        if unsafe sqlite3_get_autocommit(handle) == 0 {
            unsafe sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
        }
    }

    /// Copies pages of the write-ahead log into the database, without waiting for readers or the writer.
    ///
    /// - Returns: How many pages the log has, and how many of them are in the database now.
    package func checkpoint(truncating: Bool) throws(StoreError) -> (logPages: Int, copiedPages: Int) {
        var (log, copied): (Int32, Int32) = (0, 0)
        let mode = truncating ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
        let code = unsafe sqlite3_wal_checkpoint_v2(handle, nil, mode, &log, &copied)
        guard code == SQLITE_OK || code & 0xFF == SQLITE_BUSY else { throw failure("checkpoint") }
        return (Int(log), Int(copied))
    }

    private func failure(_ what: String) -> StoreError {
        unsafe .sqlite(handle, String(what.prefix(60)))
    }
}

extension StoreError {
    /// The newest failure of a connection.
    static func sqlite(_ handle: OpaquePointer, _ what: String) -> StoreError {
        let code = unsafe sqlite3_extended_errcode(handle)
        let words = unsafe sqlite3_errmsg(handle).map { unsafe String(cString: $0) } ?? "unknown"
        let kind: Kind =
            switch code & 0xFF {
            case SQLITE_FULL: .full
            case SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: .unwritable
            case SQLITE_BUSY, SQLITE_LOCKED: .inUse
            // What is stored contradicts what is to be written: a fault of one operation, not of the disk.
            case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CONSTRAINT: .damaged
            default: .inputOutput
            }
        return StoreError(kind, "SQLite: \(words) (code \(code)) while \(what)")
    }
}
