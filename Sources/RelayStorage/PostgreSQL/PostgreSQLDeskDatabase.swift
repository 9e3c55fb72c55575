internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// A store in PostgreSQL as the desk sees it, beside the relays that work on it.
final class PostgreSQLDeskDatabase: DeskDatabase {
    private let connection: PostgreSQLConnection

    init(_ connectionString: String) throws(StoreError) {
        connection = try PostgreSQLConnection(
            connectionString, setUp: "SET statement_timeout = '10s'; SET lock_timeout = '5s'")
        try PostgreSQLSchema.prepare(connection)
    }

    func rows(_ sql: String, _ values: [DeskValue]) throws(StoreError) -> [[DeskValue]] {
        try connection.reconnectIfBroken()
        let parameters = values.map { value -> PostgreSQLValue in
            switch value {
            case .null: .null
            case .integer(let number): .integer(number)
            case .text(let text): .text(text)
            case .bytes(let bytes): .bytes(bytes)
            }
        }
        let rows = try connection.query(text: sql.replacing("?", with: "$"), parameters)
        return (0..<rows.count).map { row in
            (0..<rows.columnCount).map { column in
                switch rows.kind(column) {
                case .number: rows.integer(row, column).map { .integer($0) } ?? .null
                case .bytes: rows.bytes(row, column).map { .bytes($0) } ?? .null
                case .text: DeskValue(rows.text(row, column))
                }
            }
        }
    }

    func stored(_ time: WallTime) throws(StoreError) -> WallTime {
        let rows = try connection.query("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
        return rows.time(0, 0) ?? time
    }

    /// With `jobs`, excludes every relay until the transaction ends.
    ///
    /// Relays lock the rows that they decide by, and the lock taken here conflicts with theirs.
    func begin(jobs: Bool) throws(StoreError) {
        try connection.begin()
        guard jobs else { return }
        try connection.execute("LOCK TABLE incidents, jobs IN EXCLUSIVE MODE")
    }

    func commit() throws(StoreError) { try connection.commit() }
    func rollBack() { connection.rollBack() }
}
