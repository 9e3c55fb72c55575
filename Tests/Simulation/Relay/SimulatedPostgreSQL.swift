internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import PostgreSQLForTests
internal import RelayStorage

/// A world's schema on a real PostgreSQL server, where the time is the world's.
///
/// In the schema, which is searched before the server's own, stands a `clock_timestamp()` that gives the
/// simulated time. One thread does everything, and each transaction ends before another one begins.
final class SimulatedPostgreSQL {
    /// Leads to the schema.
    let connectionString: String
    /// Where relays' looks for due jobs begin: always at the beginning, or never where that can be avoided;
    /// how long a look really takes must change nothing.
    let dueScan: DueScan

    private let name: String
    private let agenda: Agenda
    /// What is done beside the relays.
    private let connection: PostgreSQLConnection
    private var clock = 0
    private var isQuiet = false

    /// Makes the schema.
    ///
    /// - Parameter address: How to connect to the server.
    init(_ address: String, agenda: Agenda, looksFromBeginning: Bool) throws(StoreError) {
        name = TestPostgreSQL.uniqueName()
        self.agenda = agenda
        connectionString = "\(address) options='-csearch_path=\(name),pg_catalog'"
        dueScan =
            looksFromBeginning
            ? DueScan(longMilliseconds: .max)
            : DueScan(longMilliseconds: 0, pauseMaxMilliseconds: DueScan.pauseMilliseconds)
        connection = try PostgreSQLConnection(connectionString, setUp: PostgreSQLSchema.setUp)
        try connection.execute(
            """
            CREATE SCHEMA \(name); CREATE SEQUENCE simulated_time;
            CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
                $$SELECT 'epoch'::timestamptz + last_value * interval '1 millisecond' FROM simulated_time$$;
            """)
    }

    /// Removes the schema.
    func close() {
        try? connection.execute("DROP SCHEMA \(name) CASCADE")  // it goes with the server at the latest
    }

    /// Sets the server's clock to the world's time.
    func setClock() throws(StoreError) {
        guard clock != agenda.now else { return }
        clock = agenda.now
        _ = try connection.query("SELECT setval('simulated_time', $1)", [.integer(clock)])
    }

    /// Keeps the server from tidying tables up and counting their rows, which it does by real time; what it
    /// knows of them changes the order of rows.
    func quieten() throws(StoreError) {
        guard !isQuiet else { return }
        isQuiet = true
        let tables = try rows(
            "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
        )
        let statements = tables.compactMap(\.[0]).map {
            "ALTER TABLE \($0) SET (autovacuum_enabled = false)"
        }
        try connection.execute(statements.joined(separator: "; "))
    }

    /// Ends the server's process of a connection, and waits until it has let go of everything.
    func endProcess(_ process: Int) throws(StoreError) {
        _ = try connection.query("SELECT pg_terminate_backend($1::bigint::int)", [.integer(process)])
        while try connection.query(
            "SELECT 1 FROM pg_stat_activity WHERE pid = $1::bigint", [.integer(process)]
        )
        .count > 0 {}
    }

    func rows(_ sql: String) throws(StoreError) -> [[String?]] {
        let rows = try connection.query(text: sql, [], isKept: true)
        return (0..<rows.count).map { row in
            (0..<rows.columnCount).map { column in
                rows.kind(column) == .number
                    ? rows.integer(row, column).map(String.init) : rows.text(row, column)
            }
        }
    }

    func change(_ sql: String) throws(StoreError) -> Int {
        let command = try connection.query(text: sql, []).command
        return command.split(separator: " ").last.flatMap { Int($0) } ?? 0
    }
}
