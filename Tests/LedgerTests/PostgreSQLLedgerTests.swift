import OpenSenseWebhooks
import PostgreSQLClient
import PostgreSQLForTests
import PostgreSQLLedger
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What a server adds to the contract: it can stop answering.
@Suite(.enabled(if: TestPostgreSQL.server != nil, "make test starts a server"))
struct `A PostgreSQL ledger` {
    /// A ledger that gives up soon, and a connection that looks at it.
    struct World {
        let ledger: PostgreSQLDeliveryLedger
        let control: PostgreSQLConnection
        let name: String

        init() throws {
            let schema = TestPostgreSQL.schema()
            name = schema.name
            control = try PostgreSQLConnection(schema.connectionString)
            try control.execute("CREATE SCHEMA \(schema.name)")
            ledger = try PostgreSQLDeliveryLedger(
                "\(schema.connectionString) application_name=\(schema.name)",
                .standard, { 1_717_248_000 }, transactionMax: .milliseconds(4_000))
        }

        /// The server's processes that work for the ledger.
        func processes() throws -> [Int] {
            let rows = try control.query(
                "SELECT pid::bigint FROM pg_stat_activity WHERE application_name = $1", [.text(name)])
            return (0..<rows.count).compactMap { rows.integer($0, 0) }
        }

        func claim(_ id: String) async throws -> DeliveryClaim {
            try await ledger.claim(DeliveryKey(of: id), leaseSeconds: 60)
        }
    }

    @Test func `gives up a server's process that hangs, and goes on with another`() async throws {
        let world = try World()
        defer { world.ledger.close() }
        _ = try await world.claim("a")
        let hung = try #require(try world.processes().first)
        #expect(kill(pid_t(hung), SIGSTOP) == 0)
        let error = await #expect(throws: StoreError.self) { try await world.claim("b") }
        #expect(error?.kind == .unreachable)
        #expect(error?.description.contains("did not answer in 4000 ms") == true)
        #expect(try await world.claim("a") == .inFlight)
        // It was ended already, as soon as it can be.
        #expect(kill(pid_t(hung), SIGCONT) == 0)
        while try world.processes().contains(hung) { await Task.yield() }
    }
}
