import OpenSenseWebhooks
import PostgreSQLClient
import PostgreSQLForTests
import PostgreSQLLedger
import Testing

/// What the ledger in PostgreSQL costs must not grow with what it remembers.
@Suite(.enabled(if: TestPostgreSQL.server != nil, "make test starts a server"))
struct `The PostgreSQL ledger's statements` {
    /// A multiple of what one batch has to look at, and little beside the table.
    private static let rowsMax = 1_000

    /// With the table full from the start, and with one that has grown under a connection that was there;
    /// with many rows that are over, and with none.
    @Test(arguments: [true, false], [0, 50_000])
    func `look at few of 100,000 rows`(_ isFullAtFirst: Bool, over: Int) async throws {
        let schema = TestPostgreSQL.schema()
        let control = try PostgreSQLConnection(schema.connectionString)
        try control.execute("CREATE SCHEMA \(schema.name)")
        try PostgreSQLDeliveryLedger(schema.connectionString).close()
        let plans = try #require(PlanLog(schema: schema.name))
        if isFullAtFirst { try fill(control, over: over) }
        let ledger = try PostgreSQLDeliveryLedger(plans.connectionString)
        defer { ledger.close() }
        // The server keeps a plan from the sixth run of a prepared statement on.
        try await work(on: ledger, "before", rounds: 8)
        if !isFullAtFirst { try fill(control, over: over) }
        try await work(on: ledger, "after", rounds: 8)
        let entries = try plans.entries()
        #expect(entries.count > 64)
        for entry in entries {
            #expect(!entry.readsWhole(["\(schema.name).opensense_ledger_v1"]), "\(entry)")
            #expect(entry.rowsMax <= Self.rowsMax, "\(entry)")
        }
    }

    private func fill(_ control: PostgreSQLConnection, over: Int) throws {
        try control.execute(
            """
            INSERT INTO opensense_ledger_v1 SELECT number * 7919, number,
                extract(epoch FROM now())::bigint + 3600 * sign(number - \(over) - 0.5)::bigint, 0
            FROM generate_series(1, 100000) AS number
            """)
    }

    private func work(on ledger: PostgreSQLDeliveryLedger, _ name: String, rounds: Int) async throws {
        for round in 0..<rounds {
            for isDone in [true, false] {
                let key = DeliveryKey(of: "\(name) \(round) \(isDone)")
                guard case .fresh(let ticket) = try await ledger.claim(key, leaseSeconds: 60) else {
                    Issue.record("a new delivery is not fresh")
                    return
                }
                #expect(try await ledger.renew(ticket, leaseSeconds: 60))
                if isDone { try await ledger.commit(ticket) } else { try await ledger.release(ticket) }
            }
        }
    }
}
