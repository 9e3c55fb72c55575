import Foundation
import Testing

/// What `send`, `setup` and `translate` do for a person who does not know the words yet.
@Suite struct `Commands for trying things out` {
    private static let environment = ["OPENSENSE_SECRET": Keys.secret]

    @Test func `send lists the kinds, and names the nearest of a wrong one`() async throws {
        try await World.run { world in
            let list = try await world.run(["send"])
            #expect(list.end == .exit(0) && list.error.isEmpty)
            let kinds = list.out.split(separator: "\n").map(String.init)
            #expect(kinds.count == 8 && kinds.contains("alarm_opened") && kinds.contains("report_ready"))
            for (words, code, hint) in [
                (["--to", "http://127.0.0.1:9/"], 64, "alarm_opened"),
                (["alarm_opend", "--to", "http://127.0.0.1:9/"], 66, "did you mean alarm_opened?"),
                (["zzzzzzzzzzzz", "--to", "http://127.0.0.1:9/"], 66, "report_ready"),
            ] as [([String], Int32, String)] {
                let ended = try await world.run(["send"] + words, environment: Self.environment)
                #expect(ended.end == .exit(code), "\(ended.error)")
                #expect(ended.error.contains(hint), "\(ended.error)")
            }
        }
    }

    @Test func `send --severity is what the receiver reads`() async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            let ended = try await world.run(
                [
                    "send", "alarm_opened", "--severity", "critical", "--to",
                    "http://127.0.0.1:\(relay.port)/opensense",
                ], environment: Self.environment)
            #expect(ended.end == .exit(0), "\(ended.error)")
            let shown = try await world.run([
                "deliveries", "show", "1", "--store", "sqlite:\(world.path("relay.db"))",
            ])
            #expect(shown.out.contains(#""severity":"critical""#), "\(shown.out)")
        }
    }

    @Test func `setup takes a name or a title in any case`() async throws {
        try await World.run { world in
            let usual = try await world.run(["setup", "pagerduty"])
            for name in ["PagerDuty", "PAGERDUTY"] {
                let ended = try await world.run(["setup", name])
                #expect(ended.end == .exit(0))
                #expect(ended.out == usual.out)
            }
            let near = try await world.run(["setup", "pagerdty"])
            #expect(near.end == .exit(64))
            #expect(near.error.contains("did you mean pagerduty?"), "\(near.error)")
        }
    }

    @Test(arguments: [
        ("", "There are no routes: alarm_opened goes as open to oncall, other.\n"),
        (
            #"routes: [{ kinds: ["report_*"], to: [] }, { to: ["other"] }],"#,
            "routes[1] takes the event: alarm_opened goes as open to other.\n"
        ),
        (#"routes: [{ to: [] }],"#, "routes[0] takes the event: it is stored and sent nowhere.\n"),
        (
            #"routes: [{ kinds: ["device_*"], to: ["other"] }],"#,
            "No route takes the event: it is stored and sent nowhere.\n"
        ),
        (
            #"routes: [{ to: ["other"], actions: { alarm_opened: "none" } }],"#,
            "routes[0] takes the event: alarm_opened is only recorded and sent nowhere.\n"
        ),
    ]) func `translate --config says which route takes the event`(_ row: (routes: String, said: String))
        async throws
    {
        try await World.run { world in
            let file = try world.write(
                """
                { store: "memory:", sources: [{ secrets: ["env:S"] }], \(row.routes) destinations: {
                    oncall: { adapter: "pagerduty", routingKey: "env:K" },
                    other: { adapter: "opsgenie", apiKey: "env:L" } } }
                """, to: "relay.json5")
            let ended = try await world.run(
                ["translate", "-", "--unverified", "--to", "oncall", "--config", file],
                input: Array(TestDelivery.documentedBody.utf8))
            #expect(ended.end == .exit(0), "\(ended.error)")
            #expect(ended.error.contains(row.said), "\(ended.error)")
        }
    }
}
