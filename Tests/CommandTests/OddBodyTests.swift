import Foundation
import Testing

@Suite struct `A body that is a little odd` {
    private static func delivery(_ id: String, _ event: String) -> TestDelivery {
        TestDelivery(body: Array(#"{"event":{\#(event)},"delivery":{"id":"\#(id)"}}"#.utf8))
    }

    @Test func `opens and closes what it is about, and is named once in the log`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(["pagerduty", "opsgenie"], at: vendors.url)
            let place = #""site_id":"s","device_id":"d","channel_id""#
            let opened = #""kind":"alarm_opened","opened_at":"2026-05-17 08:10:00,5z""#
            let cleared = #""kind":"alarm_cleared","cleared_at":"2026-05-17t10:15:00.123456+02:00""#
            for (id, event) in [
                ("wh_1", #"\#(opened),\#(place):7,"value_at":nan,"remark":"\ud83e""#),
                ("wh_2", #"\#(opened),\#(place):8,"value_at":11.2"#),
                ("wh_3", #"\#(cleared),\#(place):7"#),
                ("wh_4", #"\#(opened),\#(place):"9""#),
            ] { #expect(try relay.deliver(Self.delivery(id, event)).status == 200) }
            let incidents = try await vendors.incidents { incidents in
                incidents.count == 6 && incidents.count { $0.status == "resolved" } == 2
            }
            for channel in ["7", "8", "9"] {
                let own = incidents.filter {
                    $0.key.hasSuffix("d/\(channel)") || $0.key.hasSuffix("d:\(channel)")
                }
                #expect(own.map(\.pages) == [1, 1])
                #expect(own.allSatisfy { $0.status == (channel == "7" ? "resolved" : "triggered") })
            }
            #expect(try await relay.stop() == .exit(0))
            let lines = relay.program.error.split(separator: "\n").filter { $0.contains("delivery.odd") }
            #expect(
                lines.map { $0.drop { $0 != "l" } } == [
                    "level=warning event=delivery.odd delivery=wh_1 oddities=id-not-text,lone-surrogate,not-finite",
                    "level=warning event=delivery.odd delivery=wh_2 oddities=id-not-text",
                    "level=warning event=delivery.odd delivery=wh_3 oddities=id-not-text",
                ])
        }
    }
}
