import AdapterKit
import OpenSenseWebhooks
import Testing

@Suite struct `A title within a limit` {
    private func update(_ fields: String, note: String?) throws -> IncidentUpdate {
        let event = try Delivery(body: Array(#"{"event":{\#(fields)}}"#.utf8)).event
        return IncidentUpdate(
            action: .update, key: IncidentKey(event, fallback: "x"), event: event, deliveryID: "x", note: note
        )
    }

    static let change = "warning → alarm, 9 → 21"
    static let alarm = #""kind":"alarm_opened","value_at":21,"thresholds":{"ok_max":8},"site_id":"#

    @Test(arguments: [
        (#""s""#, 200, "Alarm: 21, above 8; warning → alarm, 9 → 21 (s)"),
        (#""s""#, 47, "Alarm: 21, above 8; warning → alarm, 9 → 21 (s)"),
        (#""s""#, 46, "Alarm: warning → alarm, 9 → 21; 21, above 8 (…"),
        (#""s""#, 34, "Alarm: warning → alarm, 9 → 21; 2…"),
    ]) func `keeps what has changed before the place`(_ site: String, _ max: Int, _ title: String) throws {
        let update = try update(Self.alarm + site, note: Self.change)
        #expect(update.title(within: TextLimit(max: max)) == title)
    }

    @Test func `keeps what has changed behind a long name`() throws {
        let name = String(repeating: "x", count: 500)
        for fields in [#""kind":"\#(name)""#, #""kind":"door","id":"\#(name)""#, Self.alarm + #""\#(name)""#]
        {
            let title = try update(fields, note: Self.change).title(within: TextLimit(max: 130))
            #expect(title.contains(Self.change), "\(title)")
            #expect(title.utf16.count <= 130)
        }
    }

    @Test func `is the beginning of one without a change`() throws {
        let update = try update(Self.alarm + #""s""#, note: nil)
        #expect(update.title(within: TextLimit(max: 12)) == "Alarm: 21, …")
    }
}
