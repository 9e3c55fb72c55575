internal import OpenSenseWebhooks
internal import RelayCore
internal import SQLiteClient

/// A store as the desk sees it: statements with values in, rows out, the same in SQLite's and PostgreSQL's
/// words.
///
/// For the rare requests of people; the journals have their own statements.
protocol DeskDatabase: AnyObject {
    /// Runs a statement with the values for `?1`, `?2`, ….
    func rows(_ sql: String, _ values: [DeskValue]) throws(StoreError) -> [[DeskValue]]
    /// The time at which something is written down that this process does at `time`: the relay's clock, which
    /// is this machine's for a file and the server's for PostgreSQL.
    func stored(_ time: WallTime) throws(StoreError) -> WallTime
    /// Begins a transaction.
    func begin() throws(StoreError)
    /// Keeps every relay from deciding on the jobs of these incidents, and from taking one, until the
    /// transaction ends.
    ///
    /// - Throws: ``StoreError`` that names who has them, when they cannot be had within seconds.
    func lockJobs(ofIncidents incidents: [Int]) throws(StoreError)
    /// Makes it last.
    func commit() throws(StoreError)
    /// Undoes it.
    func rollBack()
}

/// A value of a row or for a statement.
enum DeskValue: Sendable, Hashable, SQLiteBindable {
    case null
    case integer(Int)
    case text(String)
    case bytes([UInt8])

    init(_ text: String?) { self = text.map { .text($0) } ?? .null }

    var integer: Int? { if case .integer(let number) = self { number } else { nil } }

    /// The moment that a number stands for, nil for anything else.
    var optionalTime: WallTime? { integer.map(WallTime.init(unixMilliseconds:)) }
    /// The moment in a column that is never NULL.
    var time: WallTime { optionalTime ?? WallTime(unixMilliseconds: 0) }

    /// Bytes are taken for UTF-8.
    var text: String? {
        switch self {
        case .text(let text): text
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .null, .integer: nil
        }
    }

    var bytes: [UInt8] {
        switch self {
        case .bytes(let bytes): bytes
        case .text(let text): Array(text.utf8)
        case .null, .integer: []
        }
    }

    func bind(to statement: OpaquePointer, at index: Int32) {
        switch self {
        case .null: unsafe Int?.none.bind(to: statement, at: index)
        case .integer(let number): unsafe number.bind(to: statement, at: index)
        case .text(let text): unsafe text.bind(to: statement, at: index)
        case .bytes(let bytes): unsafe bytes.bind(to: statement, at: index)
        }
    }
}

/// A store in a SQLite file, which a relay may have open at the same time.
final class SQLiteDeskDatabase: DeskDatabase {
    private let connection: SQLiteConnection

    /// - Throws: ``StoreError`` also for a file that is not there: people must not make a store by looking
    ///   for one.
    init(path: String, fileSystem: String?) throws(StoreError) {
        connection = try SQLiteConnection(path: path, create: false, fileSystem: fileSystem)
        try SQLiteSchema.look(at: connection, path: path)
    }

    func rows(_ sql: String, _ values: [DeskValue]) throws(StoreError) -> [[DeskValue]] {
        try connection.prepare(sql).allRows(values) { row, column in
            switch row.kind(column) {
            case .null: .null
            case .integer: .integer(row.integer(column))
            case .text: .text(row.text(column))
            case .blob: .bytes(row.blob(column))
            }
        }
    }

    func stored(_ time: WallTime) -> WallTime { time }
    /// Excludes the relay and every other writer.
    func begin() throws(StoreError) { try connection.execute("BEGIN IMMEDIATE") }
    func lockJobs(ofIncidents incidents: [Int]) {}
    func commit() throws(StoreError) { try connection.execute("COMMIT") }
    func rollBack() { connection.rollBack() }
}
