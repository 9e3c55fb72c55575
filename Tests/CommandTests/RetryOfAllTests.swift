import Foundation
import Testing

/// What a person does with hundreds of dead letters at once.
@Suite(.enabled(if: PostgreSQLServer.isInstalled)) struct `A retry of all dead letters` {
    /// Dead letters of as many alarms, among twice as many that were delivered.
    private static let fill = """
        INSERT INTO deliveries (sequence, delivery_id, kind, received_at, verdict, incident, high, low, body)
            SELECT n, 'wh_' || n, 'alarm_opened', n, 'planned', n, n, n, '{}' FROM generate_series(1, 750) AS n;
        INSERT INTO incidents (id, key, is_open, changed_at)
            SELECT n, 'alarm/s/' || n, 1, n FROM generate_series(1, 750) AS n;
        INSERT INTO jobs (id, incident, destination, action, state, finished_at, urgency)
            SELECT n * 128, n, 'pager', 'open', CASE n % 3 WHEN 0 THEN 'dead' ELSE 'delivered' END,
                CASE WHEN n % 3 > 0 THEN n END, 0 FROM generate_series(1, 750) AS n
        """

    /// A server with the rows of ``fill``, and the address of its store.
    private func withDeadLetters(
        _ body: (World, PostgreSQLServer, String) async throws -> Void
    ) async throws {
        try await World.run { world in
            try await PostgreSQLServer.run(world) { server in
                let address = PostgreSQLServer.address(server)
                let relay = try await world.relay(
                    destinations:
                        #"other: { adapter: "pagerduty", routingKey: "env:PAGER_KEY", baseURL: "http://127.0.0.1:9" }"#,
                    store: address)
                #expect(try await relay.stop() == .exit(0))
                _ = try await server.query(Self.fill)
                try await body(world, server, address)
            }
        }
    }

    @Test func `does all others where a transaction has locked one`() async throws {
        try await withDeadLetters { world, server, address in
            try await server.whileLocked("SELECT * FROM incidents WHERE id = 300 FOR UPDATE") {
                let retried = try await world.run(["dead-letters", "retry", "--all", "--store", address])
                #expect(retried.end == .exit(1))
                #expect(retried.error.contains("249 tried again, 1 refused."), "\(retried.error)")
                let refusals = retried.out.split(separator: "\n").filter { $0.contains("locked by another") }
                #expect(refusals.count == 1 && refusals[0].hasPrefix("38400: "), "\(retried.out)")
            }
            #expect(try await server.query("SELECT id FROM jobs WHERE state = 'dead'") == "38400")
        }
    }

    @Test(arguments: ["deliveries", "dead-letters"])
    func `changes them by the hundred, and nothing else`(_ command: String) async throws {
        try await withDeadLetters { world, server, address in
            let retried = try await world.run([command, "retry", "--all", "--store", address])
            #expect(retried.error.contains("250 tried again."), "\(retried.error)")
            #expect(try await server.query("SELECT count(*) FROM jobs WHERE state = 'pending'") == "250")
            // Rows that one transaction has changed bear its number.
            let transactions = "SELECT count(DISTINCT xmin::text) FROM jobs WHERE state = 'pending'"
            #expect(try await server.query(transactions) == "3")
        }
    }
}
