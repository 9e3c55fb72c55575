import Foundation
import Testing

/// The commands on a store, beside a relay that runs on it.
@Suite struct `The commands on a store` {
    /// Runs a command on the world's store; its rows as JSON.
    static func rows(_ words: String..., in world: World) async throws -> [[String: String]] {
        let (end, out, error) = try await world.run(
            words + ["--json", "--store", "sqlite:\(world.path("relay.db"))"])
        guard end == .exit(0) else { throw NeverCame(description: "\(words): \(end) \(error)") }
        return try out.split(separator: "\n").map { line in
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return (value as? [String: Any] ?? [:]).mapValues { "\($0)" }
        }
    }

    static func text(_ rows: [[String: String]], _ name: String) -> [String] {
        rows.map { $0[name] ?? "-" }
    }

    @Test func `what was quarantined is relayed once the secret is mended`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let first = try await world.relay(at: vendors.url)
            let right = Keys.otherSecret
            var delivery = TestDelivery.like(id: "wh_q")
            delivery.secret = right
            #expect(try first.deliver(delivery).status == 401)
            #expect(
                Self.text(try await Self.rows("quarantine", "list", in: world), "code") == [
                    "signature-mismatch"
                ])
            // With the wrong secret a retry changes nothing, and the command waits to say so.
            let store = ["--store", "sqlite:\(world.path("relay.db"))"]
            let retried = try await world.run(["quarantine", "retry", "--all"] + store)
            #expect(retried.end == .exit(1))
            #expect(retried.out.contains("is refused still: signature-mismatch"), "\(retried)")
            #expect(first.program.error.contains("quarantine.refused"))
            #expect(try await Self.rows("deliveries", "list", in: world).isEmpty)
            _ = try await first.stop()

            var environment = World.environment(at: vendors.url)
            environment["OPENSENSE_SECRET"] = right
            let second = try await world.relay(world.start(world.serveWords, environment: environment))
            let accepted = try await Self.rows("quarantine", "retry", "--all", in: world)
            #expect(Self.text(accepted, "message") == ["was accepted"])
            #expect(try await vendors.incidents { !$0.isEmpty }.map(\.pages) == [1])
            try await eventually("it is taken up") {
                second.program.error.contains("quarantine.accepted") ? 1 : nil
            }
            #expect(try await Self.rows("quarantine", "list", in: world).isEmpty)
            #expect(try second.deliver(delivery).code == "duplicate")
        }
    }

    @Test func `a quarantined request is printed so that verify takes it`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            let right = Keys.otherSecret
            var delivery = TestDelivery.like(id: "wh_q")
            delivery.secret = right
            #expect(try relay.deliver(delivery).status == 401)
            let store = "sqlite:\(world.path("relay.db"))"
            let shown = try await world.run(["quarantine", "show", "1", "--store", store])
            let verified = try await world.run(
                ["verify", "-"], environment: ["OPENSENSE_SECRET": right], input: Array(shown.out.utf8))
            #expect(verified.end == .exit(0), "\(verified.out)\(verified.error)")
        }
    }

    @Test func `a dead letter is shown without secrets, and a retry sends it and what waits`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            try vendors.inject(#"{"vendor":"pagerduty","kind":"status","status":400,"nextRequests":1}"#)
            #expect(try relay.deliver(.documented).status == 200)
            try await eventually("the open is refused") { relay.program.error.contains("job.dead") ? 1 : nil }
            #expect(try relay.deliver(.like(kind: "alarm_cleared", id: "wh_clear")).status == 200)
            let letters = try await Self.rows("dead-letters", "list", in: world)
            #expect(Self.text(letters, "action") == ["open"])
            #expect(Self.text(letters, "holds") == ["1"])
            let id = try #require(letters.first?["id"])
            let shown = try await Self.rows("dead-letters", "show", id, in: world)
            #expect(Self.text(shown, "answer").first?.hasPrefix("400") == true)
            #expect(Self.text(shown, "request").first?.contains("••••") == true)
            #expect(Self.text(shown, "request").first?.contains(Keys.routingKey) == false)
            _ = try await Self.rows("dead-letters", "retry", id, in: world)
            try await vendors.incidents { $0.map(\.status) == ["resolved"] }
            #expect(try await Self.rows("dead-letters", "list", in: world).isEmpty)
        }
    }

    @Test func `a stored delivery and a capture are replayed byte for byte`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            #expect(try relay.deliver(.documented).status == 200)
            let url = "http://127.0.0.1:\(relay.port)/opensense"
            let secret = ["OPENSENSE_SECRET": Keys.secret]
            let store = ["--store", "sqlite:\(world.path("relay.db"))"]
            for id in ["wh_4f3c1a", "1"] {
                let again = try await world.run(["replay", id, "--to", url] + store, environment: secret)
                #expect(again.end == .exit(0))
                #expect(again.out.contains("duplicate") && again.out.hasSuffix("}\n"), "\(again.out)")
            }
            let none = try await world.run(["replay", "wh_none", "--to", url] + store, environment: secret)
            #expect(none.end == .exit(1))
            let body = try world.write(TestDelivery.documentedBody, to: "body.json")
            let capture = try await world.run(["replay", body, "--to", url], environment: secret)
            #expect(capture.out.contains("duplicate"), "\(capture.out)\(capture.error)")
        }
    }

    @Test func `what is not there is named, and what cannot be is refused in words`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            _ = try await world.relay(at: vendors.url)
            let store = "sqlite:\(world.path("relay.db"))"
            let cases: [(words: [String], code: Int32, hint: String)] = [
                (["dead-letters", "show", "7", "--store", store], 1, "there is none"),
                (["dead-letters", "retry", "x", "--store", store], 1, "there is none"),
                (["dead-letters", "retry", "--store", store], 64, "needs IDs, or --all"),
                (["dead-letters", "retry", "1", "--all", "--store", store], 64, "not both"),
                (["dead-letters", "frobnicate", "--store", store], 64, "list, show, retry or discard"),
                (["deliveries", "list", "--limit", "0", "--store", store], 64, "from 1 to"),
                (["quarantine", "list", "--store", "sqlite:\(world.path("none.db"))"], 66, "no store"),
                (["quarantine", "list", "--store", "memory:"], 69, "memory"),
                (["quarantine", "list", "--store", "floppy:"], 64, "takes"),
            ]
            for row in cases {
                let (end, out, error) = try await world.run(row.words)
                #expect(end == .exit(row.code), "\(row.words): \(out)\(error)")
                #expect((out + error).contains(row.hint), "\(row.words): \(out)\(error)")
            }
        }
    }

    @Test func `a person sees where each delivery went, when, and what is late`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            #expect(try relay.deliver(.like(id: "wh_1", channel: "chn_1")).status == 200)
            try await vendors.incidents { $0.count == 1 }
            try await eventually("the first is delivered") {
                relay.program.error.contains("job.delivered") ? 1 : nil
            }
            try vendors.inject(#"{"vendor":"*","kind":"status","status":503}"#)
            #expect(try relay.deliver(.like(id: "wh_2", channel: "chn_2")).status == 200)
            try await eventually("the second is tried") { try vendors.changes().count > 1 ? 1 : nil }
            var late: [[String: String]] = []
            for _ in 1...500 where late.isEmpty {
                late = try await Self.rows("deliveries", "list", "--state", "retrying", in: world)
            }
            let store = ["--store", "sqlite:\(world.path("relay.db"))"]
            var list = try await world.run(["deliveries", "list"] + store)
            // Between two tries it is with the vendor for a moment.
            for _ in 1...500 where !list.out.contains("retrying") {
                list = try await world.run(["deliveries", "list"] + store)
            }
            let lines = list.out.split(separator: "\n").map(String.init)
            #expect(lines.count == 3, "\(list)")
            #expect(lines[0].contains("TO         STATE      DELAY"), "\(lines[0])")
            #expect(lines[1].contains("retrying") && lines[1].contains("503"), "\(lines[1])")
            #expect(lines[2].contains("pagerduty  delivered  0."), "\(lines[2])")
            #expect(Self.text(late, "delivery") == ["wh_2"])
            #expect(Self.text(late, "jobs").first?.contains("delayMilliseconds") == true)
            #expect(try await Self.rows("deliveries", "list", "--since", "1h", in: world).count == 2)
            #expect(try await Self.rows("deliveries", "list", "--until", "1h", in: world).isEmpty)
            let shown = try await world.run(["deliveries", "show", "wh_2"] + store)
            #expect(shown.out.contains("Attempts at "), "\(shown.out)")
            #expect(shown.out.contains("  503"), "\(shown.out)")
            try await discard(world, store)
            #expect(try await relay.stop() == .exit(0))
        }
    }

    /// Discards the second delivery, and asks for what cannot be done with either.
    private func discard(_ world: World, _ store: [String]) async throws {
        let rows: [(words: [String], code: Int32, message: String)] = [
            (["deliveries", "discard", "wh_2"], 0, "is discarded"),
            (["deliveries", "discard", "wh_2"], 1, "has ended (discarded)"),
            (["deliveries", "retry", "wh_1"], 1, "has ended (delivered)"),
            (["deliveries", "list", "--state", "deliverd"], 64, "did you mean delivered?"),
            (["deliveries", "list", "--since", "yesterday"], 64, "an age such as 30m, 12h or 7d"),
            (["deliveries", "retry", "wh_1", "--site", "s"], 64, "goes with list and with --all"),
            (["deliveries", "retry", "--all", "--state", "retrying"], 64, "means dead letters alone"),
            (["deliveries", "list", "--since", "9223372036854775807d"], 64, "an age such as"),
            (["deliveries", "list", "--since", "-30m"], 64, "an age such as"),
            (["deliveries", "list", "--since", "1h", "--until", "2h"], 64, "is not before"),
            (["deliveries", "list", "--since", "2026-01-01 08:10:00", "--until", "2026-01-02"], 0, ""),
        ]
        for row in rows {
            var answer = try await world.run(row.words + store)
            // The relay may be at work on it at this moment.
            while answer.out.contains("being sent at this moment") {
                answer = try await world.run(row.words + store)
            }
            #expect(answer.end == .exit(row.code), "\(row.words): \(answer)")
            #expect(
                row.message.isEmpty || (answer.out + answer.error).contains(row.message),
                "\(row.words): \(answer)")
        }
    }

    /// A configuration with everything wrong but `store`, which names the world's file by default.
    private static func configuration(_ store: String?, in world: World) throws -> String {
        let store = store.map { "store: \($0)," } ?? ""
        return try world.write(
            """
            { \(store) lisen: ":0", sources: [{ secrets: ["env:NOT_SET", "file:/not/there"] }],
              destinations: { oncall: { adapter: "pagerduty", routingKey: "env:NOT_SET" }, b: { adapter: "x" } } }
            """, to: "relay.json5")
    }

    @Test func `a shell without any key lists what is in the store of a configuration`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            #expect(try relay.deliver(.documented).status == 200)
            let file = try Self.configuration("\"sqlite:\(world.path("relay.db"))\"", in: world)
            for command in ["deliveries", "dead-letters", "quarantine"] {
                let (end, out, error) = try await world.run([command, "list", "--json", "--config", file])
                #expect(end == .exit(0), "\(command): \(out)\(error)")
                #expect(out.contains("wh_4f3c1a") == (command == "deliveries"), "\(command): \(out)")
            }
            let again = try await world.run(
                ["replay", "1", "--to", "http://127.0.0.1:\(relay.port)/opensense", "--config", file],
                environment: ["OPENSENSE_SECRET": Keys.secret])
            #expect(again.out.contains("duplicate"), "\(again.out)\(again.error)")
        }
    }

    @Test func `the store is that of --store, else of --config, else the one that serve has without either`()
        async throws
    {
        try await World.run { world in
            let state = ["XDG_STATE_HOME": world.path("state")]
            for (words, place) in [
                (["--config", try Self.configuration("\"sqlite:/not/there/b\"", in: world)], "/not/there/b"),
                ([], world.path("state/opensense-relay/relay.db")),
            ] {
                let own = try await world.run(["quarantine", "list"] + words, environment: state)
                #expect(own.end == .exit(66), "\(own.error)")
                #expect(own.error.contains("There is no store at \(place)."), "\(own.error)")
                let named = try await world.run(
                    ["quarantine", "list", "--store", "sqlite:/not/there/a"] + words, environment: state)
                #expect(named.error.contains("There is no store at /not/there/a."), "\(named.error)")
            }
            let file = try Self.configuration(nil, in: world)
            let silent = try await world.run(["quarantine", "list", "--config", file], environment: state)
            #expect(silent.error.contains(world.path("state/opensense-relay/relay.db")), "\(silent.error)")
            let relay = try await world.relay(
                world.start(
                    ["serve", "--listen", "127.0.0.1:0"],
                    environment: World.environment(at: "http://127.0.0.1:9").merging(state) { $1 }))
            #expect(try relay.deliver(.documented).status == 200)
            let listed = try await world.run(["deliveries", "list", "--json"], environment: state)
            #expect(listed.out.contains("wh_4f3c1a"), "\(listed.error)")
        }
    }

    /// What `store` is in the configuration, and what is said of it.
    static let faultyStores = [
        (store: "\"floppy:\"", hint: ":1:10: store: Expected \"sqlite:PATH\""),
        (store: "7", hint: ":1:10: store: Expected a text"),
        (store: "\"memory:\", store: \"memory:\"", hint: "store: This is given a second time"),
        (store: "\"memory:\" }", hint: "is not a JSON5 object"), (store: "\"memory:\"", hint: "in memory"),
    ]

    @Test(arguments: faultyStores) func `a configuration whose store is at fault is 78, and says that alone`(
        _ row: (store: String, hint: String)
    ) async throws {
        try await World.run { world in
            let file = try Self.configuration(row.store, in: world)
            let (end, _, error) = try await world.run(["deliveries", "list", "--config", file])
            #expect(end == .exit(row.hint == "in memory" ? 69 : 78), "\(error)")
            #expect(error.contains(row.hint), "\(error)")
            #expect(!error.contains("NOT_SET") && !error.contains("lisen"), "\(error)")
        }
    }

    @Test(.disabled(if: geteuid() == 0, "root has /var/lib"))
    func `without a home there is no store to look for, and that is said`() async throws {
        try await World.run { world in
            let (end, _, error) = try await world.run(["deliveries", "list"])
            #expect(end == .exit(78))
            #expect(error.contains("--store"), "\(error)")
        }
    }
}
