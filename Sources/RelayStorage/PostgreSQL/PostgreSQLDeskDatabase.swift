internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// A store in PostgreSQL as the desk sees it, beside the relays that work on it.
final class PostgreSQLDeskDatabase: DeskDatabase {
    private let connection: PostgreSQLConnection
    /// Whether what is asked is part of a change.
    private var isChanging = false

    init(_ connectionString: String) throws(StoreError) {
        connection = try PostgreSQLConnection(
            connectionString, setUp: "SET statement_timeout = '60s'; SET lock_timeout = '5s'")
        try PostgreSQLSchema.look(at: connection)
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
        // A change of many rows asks the same of each; a list is planned for what it is to show.
        let rows = try connection.query(
            text: sql.replacing("?", with: "$"), parameters, isKept: isChanging && !values.isEmpty)
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

    func begin() throws(StoreError) {
        try connection.begin()
        isChanging = true
    }

    /// In the order in which relays lock: incidents by their number, then jobs by theirs.
    ///
    /// A relay takes a due job without its incident's lock, and passes over one that is locked.
    func lockJobs(ofIncidents incidents: [Int]) throws(StoreError) {
        do throws(StoreError) {
            _ = try connection.query(
                "SELECT 1 FROM incidents WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE",
                [.integers(incidents)])
            _ = try connection.query(
                """
                SELECT 1 FROM jobs WHERE incident = ANY ($1) AND finished_at IS NULL ORDER BY id FOR UPDATE
                """, [.integers(incidents)])
        } catch {
            guard error.kind == .inUse else { throw error }
            connection.rollBack()
            throw StoreError(
                .inUse,
                "The updates of this incident are locked by another transaction in PostgreSQL\(blocker()). "
                    + "Nothing was changed; try again when it has ended.")
        }
    }

    /// Who has probably had the lock that could not be had: the oldest transaction that locks rows there.
    private func blocker() -> String {
        let found = try? connection.query(
            """
            SELECT activity.pid::bigint, coalesce(usename::text, '?'), coalesce(application_name, '?'),
                coalesce(extract(epoch FROM clock_timestamp() - xact_start)::bigint, -1)
            FROM pg_stat_activity AS activity JOIN pg_locks ON pg_locks.pid = activity.pid
            WHERE relation IN ('incidents'::regclass, 'jobs'::regclass) AND granted
                AND mode <> 'AccessShareLock' AND activity.pid <> pg_backend_pid()
            ORDER BY xact_start LIMIT 1
            """)
        guard let found, found.count == 1, let process = found.integer(0, 0) else { return "" }
        let name = found.text(0, 2).flatMap { $0.isEmpty ? nil : $0 } ?? "no name"
        let age = found.integer(0, 3).flatMap { $0 < 0 ? nil : ", open for \($0) s" } ?? ""
        return ", probably process \(process) of user \(found.text(0, 1) ?? "?") (\(name)\(age))"
    }

    func commit() throws(StoreError) {
        isChanging = false
        try connection.commit()
    }

    func rollBack() {
        isChanging = false
        connection.rollBack()
    }
}
