import Foundation
import SQLiteClient
import Testing

@Suite struct `Heartbeats` {
    private static func monitor(_ status: Int) throws -> ScriptedVendor {
        try ScriptedVendor(answers: ["HTTP/1.1 \(status) Monitored\r\nContent-Length: 0\r\n\r\n"])
    }

    @Test func `reach a monitor while the store commits, stop while it does not, and go on after`()
        async throws
    {
        try await World.run { world in
            let (monitor, broken) = (try Self.monitor(200), try Self.monitor(503))
            let file = try world.write(
                """
                { sources: [{ secrets: ["env:OPENSENSE_SECRET"] }],
                  destinations: { oncall: { adapter: "pagerduty", routingKey: "env:PAGERDUTY_ROUTING_KEY" } },
                  heartbeats: [{ url: "env:PING", everySeconds: 10 },
                               { url: "env:BROKEN", everySeconds: 10, method: "POST" }] }
                """, to: "relay.json5")
            let environment = World.environment(at: "http://127.0.0.1:9").merging([
                "PING": "\(monitor.url)/ping/s3cret-id?key=s3cret", "BROKEN": "\(broken.url)/s3cret-id",
            ]) { $1 }
            let relay = try await world.relay(
                world.start(world.serveWords + ["--config", file], environment: environment))
            try await eventually("the monitors are asked: \(relay.program.error)") {
                !monitor.requests.isEmpty && relay.program.error.contains("status 503") ? true : nil
            }
            #expect(monitor.requests[0].hasPrefix("GET /ping/s3cret-id?key=s3cret HTTP/1.1\r\n"))
            #expect(broken.requests[0].hasPrefix("POST /s3cret-id HTTP/1.1\r\n"))
            #expect(broken.requests[0].contains("Content-Length: 0\r\n"))

            let other = try SQLiteConnection(path: world.path("relay.db"), create: false)
            try other.execute("BEGIN IMMEDIATE")
            let count = monitor.requests.count
            try await eventually("it is held back: \(relay.program.error)", withinSeconds: 90) {
                relay.program.error.contains("event=heartbeat.failed heartbeat=0 ") ? true : nil
            }
            #expect(monitor.requests.count == count)
            try other.execute("ROLLBACK")
            try await eventually("it goes on: \(relay.program.error)", withinSeconds: 90) {
                relay.program.error.contains("event=heartbeat.recovered heartbeat=0\n") ? true : nil
            }
            #expect(monitor.requests.count > count)
            #expect(try await relay.stop() == .exit(0))

            let lines = relay.program.error.split(separator: "\n").filter { $0.contains("event=heartbeat.") }
                .map { String($0.drop { $0 != "l" }) }
            let held =
                "level=warning event=heartbeat.failed heartbeat=0 reason=\"not sent: the store does not commit\""
            #expect(lines.contains("level=warning event=heartbeat.failed heartbeat=1 reason=\"status 503\""))
            #expect(lines.contains(held))
            let changes = lines.filter { $0.contains("heartbeat=0") }.map { $0.contains("heartbeat.failed") }
            #expect(
                zip(changes, changes.dropFirst()).allSatisfy { $0 != $1 }, "said once when it begins and ends"
            )
            #expect(!relay.program.error.contains("s3cret"))
            #expect(!Keys.isIn(relay.program.error))
        }
    }

    @Test func `are shown by check-config without their address`() async throws {
        try await World.run { world in
            let file = try world.write(
                """
                { store: "memory:", sources: [{ secrets: ["env:OPENSENSE_SECRET"] }],
                  destinations: { oncall: { adapter: "pagerduty", routingKey: "env:PAGERDUTY_ROUTING_KEY" } },
                  heartbeats: [{ url: "env:PING", method: "POST" }] }
                """, to: "relay.json5")
            var environment = World.environment(at: "http://127.0.0.1:9")
            environment["PING"] = "http://monitor.example/s3cret-id"
            let shown = try await world.run(["check-config", file], environment: environment)
            #expect(shown.end == .exit(0))
            struct Page: Decodable {
                struct Heartbeat: Decodable, Equatable { let url, method: String, everySeconds: Int }
                let heartbeats: [Heartbeat]
            }
            let page = try JSONDecoder().decode(Page.self, from: Data(shown.out.utf8))
            #expect(page.heartbeats.map(\.method) == ["POST"])
            #expect(page.heartbeats.map(\.everySeconds) == [60])
            #expect(page.heartbeats.map { $0.url.hasPrefix("•••• (fingerprint ") } == [true])
            #expect(shown.error.contains("warning: heartbeats[0].url: is http:// to another machine"))
            environment["PING"] = "monitor.example/s3cret-id"
            let refused = try await world.run(["check-config", file], environment: environment)
            #expect(refused.end == .exit(78))
            #expect(
                refused.error.contains("relay.json5:3:23: heartbeats[0].url: The address must be http://"))
            for text in [shown.out, shown.error, refused.out, refused.error] {
                #expect(!text.contains("s3cret"))
                #expect(!text.contains("monitor.example"))
            }
        }
    }
}
