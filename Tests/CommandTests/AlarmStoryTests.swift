import Foundation
import Testing

/// Alarms that a person must hear of, in the whole program.
@Suite struct `An alarm that changes` {
    /// Warnings go to the chat, alarms to the pager.
    private func relay(_ world: World, _ vendors: Vendors) async throws -> Relay {
        try await world.relay(
            destinations: "chat: \(World.chat(vendors)), pager: \(World.pager(vendors))",
            more: #"routes: [{ severities: ["warning"], to: ["chat"] }, { to: ["pager"] }]"#)
    }

    /// The event id of the second event of the alarm.
    @Test(arguments: ["evt_same", "evt_other"])
    func `for the worse wakes the pager that its warning did not concern`(_ event: String) async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await relay(world, vendors)
            let opened = ["opened_at": "2026-05-17T08:10:00Z"]
            let warning = AlarmEvent(
                id: "wh_1", event: "evt_same", severity: "warning", value: 9, texts: opened)
            #expect(try relay.deliver(warning) == "accepted")
            #expect(try await vendors.incidents { !$0.isEmpty }.map(\.vendor) == ["opsgenie"])
            let start = Date().timeIntervalSince1970
            #expect(
                try relay.deliver(AlarmEvent(id: "wh_2", event: event, value: 21, texts: opened))
                    == "accepted")
            try await vendors.incidents { $0.contains { $0.vendor == "pagerduty" } }
            let page = try #require(vendors.changes().first { $0.vendor == "pagerduty" })
            let milliseconds = Int((page.at - start) * 1_000)
            print("From the rise in severity to the pager's receipt: \(milliseconds) ms")
            #expect(milliseconds < 5_000)
            #expect(page.body.contains("warning → alarm, 9 → 21"), "\(page.body)")
            // The chat has it as a new alarm, so that it is seen there, too.
            try await vendors.incidents { $0.count { $0.vendor == "opsgenie" } == 2 }
            let cleared = AlarmEvent(
                kind: "alarm_cleared", id: "wh_3",
                texts: opened.merging(["cleared_at": "2026-05-17T09:00:00Z"]) { $1 })
            #expect(try relay.deliver(cleared) == "accepted")
            let ended = try await vendors.incidents { $0.allSatisfy { $0.status == "resolved" } }
            #expect(ended.map(\.pages) == [1, 1, 1])
        }
    }

    @Test func `and begins again after a person acknowledged it pages again, once`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(destinations: "pager: \(World.pager(vendors))")
            let opened = ["opened_at": -600]
            #expect(try relay.deliver(AlarmEvent(id: "wh_1", event: "evt_1", times: opened)) == "accepted")
            let ack = AlarmEvent(kind: "alarm_ack", id: "wh_2", times: ["opened_at": -600, "acked_at": -300])
            #expect(try relay.deliver(ack) == "accepted")
            try await vendors.incidents { $0.map(\.status) == ["acknowledged"] }
            for id in ["wh_3", "wh_4"] {
                let again = AlarmEvent(
                    id: id, event: "evt_1", times: ["opened_at": -600, "reopened_at": -60])
                #expect(try relay.deliver(again) == "accepted")
            }
            try await vendors.incidents { $0.map(\.status) == ["resolved", "triggered"] }
            let clear = AlarmEvent(
                kind: "alarm_cleared", id: "wh_5", times: ["opened_at": -600, "cleared_at": 0])
            #expect(try relay.deliver(clear) == "accepted")
            let ended = try await vendors.incidents { $0.allSatisfy { $0.status == "resolved" } }
            #expect(ended.map(\.pages) == [1, 1])
        }
    }

    @Test func `stays open when the clear of the one before it comes late`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(destinations: "pager: \(World.pager(vendors))")
            #expect(try relay.deliver(AlarmEvent(id: "wh_a", times: ["opened_at": -600])) == "accepted")
            // While nothing of it was sent, an alarm that the next one overtakes is left out.
            try await vendors.incidents { $0.count == 1 }
            #expect(try relay.deliver(AlarmEvent(id: "wh_b", times: ["opened_at": -300])) == "accepted")
            try await vendors.incidents { $0.map(\.status) == ["resolved", "triggered"] }
            // Its time is after the second alarm began.
            let late = AlarmEvent(
                kind: "alarm_cleared", id: "wh_c", times: ["opened_at": -600, "cleared_at": -200])
            #expect(try relay.deliver(late) == "accepted")
            let ack = AlarmEvent(kind: "alarm_ack", id: "wh_d", times: ["opened_at": -300, "acked_at": -100])
            #expect(try relay.deliver(ack) == "accepted")
            // What comes after the clear has overtaken nothing.
            try await vendors.incidents { $0.map(\.status) == ["resolved", "acknowledged"] }
            #expect(try vendors.changes().count == 4)
        }
    }

    @Test func `from the sender's future that comes twice pages once`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(destinations: "pager: \(World.pager(vendors))")
            let time = Date(timeIntervalSince1970: Double(unixSeconds() + 600)).formatted(.iso8601)
            for id in ["wh_1", "wh_2"] {
                #expect(try relay.deliver(AlarmEvent(id: id, texts: ["opened_at": time])) == "accepted")
            }
            #expect(try relay.deliver(AlarmEvent(id: "wh_3", channel: "chn_2")) == "accepted")
            let incidents = try await vendors.incidents { $0.count == 2 }
            #expect(incidents.map(\.pages) == [1, 1])
            #expect(incidents.map(\.opens) == [1, 1])
        }
    }

    @Test(arguments: ["0001", "1970", "1980", "2000"])
    func `after its end pages, whatever year a clock without a battery says`(_ year: String) async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(destinations: "pager: \(World.pager(vendors))")
            #expect(try relay.deliver(AlarmEvent(id: "wh_1", times: ["opened_at": -600])) == "accepted")
            let clear = AlarmEvent(
                kind: "alarm_cleared", id: "wh_2", times: ["opened_at": -600, "cleared_at": -300])
            #expect(try relay.deliver(clear) == "accepted")
            try await vendors.incidents { $0.map(\.status) == ["resolved"] }
            let odd = AlarmEvent(id: "wh_3", texts: ["opened_at": "\(year)-01-01T00:00:00Z"])
            #expect(try relay.deliver(odd) == "accepted")
            try await vendors.incidents { $0.map(\.status) == ["resolved", "triggered"] }
        }
    }

    @Test func `under the id of another delivery is accepted, with a warning`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(destinations: "pager: \(World.pager(vendors))")
            #expect(try relay.deliver(AlarmEvent(id: "wh_1", event: "evt_1", channel: "a")) == "accepted")
            let other = AlarmEvent(id: "wh_1", event: "evt_2", channel: "b")
            for code in ["accepted", "duplicate"] { #expect(try relay.deliver(other) == code) }
            try await vendors.incidents { $0.count == 2 }
            let lines = relay.program.error.split(separator: "\n")
            let warned = lines.filter {
                $0.contains("delivery.accepted") && $0.contains("delivery-id-reused")
            }
            #expect(warned.count == 1)
            #expect(warned.allSatisfy { $0.contains("level=warning") }, "\(warned)")
        }
    }

    @Test func `in one account is not closed by another's clear`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(
                destinations: "pager: \(World.pager(vendors))",
                sources: #"""
                    { path: "/a", secrets: ["env:OPENSENSE_SECRET"], account: "a" },
                    { path: "/b", secrets: ["env:OTHER_SECRET"], account: "b" }
                    """#)
            func send(_ event: AlarmEvent, to path: String) throws -> String? {
                let secret = path == "/a" ? Keys.secret : Keys.otherSecret
                var request = try event.delivery(secret: secret).request()
                request.path = path
                return try request.send(to: relay.port).code
            }
            #expect(try send(AlarmEvent(id: "wh_1", times: ["opened_at": -600]), to: "/a") == "accepted")
            #expect(try send(AlarmEvent(id: "wh_1", times: ["opened_at": -500]), to: "/b") == "accepted")
            let opened = try await vendors.incidents { $0.count == 2 }
            #expect(Set(opened.map(\.key)).count == 2)
            let clear = AlarmEvent(kind: "alarm_cleared", id: "wh_2", times: ["cleared_at": -100])
            #expect(try send(clear, to: "/b") == "accepted")
            let ended = try await vendors.incidents { $0.contains { $0.status == "resolved" } }
            #expect(ended.map(\.status).sorted() == ["resolved", "triggered"])
            #expect(ended.first { $0.status == "triggered" }?.key.contains("@a/") == true)
        }
    }
}
