import Foundation
import Testing

/// Alarms that go to OpShift, in the whole program.
@Suite struct `An alarm at OpShift` {
    private static let secret = String(repeating: "0123456789abcdef", count: 4)

    /// A relay whose sensor `chn_a1b2` has a monitor; the others have the webhook alone.
    private func relay(_ world: World, _ vendors: Vendors, more: String = "") async throws -> Relay {
        try await world.relay(
            destinations: """
                opshift: { adapter: "opshift", secret: "env:OPSHIFT", webhook: "cold-rooms",
                    monitors: "alarm/site_4f3c/dev_b1d2/chn_a1b2=freezer-3", baseURL: "\(vendors.url)" }\(more)
                """, environment: ["OPSHIFT": Self.secret])
    }

    private func event(
        _ id: String, _ times: [String: Int], kind: String = "alarm_opened", channel: String = "chn_a1b2",
        severity: String = "alarm"
    ) -> AlarmEvent {
        AlarmEvent(kind: kind, id: id, channel: channel, severity: severity, times: times)
    }

    @Test func `takes its monitor down and up, and survives a kill between the two`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let first = try await relay(world, vendors)
            // The monitor hears that all is well before anything happens.
            try await eventually("the monitor is heard of") {
                try vendors.changes().contains { $0.target == "/api/ping/freezer-3" } ? true : nil
            }
            #expect(try first.deliver(event("wh_1", ["opened_at": -600])) == "accepted")
            #expect(try first.deliver(event("wh_1", ["opened_at": -600])) == "duplicate")
            try await vendors.incidents { $0.map(\.status) == ["triggered"] }
            try await first.program.killAtOnce()
            let second = try await relay(world, vendors)
            #expect(
                try second.deliver(
                    event("wh_2", ["opened_at": -600, "cleared_at": -300], kind: "alarm_cleared"))
                    == "accepted")
            try await vendors.incidents { $0.map(\.status) == ["resolved"] }
            #expect(try second.deliver(event("wh_3", ["opened_at": -100])) == "accepted")
            let all = try await vendors.incidents { $0.map(\.status) == ["resolved", "triggered"] }
            #expect(all.map(\.pages) == [1, 1])
            #expect(try await second.stop() == .exit(0))
            try expectNoSecret(world, first, second)
        }
    }

    @Test
    func
        `without a monitor opens alerts that page, also when it gets worse, and the trail says what is not sent`()
        async throws
    {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await relay(world, vendors)
            #expect(
                try relay.deliver(event("wh_1", ["opened_at": -600], channel: "c", severity: "warning"))
                    == "accepted")
            try await vendors.incidents { $0.count == 1 }
            #expect(
                try relay.deliver(event("wh_2", ["opened_at": -600], channel: "c"))
                    == "accepted")
            let open = try await vendors.incidents { $0.count == 2 }
            #expect(open.map(\.pages) == [1, 1])
            #expect(
                try relay.deliver(
                    event(
                        "wh_3", ["opened_at": -600, "cleared_at": -300], kind: "alarm_cleared", channel: "c"))
                    == "accepted")
            // The first job of the third delivery.
            try await eventually("the clear is done with") {
                relay.program.error.contains("event=job.delivered job=384 ") ? true : nil
            }
            #expect(try vendors.incidents().map(\.status) == ["triggered", "triggered"])
            let shown = try await world.run(
                ["deliveries", "show", "3", "--store", "sqlite:\(world.path("relay.db"))"])
            #expect(shown.out.contains("cannot be resolved from outside"), "\(shown.out)")
        }
    }

    @Test func `goes to the failover when the key is refused, and closes in the end`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(
                destinations: """
                    opshift: { adapter: "opshift", secret: "env:OPSHIFT", webhook: "cold-rooms",
                        baseURL: "\(vendors.url)", failover: "backup" }, backup: \(World.chat(vendors))
                    """, more: #"routes: [{ to: ["opshift"] }]"#,
                environment: ["OPSHIFT": String(repeating: "f", count: 64)])
            #expect(try relay.deliver(event("wh_1", ["opened_at": -600])) == "accepted")
            try await vendors.incidents { $0.map(\.vendor) == ["opsgenie"] }
            #expect(
                try relay.deliver(
                    event("wh_2", ["opened_at": -600, "cleared_at": -300], kind: "alarm_cleared"))
                    == "accepted")
            try await vendors.incidents { $0.map(\.status) == ["resolved"] }
        }
    }

    @Test func `is not the only thing that a monitor watches: the relay's own heartbeat is signed`()
        async throws
    {
        try await World.run { world in
            let vendors = try await world.vendors()
            let address = "\(vendors.url)/api/ping/relay"
            _ = try await world.relay(
                destinations: "chat: \(World.chat(vendors))",
                more: #"heartbeats: [{ url: "env:HEARTBEAT", secret: "env:OPSHIFT" }]"#,
                environment: ["OPSHIFT": Self.secret, "HEARTBEAT": address])
            let heard = try await eventually("the monitor is heard of") {
                try vendors.changes().first { $0.target == "/api/ping/relay" }
            }
            #expect(heard.status == 200 && heard.body == "{}")
        }
    }

    /// Neither the logs nor the store have it.
    private func expectNoSecret(_ world: World, _ relays: Relay...) throws {
        for relay in relays { #expect(!relay.program.error.contains(Self.secret)) }
        let store = try Data(contentsOf: URL(filePath: world.path("relay.db")))
        #expect(store.range(of: Data(Self.secret.utf8)) == nil)
    }
}
