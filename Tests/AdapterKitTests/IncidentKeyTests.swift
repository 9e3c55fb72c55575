import AdapterKit
import OpenSenseWebhooks
import Testing

@Suite struct `Incident keys` {
    static func key(_ event: String) throws -> IncidentKey {
        IncidentKey(try Delivery(body: Array(#"{"event":\#(event)}"#.utf8)).event, fallback: "wh_1")
    }

    static let whole = #""id":"evt_1","site_id":"s","device_id":"d","channel_id":"c""#

    static let rows: [(kind: String, key: String)] = [
        ("alarm_opened", "alarm/s/d/c"), ("alarm_ack", "alarm/s/d/c"), ("alarm_cleared", "alarm/s/d/c"),
        ("device_offline", "connectivity/s/d"), ("device_online", "connectivity/s/d"),
        ("silence_opened", "silence/s/d/c"), ("silence_closed", "silence/s/d/c"),
        ("report_ready", "report/evt_1"), ("door_opened", "event/s/d/c"),
    ]

    @Test(arguments: rows) func `name what opens and clears together`(_ row: (kind: String, key: String))
        throws
    {
        #expect(try Self.key(#"{"kind":"\#(row.kind)",\#(Self.whole)}"#).text == row.key)
    }

    @Test func `leave a missing part empty, so that it cannot be taken for another`() throws {
        let site = try Self.key(#"{"kind":"alarm_opened","site_id":"x"}"#)
        let channel = try Self.key(#"{"kind":"alarm_opened","channel_id":"x"}"#)
        #expect(site.text == "alarm/x//")
        #expect(channel.text == "alarm///x")
        #expect(site.isMatchable && channel.isMatchable)
    }

    @Test func `fall back to the event's id, then the delivery's, and say that they match nothing`() throws {
        let event = try Self.key(#"{"kind":"alarm_opened","id":"evt_1"}"#)
        let delivery = try Self.key(#"{"kind":"alarm_opened"}"#)
        #expect((event.text, event.isMatchable) == ("alarm/evt_1", false))
        #expect((delivery.text, delivery.isMatchable) == ("alarm/wh_1", false))
    }

    @Test func `never run two parts together`() throws {
        let one = try Self.key(#"{"kind":"device_offline","site_id":"a/b","device_id":"c"}"#)
        let other = try Self.key(#"{"kind":"device_offline","site_id":"a","device_id":"b/c"}"#)
        #expect(one != other)
        #expect(one.text == "connectivity/a%2Fb/c")
    }

    @Test func `are readable for a vendor where they fit, and a hash where they do not`() throws {
        let fitting = try Self.key(
            #"{"kind":"device_offline","site_id":"\#(String(repeating: "x", count: 76))"}"#)
        #expect(fitting.vendorKey(charactersMax: 100).utf8.count == 100)
        #expect(fitting.vendorKey(charactersMax: 100).hasPrefix("opensense/connectivity/xxx"))
        let long = fitting.vendorKey(charactersMax: 99)
        #expect(long.hasPrefix("opensense/connectivity/sha256-"))
        #expect(long.utf8.count <= 99)
        #expect(long == fitting.vendorKey(charactersMax: 98))
    }

    @Test func `are printable ASCII whatever the ids hold`() throws {
        let key = try Self.key(#"{"kind":"device_offline","site_id":"\u0000 ü😀\n"}"#)
        #expect(key.text.utf8.allSatisfy { (0x21...0x7E).contains($0) })
    }
}

@Suite struct `Base URLs` {
    static let taken = [
        "https://a.example", "http://127.0.0.1:8080", "https://a.example/x/y", "HTTP://[::1]:1/",
    ]
    static let refused = [
        "", "a.example", "ftp://a", "https://", "https://a?x=1", "https://a#b", "https://u:p@a",
        "https://a b",
        "https://ä.example", "javascript:alert(1)", "https://a\n", "/path",
    ]

    @Test(arguments: taken) func `are http or https, a host, and at most a port and a path`(_ text: String) {
        #expect(BaseURL(text) != nil)
    }

    @Test(arguments: refused) func `are nothing else`(_ text: String) {
        #expect(BaseURL(text) == nil)
    }

    static let readable: [(String, Bool)] = [
        ("https://a.example", false), ("http://a.example", true), ("HTTP://10.0.0.1:80", true),
        ("http://127.0.0.1:8080/x", false), ("http://127.1.2.3", false), ("http://LOCALHOST", false),
        ("http://vendor.localhost:1", false), ("http://[::1]:1/", false), ("http://[::2]/", true),
        ("http://127.0.0.1.example", true), ("http://127.0.0", true), ("http://127.0.0.256", true),
        ("http://localhost.example", true), ("http://0.0.0.0", true), ("https://127.0.0.1", false),
    ]

    @Test(arguments: readable) func `know whether what is sent there can be read on its way`(
        _ text: String, _ isReadable: Bool
    ) {
        #expect(BaseURL(text)?.isReadableOnTheWay == isReadable)
    }

    static let ends: [(String, String, String?)] = [
        ("https://a.example", "/v2/enqueue", nil), ("https://a.example/", "/v2/enqueue", nil),
        ("https://a.example/v2", "/v2/enqueue", "/v2"),
        ("https://a.example/v2/enqueue/", "/v2/enqueue", "/v2/enqueue"),
        ("https://a.example/x/v2/enqueue", "/v2/enqueue", "/v2/enqueue"),
        ("https://a.example/v2/x", "/v2/enqueue", nil),
        ("https://a.example/enqueue", "/v2/enqueue", nil), ("https://a.example/v1/v2", "/v2/enqueue", "/v2"),
        ("https://a.example/xv2", "/v2/enqueue", nil), ("https://v2", "/v2/enqueue", nil),
        ("https://a/v2", "", nil),
    ]

    @Test(arguments: ends) func `know which of their last parts a path would repeat`(
        _ text: String, _ path: String, _ end: String?
    ) throws {
        let url = try #require(BaseURL(text))
        #expect(url.end(repeatedBy: path) == end)
    }

    @Test func `lead to resources whose parts are encoded`() {
        let url = BaseURL("https://a.example/v/")?.url("x/y", "ü", query: ["q r": "a&b"])
        #expect(url == "https://a.example/v/x%2Fy/%C3%BC?q%20r=a%26b")
    }
}

@Suite struct `Texts and answers` {
    @Test func `a text is cut between characters, with an ellipsis, to UTF-16 units`() {
        let limit = TextLimit(max: 5)
        #expect(limit.cut("12345") == "12345")
        #expect(limit.cut("123456") == "1234…")
        #expect(limit.cut("😀😀😀") == "😀😀…")
        #expect(limit.cut("e\u{301}e\u{301}e\u{301}") == "e\u{301}e\u{301}…")
        #expect(limit.cut("👨‍👩‍👧‍👦x") == "…")
    }

    static let retryAfters: [(String, RetryAfter?)] = [
        ("2", .seconds(2)), (" 120 ", .seconds(120)), ("0", .seconds(0)),
        ("99999999999999999999", .seconds(.max)), ("Sun, 06 Nov 1994 08:49:37 GMT", .unixTime(784_111_777)),
        ("-1", nil), ("", nil), ("soon", nil), ("Sun, 31 Feb 1994 08:49:37 GMT", nil),
        ("60.5", .seconds(61)), ("60.0", .seconds(60)), ("0.001", .seconds(1)), ("\t60 \t", .seconds(60)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", .unixTime(784_111_777)),
        (" Sun Nov  6 08:49:37 1994 ", .unixTime(784_111_777)),
        (String(Int.max), .seconds(.max)), ("\(Int.max).5", .seconds(.max)),
        (String(repeating: "9", count: 10_240), .seconds(.max)),
        ("1." + String(repeating: "0", count: 10_240), .seconds(1)),
        (String(repeating: "Sun ", count: 2_560), nil), (String(repeating: " ", count: 10_240), nil),
        ("60.", nil), (".5", nil), (".", nil), ("1.5.5", nil), ("+60", nil), ("-1.5", nil), ("1e3", nil),
        ("60,5", nil), ("0x3C", nil), ("6 0", nil), ("\u{0666}\u{0660}", nil), ("\u{FF16}\u{FF10}", nil),
        ("60.\u{0665}", nil), ("NaN", nil), ("60s", nil),
    ]

    @Test(arguments: retryAfters) func `Retry-After is read in every form, and nothing else is taken for one`(
        _ text: String, _ expected: RetryAfter?
    ) {
        #expect(VendorResponse(status: 429, fields: [.init("retry-after", text)]).retryAfter == expected)
    }

    @Test func `an alarm of unknown severity is the worst`() throws {
        for (severity, expected) in [
            ("\"alarm\"", IncidentSeverity.critical), ("\"warning\"", .warning), ("\"info\"", .info),
            ("\"purple\"", .critical), ("null", .critical), ("5", .critical),
        ] {
            let body = #"{"event":{"kind":"alarm_opened","severity":\#(severity)}}"#
            let event = try Delivery(body: Array(body.utf8)).event
            let key = IncidentKey(event, fallback: "x")
            #expect(
                IncidentUpdate(action: .open, key: key, event: event, deliveryID: "x").severity == expected)
        }
    }
}
