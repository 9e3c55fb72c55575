import Foundation
import Testing

/// What a person gets wrong at the commands on a store: it is refused in words, and changes nothing.
@Suite struct `A mistake at a store's commands` {
    typealias Row = (words: [String], code: Int32, message: String)

    private func check(_ rows: [Row], _ world: World) async throws {
        for row in rows {
            let answer = try await world.run(row.words + ["--store", "sqlite:\(world.path("relay.db"))"])
            #expect(answer.end == .exit(row.code), "\(row.words): \(answer)")
            #expect((answer.out + answer.error).contains(row.message), "\(row.words): \(answer)")
        }
    }

    /// A relay with a dead letter, which is update 128 of delivery 1, and a delivery that has arrived.
    private func withDeadLetter(_ body: (World, Relay) async throws -> Void) async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            try vendors.inject(#"{"vendor":"pagerduty","kind":"status","status":400,"nextRequests":1}"#)
            #expect(try relay.deliver(.like(id: "wh_1", channel: "chn_1")).status == 200)
            try await eventually("the open is refused") { relay.program.error.contains("job.dead") ? 1 : nil }
            #expect(try relay.deliver(.like(id: "wh_2", channel: "chn_2")).status == 200)
            try await eventually("the second is delivered") {
                relay.program.error.contains("job.delivered") ? 1 : nil
            }
            try await body(world, relay)
        }
    }

    @Test func `is the ID of a delivery or of an update that is no dead letter, and says what was meant`()
        async throws
    {
        try await withDeadLetter { world, _ in
            let letters = "there is none; that is a delivery; its dead letters are meant by dead-letters"
            try await check(
                [
                    (["dead-letters", "retry", "wh_1"], 1, "\(letters) retry 128"),
                    (["dead-letters", "discard", "1"], 1, "\(letters) discard 128"),
                    (["dead-letters", "show", "1"], 1, "\(letters) show 128"),
                    (
                        ["dead-letters", "retry", "wh_2"], 1,
                        "without a dead letter; see deliveries retry '#2'"
                    ),
                    (["dead-letters", "retry", "d2"], 1, "without a dead letter; see deliveries retry '#2'"),
                    (
                        ["dead-letters", "retry", "256"], 1,
                        "update 256 of delivery 2 is delivered, and no dead letter"
                    ),
                    (["dead-letters", "retry", "9"], 1, "9: there is none\n"),
                    (["dead-letters", "list"], 0, "128 "),
                ], world)
        }
    }

    @Test func `is a name that nothing has, and the nearest one is named`() async throws {
        try await withDeadLetter { world, _ in
            try await check(
                [
                    (["deliveries", "list", "--kind", "alrm_opened"], 64, "did you mean alarm_opened?"),
                    (
                        ["deliveries", "list", "--kind", "fire*"], 64,
                        "There is no kind fire*; there are alarm_"
                    ),
                    (["deliveries", "list", "--kind", "alarm_*"], 0, "wh_1"),
                    (["deliveries", "list", "--kind", "alarm_cleared"], 0, "There are none"),
                    (
                        ["dead-letters", "discard", "--all", "--to", "pagerdutty"], 64,
                        "There is no destination pagerdutty; did you mean pagerduty?"
                    ),
                    // It may be one that nothing was for yet.
                    (
                        ["deliveries", "list", "--to", "backup"], 0,
                        "No update is for backup; there are some for pagerduty."
                    ),
                    (["dead-letters", "give-up", "pagerdutty"], 1, "No update is for pagerdutty; there are"),
                    (["dead-letters", "retry", "--all", "--state", "ded"], 64, "did you mean dead?"),
                    (["dead-letters", "list", "--to", "pagerduty"], 0, "128 "),
                ], world)
            let file = try world.write(
                """
                { store: "sqlite:\(world.path("relay.db"))",
                  destinations: { pagerduty2: { adapter: "pagerduty", routingKey: "env:NOT_SET" } } }
                """, to: "relay.json5")
            let listed = try await world.run(
                ["deliveries", "list", "--to", "pagerduty2", "--config", file])
            #expect(listed.end == .exit(0) && listed.error == "There are none.\n", "\(listed)")
        }
    }

    @Test func `is to give up a destination that a running relay has, which takes --force`() async throws {
        try await withDeadLetter { world, relay in
            try await check(
                [
                    (["dead-letters", "give-up", "pagerduty"], 1, "a relay has this destination"),
                    (
                        ["dead-letters", "give-up", "pagerduty", "--force"], 1,
                        "0 updates are dead letters now"
                    ),
                    (["dead-letters", "list", "--force"], 64, "goes with give-up"),
                    (
                        ["dead-letters", "retry", "128", "--reason", "x"], 64,
                        "goes with what gives something up"
                    ),
                ], world)
        }
    }

    @Test func `can be traced: the store keeps who gave something up and why, and how often it was tried`()
        async throws
    {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            try vendors.inject(#"{"vendor":"pagerduty","kind":"status","status":400,"nextRequests":2}"#)
            #expect(try relay.deliver(.documented).status == 200)
            for count in 1...2 {
                try await eventually("the open is refused") {
                    relay.program.error.components(separatedBy: "job.dead").count > count ? 1 : nil
                }
                if count == 1 {
                    try await check([(["dead-letters", "retry", "128"], 0, "tried again")], world)
                }
            }
            try await check(
                [
                    (["dead-letters", "list"], 0, "1 of 2"),
                    (["dead-letters", "list", "--json"], 0, #""attemptsInAll":2"#),
                    (["dead-letters", "discard", "128", "--reason", "a test"], 0, "is discarded"),
                    (
                        ["deliveries", "show", "1"], 0,
                        "discarded by \(NSUserName()): a test; before: "
                    ),
                    (["deliveries", "show", "1"], 0, "1 of 2"),
                ], world)
        }
    }
}
