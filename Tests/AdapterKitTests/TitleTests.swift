import AdapterKit
import OpenSenseWebhooks
import Testing

private func update(
    _ fields: String, note: String? = nil, wording: Wording = Wording(), writtenAt: Int? = nil
) throws -> IncidentUpdate {
    let event = try Delivery(body: Array(#"{"event":{\#(fields)}}"#.utf8)).event
    return IncidentUpdate(
        action: .update, key: IncidentKey(event, fallback: "x"), event: event, deliveryID: "wh_1", note: note,
        wording: wording, writtenAt: writtenAt)
}

private let berlin: Wording = {
    var names = PlaceNames()
    names[.site, "s"] = .init(name: "Berlin")
    names[.device, "d"] = .init(name: "Freezer 3", unit: "°C")
    return Wording(names: names)
}()

@Suite struct `A title` {
    static let opened = #""opened_at":"2026-05-17T08:10:00Z","site_id":"s","device_id":"d","channel_id":"c""#
    static let limits = #""thresholds":{"ok_min":-2,"ok_max":8}"#

    struct Row: Sendable, CustomTestStringConvertible {
        let fields: String
        let unnamed: String
        let named: String
        var testDescription: String { unnamed }
    }

    static let rows = [
        Row(
            fields: #""kind":"alarm_opened","severity":"alarm","value_at":11.2,\#(limits),\#(opened)"#,
            unnamed: "c, d, s: 11.2, allowed −2 to 8, since 08:10 UTC (alarm)",
            named: "Freezer 3, Berlin: 11.2 °C, allowed −2 to 8, since 08:10 UTC (alarm)"),
        Row(
            fields: #""kind":"alarm_opened","severity":"alarm",\#(opened)"#,
            unnamed: "c, d, s: alarm, since 08:10 UTC (alarm)",
            named: "Freezer 3, Berlin: alarm, since 08:10 UTC (alarm)"),
        Row(
            fields:
                #""kind":"alarm_opened","severity":" ","value_at":-18,"thresholds":{"ok_max":-20},"site_id":"s""#,
            unnamed: "s: −18, allowed to −20", named: "Berlin: −18, allowed to −20"),
        Row(
            fields: #""kind":"alarm_opened","value_at":1,"thresholds":{"ok_min":2},"device_id":"d""#,
            unnamed: "d: 1, allowed from 2", named: "Freezer 3: 1 °C, allowed from 2"),
        Row(
            fields: #""kind":"alarm_ack","severity":"alarm",\#(opened)"#,
            unnamed: "c, d, s: alarm acknowledged",
            named: "Freezer 3, Berlin: alarm acknowledged"),
        Row(
            fields:
                #""kind":"alarm_cleared","severity":"alarm","value_at":4.1,\#(limits),"cleared_at":"2026-05-17T11:30:59Z",\#(opened)"#,
            unnamed: "c, d, s: cleared after 3 h 20 min: 4.1, allowed −2 to 8",
            named: "Freezer 3, Berlin: cleared after 3 h 20 min: 4.1 °C, allowed −2 to 8"),
        Row(
            fields: #""kind":"alarm_cleared",\#(opened)"#, unnamed: "c, d, s: cleared",
            named: "Freezer 3, Berlin: cleared"),
        Row(
            fields: #""kind":"device_offline","severity":"warning",\#(opened)"#,
            unnamed: "c, d, s: device offline since 08:10 UTC (warning)",
            named: "Freezer 3, Berlin: device offline since 08:10 UTC (warning)"),
        Row(
            fields: #""kind":"device_online","device_id":"d""#, unnamed: "d: device online again",
            named: "Freezer 3: device online again"),
        Row(
            fields: #""kind":"silence_opened","site_id":"s""#, unnamed: "s: alarms silenced",
            named: "Berlin: alarms silenced"),
        Row(
            fields: #""kind":"silence_closed","site_id":"s""#, unnamed: "s: silence ended",
            named: "Berlin: silence ended"),
        Row(
            fields: #""kind":"report_ready","id":"evt_1""#, unnamed: "OpenSense: report ready, evt_1",
            named: "OpenSense: report ready, evt_1"),
        Row(
            fields: #""kind":"door_opened","id":"evt_1","value_at":90,"device_id":"d""#,
            unnamed: "d: event door_opened, evt_1, 90", named: "Freezer 3: event door_opened, evt_1, 90 °C"),
    ]

    @Test(arguments: rows) func `says where, what and since when`(_ row: Row) throws {
        #expect(try update(row.fields).title == row.unnamed)
        #expect(try update(row.fields, wording: berlin).title == row.named)
    }

    @Test(arguments: [
        ("08:10:59", "less than a minute", nil as String?), ("08:55:00", "45 min", "45 min"),
        ("09:10:00", "an hour", "1 h"), ("07:00:00", "a clear that is older than its alarm", nil),
    ]) func `says for how long an alarm was open`(_ clock: String, _ name: String, _ text: String?) throws {
        let fields = #""kind":"alarm_cleared","cleared_at":"2026-05-17T\#(clock)Z",\#(Self.opened)"#
        let duration = text.map { " after \($0)" } ?? ""
        #expect(try update(fields).title == "c, d, s: cleared\(duration)", "\(name)")
        let late = #""kind":"alarm_cleared","closed_at":"2026-05-20T08:10:00Z",\#(Self.opened)"#
        #expect(try update(late).title == "c, d, s: cleared after 3 days")
    }

    @Test(arguments: [
        (1_779_005_400, "08:10"), (1_779_005_400 + 43_199, "08:10"),
        (1_779_005_400 + 43_200, "2026-05-17 08:10"), (1_779_005_400 - 43_200, "2026-05-17 08:10"),
    ]) func `names the day of an alarm that is half a day old or ahead`(_ time: Int, _ since: String) throws {
        let title = try update(#""kind":"device_offline",\#(Self.opened)"#, writtenAt: time).title
        #expect(title == "c, d, s: device offline since \(since) UTC")
    }

    @Test(arguments: [#""11.2""#, "NaN", "1e400"]) func `has a value that is no number as it came`(
        _ value: String
    ) throws {
        let title = try update(#""kind":"alarm_opened","site_id":"s","value_at":\#(value)"#).title
        #expect(title == "s: \(value.filter { $0 != "\"" })")
        let long = #""\#(String(repeating: "x", count: 90))""#
        #expect(try update(#""kind":"alarm_opened","site_id":"s","value_at":\#(long)"#).title.count == 43)
    }

    @Test(arguments: ["1970-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"])
    func `does not say since when or how long where the time cannot be`(_ time: String) throws {
        let times = #""opened_at":"\#(time)","cleared_at":"9999-12-31T00:00:00Z""#
        #expect(
            try update(#""kind":"device_offline","device_id":"d",\#(times)"#).title == "d: device offline")
        #expect(try update(#""kind":"alarm_cleared","device_id":"d",\#(times)"#).title == "d: cleared")
    }

    @Test(arguments: [Int.min, Int.max, 0]) func `takes any moment of writing`(_ time: Int) throws {
        let title = try update(#""kind":"device_offline",\#(Self.opened)"#, writtenAt: time).title
        #expect(title.hasSuffix("since 2026-05-17 08:10 UTC"))
    }

    @Test func `has an unnamed channel unless its device measures one thing, and a named one always`() throws
    {
        var wording = berlin
        #expect(try update(Self.opened + #","kind":"x""#, wording: wording).place == "Freezer 3, Berlin")
        wording.names[.channel, "c"] = .init(name: "Probe", unit: "%")
        #expect(
            try update(Self.opened + #","kind":"x""#, wording: wording).place == "Probe, Freezer 3, Berlin")
        wording.names[.device, "d"] = .init(name: "Freezer 3")
        wording.names[.channel, "c"] = nil
        #expect(try update(Self.opened + #","kind":"x""#, wording: wording).place == "c, Freezer 3, Berlin")
        wording.names[.channel, "c"] = .init(name: "Probe", unit: "%")
        wording.names[.device, "d"] = .init(unit: "°C")
        #expect(try update(Self.opened + #","kind":"x""#, wording: wording).place == "Probe, d, Berlin")
        wording.names[.channel, "c"] = nil
        #expect(try update(Self.opened + #","kind":"x""#, wording: wording).place == "c, d, Berlin")
    }

    @Test func `stands before the link and the ids of what has a name`() throws {
        var wording = berlin
        wording.names.links = [try LinkTemplate("https://example.org/{site}")]
        let fields = #""kind":"device_online","site_id":"s","device_id":"d""#
        #expect(
            try update(fields, wording: wording).briefing == [
                "Freezer 3, Berlin: device online again", "https://example.org/s", "Device: Freezer 3 (d)",
                "Site: Berlin (s)",
            ])
        #expect(try update(fields).briefing == ["d, s: device online again"])
        let alarm = fields + #","channel_id":"c""#
        #expect(try update(alarm, wording: wording).briefing.contains("Channel: c"), "it is not in the title")
    }
}

@Suite struct `A title within a limit` {
    static let change = "warning → alarm, 9 → 21"
    static let alarm = #""kind":"alarm_opened","value_at":21,"thresholds":{"ok_max":8},"site_id":"#

    @Test(arguments: [
        (200, "a place: 21, allowed to 8; warning → alarm, 9 → 21"),
        (50, "a place: 21, allowed to 8; warning → alarm, 9 → 21"),
        (49, "a place: warning → alarm, 9 → 21; 21, allowed to…"),
        (30, "a place: warning → alarm, 9 →…"),
    ]) func `keeps what has changed before the numbers`(_ max: Int, _ title: String) throws {
        let update = try update(Self.alarm + #""a place""#, note: Self.change)
        #expect(update.title(within: TextLimit(max: max)) == title)
    }

    @Test func `keeps what has changed behind a long name`() throws {
        let name = String(repeating: "x", count: 500)
        for fields in [
            #""kind":"\#(name)""#, #""kind":"door","id":"\#(name)""#, Self.alarm + #""\#(name)""#,
            Self.alarm + #""\#(name)","severity":"\#(name)""#,
        ] {
            let title = try update(fields, note: Self.change).title(within: TextLimit(max: 130))
            #expect(title.contains(Self.change), "\(title)")
            #expect(title.utf16.count <= 130)
        }
    }

    @Test func `keeps the numbers behind a long place and before a long word for how bad it is`() throws {
        let name = String(repeating: "x", count: 500)
        let fields = Self.alarm + #""\#(name)","severity":"\#(name)""#
        let title = try update(fields).title(within: TextLimit(max: 130))
        #expect(title.hasSuffix("…: 21, allowed to 8 (\(name.prefix(31))…)"), "\(title)")
        #expect(title.utf16.count == 130, "the place has all the room that is left")
    }

    @Test func `is on one line`() throws {
        let title = try update(#""kind":"door\nbell","site_id":"a\r\nb""#).title(within: TextLimit(max: 99))
        #expect(title == "a  b: event door bell")
    }
}
