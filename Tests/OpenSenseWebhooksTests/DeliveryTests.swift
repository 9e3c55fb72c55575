import FoundationEssentials
import OpenSenseWebhooks
import Testing

@Suite struct `Deliveries` {
    static let sample = """
        {
          "event": {
            "id":        "evt_4f3c",
            "kind":      "alarm_opened",
            "severity":  "alarm",
            "opened_at": "2026-05-17T08:10:00Z",
            "site_id":   "site_4f3c",
            "device_id": "dev_b1d2",
            "channel_id":"chn_a1b2",
            "value_at":   11.2,
            "thresholds": { "ok_min": -2, "ok_max": 8 }
          },
          "delivery": {
            "id":        "wh_4f3c1a",
            "attempt":    1,
            "delivered_at": "2026-05-17T08:10:01Z"
          }
        }
        """

    @Test func `the documented sample is read whole`() throws {
        let delivery = try Delivery(body: Array(Self.sample.utf8))
        #expect(delivery.id == "wh_4f3c1a")
        #expect(delivery.attempt == 1)
        let event = delivery.event
        #expect(event.id == "evt_4f3c")
        #expect(event.kind == .alarmOpened)
        #expect(event.severity == "alarm")
        #expect([event.siteID, event.deviceID, event.channelID] == ["site_4f3c", "dev_b1d2", "chn_a1b2"])
        #expect(event.valueAt == 11.2)
        #expect(event.thresholds?.okMin == -2)
        #expect(event.thresholds?.okMax == 8)
        #expect(event.openedAt?.unixMilliseconds == 1_779_005_400_000)
        #expect(event.referenceTime == event.openedAt)
        #expect(event.fields.count == 9)
        #expect(delivery.body == Array(Self.sample.utf8))
    }

    @Test(arguments: EventKind.documented) func `each documented kind is known by its name`(_ kind: EventKind)
        throws
    {
        let event = try Delivery(body: Array(#"{"event":{"kind":"\#(kind.name)"}}"#.utf8)).event
        #expect(event.kind == kind)
    }

    @Test func `there are eight documented kinds`() {
        #expect(EventKind.documented.count == 8)
    }

    @Test(arguments: ["door_opened", "ALARM_OPENED", "", "álarm\u{0}"])
    func `an unknown kind survives`(_ name: String) throws {
        let body = try JSONEncoder().encode(["event": ["kind": name]])
        let event = try Delivery(body: Array(body)).event
        #expect(event.kind == .unknown(name))
        #expect(event.kind.name == name)
    }

    @Test func `unknown fields survive with every digit`() throws {
        let body =
            #"{"event":{"kind":"x","n":0.1000000000000000055511151231257827,"l":[1,null,true,{"ü":"\u0000"}]}}"#
        let fields = try Delivery(body: Array(body.utf8)).event.fields
        #expect(fields["n"] == .number(try #require(JSONNumber("0.1000000000000000055511151231257827"))))
        #expect(fields["l"] == [1, .null, true, ["ü": "\u{0}"]])
    }

    @Test func `a field of another type than documented is left alone, and the alarm goes through`() throws {
        let body =
            #"{"event":{"kind":"alarm_opened","value_at":"11.2","site_id":[7],"severity":3,"opened_at":1717248000,"thresholds":[]},"delivery":{"id":{},"attempt":"first"}}"#
        let delivery = try Delivery(body: Array(body.utf8))
        #expect(delivery.id == nil)
        #expect(delivery.attempt == nil)
        #expect(delivery.event.valueAt == nil)
        #expect(delivery.event.siteID == nil)
        #expect(delivery.event.severity == nil)
        #expect(delivery.event.openedAt == nil)
        #expect(delivery.event.thresholds == nil)
        #expect(delivery.event.fields["value_at"] == "11.2")
        #expect(delivery.event.fields["site_id"] == [7])
        #expect(delivery.event.fields["opened_at"] == 1_717_248_000)
    }

    @Test(arguments: ["7", "12345678901234567890123", "1.50", "007", "true", "false"])
    func `an id that is a number or a truth value is its JSON text`(_ id: String) throws {
        let body = """
            {"event":{"kind":"x","id":\(id),"site_id":\(id),"device_id":\(id),"channel_id":\(id)},
             "delivery":{"id":\(id)}}
            """
        let delivery = try Delivery(body: Array(body.utf8))
        let event = delivery.event
        #expect(
            [delivery.id, event.id, event.siteID, event.deviceID, event.channelID] == [id, id, id, id, id])
    }

    @Test(arguments: ["null", "[]", "{}", #""""#]) func `an id of another sort is none`(_ id: String) throws {
        let body = Array(#"{"event":{"kind":"x"},"delivery":{"id":\#(id)}}"#.utf8)
        #expect(try Delivery(body: body).id == nil)
    }

    static let attempts: [(String, Int?)] = [
        ("2", 2), (#""2""#, 2), ("2.0", 2), ("+2", 2), ("1e1", 10), ("1.5", nil), ("null", nil), ("[2]", nil),
        ("true", nil), (#""second""#, nil), ("9223372036854775807", .max), ("9223372036854775808", nil),
    ]

    @Test(arguments: attempts) func `an attempt is a whole number, also one in quotes`(
        _ text: String, _ expected: Int?
    ) throws {
        let body = Array(#"{"event":{"kind":"x"},"delivery":{"attempt":\#(text)}}"#.utf8)
        #expect(try Delivery(body: body).attempt == expected)
    }

    @Test(arguments: ["NaN", "Infinity", "-Infinity", "1e400"])
    func `a value that is not finite is none for typed use and stays in the fields`(_ value: String) throws {
        let body =
            #"{"event":{"kind":"x","value_at":\#(value),"thresholds":{"ok_min":\#(value),"ok_max":8}}}"#
        let event = try Delivery(body: Array(body.utf8)).event
        #expect(event.valueAt == nil)
        #expect(event.thresholds?.okMin == nil)
        #expect(event.thresholds?.okMax == 8)
        #expect(event.fields["value_at"] == .number(try #require(JSONNumber(value))))
    }

    @Test func `of two equal names the first holds, also when its value is odd`() throws {
        let body = """
            {"event":{"kind":"a","kind":"b","opened_at":5,"opened_at":"2026-05-17T08:10:00Z","id":null,"id":"i"},
             "event":{"kind":"c"},"delivery":{"id":"first","\\u0069d":"second"}}
            """
        let delivery = try Delivery(body: Array(body.utf8))
        #expect(delivery.event.kind == .unknown("a"))
        #expect(delivery.event.openedAt == nil)
        #expect(delivery.event.id == nil)
        #expect(delivery.id == "first")
        #expect(delivery.event.fields.count == 3)
    }

    @Test func `a name is known also when it is written with escapes`() throws {
        let body = #"{"ev\u0065nt":{"k\u0069nd":"alarm_opened","opened\u005fat":"2026-05-17T08:10:00Z"}}"#
        let event = try Delivery(body: Array(body.utf8)).event
        #expect(event.kind == .alarmOpened)
        #expect(event.openedAt?.unixMilliseconds == 1_779_005_400_000)
    }

    @Test func `a delivery lists the leniencies it needed`() throws {
        #expect(try Delivery(body: Array(Self.sample.utf8)).leniencies == [])
        let odd = Array(#"{"event":{"kind":"x","value_at":+5,}}"#.utf8)
        #expect(try Delivery(body: odd).leniencies == [.plusSign, .trailingComma])
    }

    @Test(arguments: ["event.id", "event.site_id", "event.device_id", "event.channel_id", "delivery.id"])
    func `an id that is no text is its JSON, and that is said`(_ path: String) throws {
        let (object, name) = (path.prefix { $0 != "." }, path.drop { $0 != "." }.dropFirst())
        for (json, text, isOdd) in [
            ("7", "7", true), ("-7.50", "-7.50", true), ("true", "true", true), ("\"7\"", "7", false),
            ("null", nil, false), ("[7]", nil, false), ("{}", nil, false),
        ] {
            let field = #""\#(name)":\#(json)"#
            let body =
                object == "event"
                ? #"{"event":{"kind":"x",\#(field)}}"# : #"{"event":{"kind":"x"},"delivery":{\#(field)}}"#
            let delivery = try Delivery(body: Array(body.utf8))
            let ids = [
                delivery.id, delivery.event.id, delivery.event.siteID, delivery.event.deviceID,
                delivery.event.channelID,
            ]
            #expect(ids.compactMap(\.self) == [text].compactMap(\.self), "\(json)")
            #expect(delivery.leniencies == (isOdd ? [.idNotText] : []), "\(json)")
        }
    }

    @Test func `every time of an alarm counts for its order, that of being opened again too`() throws {
        #expect(
            Set(Event.alarmTimeNames).isSuperset(of: [
                "opened_at", "reopened_at", "acked_at", "cleared_at", "closed_at",
            ]))
        for name in Event.alarmTimeNames where name != "opened_at" {
            let body =
                #"{"event":{"kind":"x","opened_at":"2026-05-17T08:10:00Z","\#(name)":"2026-05-17T08:10:00,5z"}}"#
            #expect(
                try Delivery(body: Array(body.utf8)).event.referenceTime?.unixMilliseconds
                    == 1_779_005_400_500)
        }
    }

    @Test func `a body in UTF-16 stays as it is and is read`() throws {
        let body = Self.sample.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        let delivery = try Delivery(body: body)
        #expect(delivery.body == body)
        #expect(delivery.id == "wh_4f3c1a")
        #expect(delivery.leniencies == [.utf16])
    }

    @Test(arguments: [#""delivery":null"#, #""delivery":[1]"#, #""delivery":"x""#, #""other":1"#])
    func `only the event's kind is needed`(_ rest: String) throws {
        #expect(try Delivery(body: Array(#"{"event":{"kind":"alarm_opened"},\#(rest)}"#.utf8)).id == nil)
    }

    @Test func `the reference time is the latest of the event's own`() throws {
        let body =
            #"{"event":{"kind":"alarm_ack","opened_at":"2026-05-17T08:10:00Z","acked_at":"2026-05-17T10:20:00.5+02:00","value_at":9},"delivery":{"delivered_at":"2027-01-01T00:00:00Z"}}"#
        let event = try Delivery(body: Array(body.utf8)).event
        #expect(event.referenceTime?.text == "2026-05-17T10:20:00.5+02:00")
        #expect(event.referenceTime?.unixMilliseconds == 1_779_006_000_500)
        #expect(event.times.count == 2)
    }

    static let refused: [(String, DeliveryError)] = [
        ("", .empty), (" ", .notJSON), ("{", .notJSON), ("nonsense", .notJSON),
        ("{\"event\":{\"kind\":\"x\"}} x", .notJSON),
        ("[]", .kindMissing), ("{}", .kindMissing), ("null", .kindMissing), ("5", .kindMissing),
        (#"{"event":null}"#, .kindMissing), (#"{"event":{}}"#, .kindMissing),
        (#"{"event":{"kind":5}}"#, .kindMissing),
        (#"{"event":{"kind":null}}"#, .kindMissing), (#"{"event":[{"kind":"x"}]}"#, .kindMissing),
    ]

    @Test(arguments: refused) func `a body without an event's kind is refused with its reason`(
        _ body: String, _ expected: DeliveryError
    ) {
        #expect(throws: expected) { try Delivery(body: Array(body.utf8)) }
    }

    @Test(arguments: [(32, false), (33, true), (600, true), (1_000_000, true)])
    func `what is nested deeper than 32 levels is kept as text, and the rest is read`(
        depth: Int, isText: Bool
    ) throws {
        let inner = String(repeating: "[", count: depth - 2) + String(repeating: "]", count: depth - 2)
        let delivery = try Delivery(body: Array(#"{"event":{"kind":"x","deep":\#(inner),"id":"i"}}"#.utf8))
        #expect(delivery.event.id == "i")
        #expect(delivery.leniencies == (isText ? [.nestedTooDeep] : []))
    }

    @Test func `an event's fields are read once for all that is asked of it`() throws {
        let event = try Delivery(body: Array(Self.sample.utf8)).event
        #expect(event.document.nodeCount == 33)
    }

    @Test func `bytes that are not UTF-8 are refused, not a trap`() {
        for byte in UInt8.min ... .max {
            _ = try? Delivery(body: [0x7B, 0x22, byte, 0x22, 0x3A, byte, 0x7D])
        }
        #expect(throws: DeliveryError.notJSON) { try Delivery(body: [0xFF, 0xFE, 0xFF]) }
    }
}
