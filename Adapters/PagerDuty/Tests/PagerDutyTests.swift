import AdapterKit
import AdapterTesting
import GoldenFolders
import OpenSenseWebhooks
import PagerDutyAdapter
import Testing

@Suite struct `PagerDuty adapter` {
    static let routingKey = "0123456789abcdef0123456789abcdef"

    @Test(arguments: GoldenFile.all)
    func `each kind reads as its file says, without names of places and with`(_ file: GoldenFile) throws {
        let text = try file.text(Self.adapter())
        #expect(try GoldenFolder("pagerduty").stored("\(file)", now: text) == text)
    }

    @Test(arguments: [("long-texts", IncidentUpdate.Action.open), ("unknown-fields", .open)])
    func `each fixture becomes the requests that it shows`(_ name: String, _ action: IncidentUpdate.Action)
        throws
    {
        let example = try GoldenFolder("").example(name)
        #expect(try example.actual(Self.adapter(), action) == example.expected)
    }

    @Test func `a key of an orchestration sends no change events and all else`() throws {
        let adapter = try Self.adapter("R" + Self.routingKey.dropFirst())
        let all = try Self.adapter().traits.actions
        #expect(all == [.open, .update, .acknowledge, .resolve, .annotate])
        #expect(adapter.traits.actions == all.subtracting([.annotate]))
    }

    @Test(arguments: [
        "", "short", routingKey + "0", routingKey.dropLast() + "-", routingKey.dropLast() + "\n",
        routingKey.dropLast(2) + "é",
    ])
    func `a routing key that PagerDuty would refuse is refused at once and not shown`(_ key: String) throws {
        guard !key.isEmpty else { return }
        let settings = AdapterSettings(
            texts: ["baseURL": "https://events.pagerduty.com"], secrets: ["routingKey": try Secret(key)])
        let error = try #require(throws: AdapterSettingError.self) { try PagerDuty.type.make(settings) }
        #expect(error.setting == "routingKey")
        #expect(!"\(error)".contains(key))
    }

    @Test func `an incident is known by the routing key and the host, and by nothing else`() throws {
        func fingerprint(_ key: String, _ url: String) throws -> String {
            try PagerDuty.type.identity(
                of: AdapterSettings(texts: ["baseURL": url], secrets: ["routingKey": Secret(key)]))
        }
        let one = try fingerprint(Self.routingKey, "https://events.pagerduty.com")
        #expect(try one == fingerprint(Self.routingKey, "https://EVENTS.pagerduty.com/v1"))
        #expect(try one != fingerprint(Self.routingKey, "https://events.eu.pagerduty.com"))
        #expect(try one != fingerprint("1" + Self.routingKey.dropFirst(), "https://events.pagerduty.com"))
    }

    @Test func `a base URL with a path stays in front`() throws {
        let adapter = try PagerDuty(
            routingKey: Secret(Self.routingKey), baseURL: #require(BaseURL("http://127.0.0.1:8181/pd/")))
        let update = try #require(ContractEvent.usual.first?.update(.annotate))
        #expect(try Self.sent(update, by: adapter).url == "http://127.0.0.1:8181/pd/v2/change/enqueue")
    }

    @Test(arguments: answers) func `an answer is judged`(_ row: Answer) throws {
        let update = try #require(ContractEvent.usual.first?.update(.open))
        let request = try Self.sent(update)
        let answer = VendorResponse(status: row.status, fields: row.fields, body: Array(row.body.utf8))
        let step = try Self.adapter().next(answer, to: request, for: update, context: Self.context)
        #expect(step == row.step)
    }

    @Test func `a body that is too large loses its largest fields and says which`() throws {
        let site = String(repeating: "s", count: 480_000)
        let body =
            #"{"event":{"kind":"alarm_opened","site_id":"\#(site)","blob":"more\#(site)","small":"kept"}}"#
        let update = try #require(ContractEvent("", body: body).update(.open))
        let request = try Self.sent(update)
        #expect((480_000...512_000).contains(request.body.count))
        let details = JSONBody.decode(request.body)?["payload"]?["custom_details"]
        #expect(details?["site_id"]?.text == site)
        #expect(details?["small"] == "kept")
        #expect(details?["opensense_title"] == nil, "the title repeats what the fields say")
        #expect(details?["blob"] == nil)
        #expect(
            details?["opensense_removed"]?.text?.hasSuffix("too large with: opensense_title, blob") == true)
    }

    @Test func `a number that no decimal holds keeps its text and does not lose the other fields`() throws {
        let body = #"{"event":{"kind":"alarm_opened","value_at":1e300,"site_id":"s"}}"#
        let update = try #require(ContractEvent("", body: body).update(.open))
        let request = try Self.sent(update)
        let details = JSONBody.decode(request.body)?["payload"]?["custom_details"]
        #expect(details?["site_id"] == "s")
        #expect(details?["value_at"] == .number(try #require(JSONNumber("1e300"))))
    }

    @Test(arguments: ["NaN", "nan", "-NaN", "Infinity", "-Infinity", "+inf"])
    func `a value that JSON cannot write is sent as text, and every other field as it came`(_ value: String)
        throws
    {
        let body = #"""
            {"event":{"kind":"alarm_opened","site_id":"s","value_at":\#(value),"remark":"a\ud83e b","tiny":1E-999,
            "huge":-1e400,"half":.5,"plus":+5,"list":[NaN,1.50],"kept":{"as":"it is"},"last":true,}}
            """#
        let update = try #require(ContractEvent("", body: body).update(.open))
        let payload = JSONBody.decode(try Self.sent(update).body)?["payload"]
        #expect(payload?["summary"] == .string("s: \(value)"))
        let details: JSONValue = [
            "kind": "alarm_opened", "site_id": "s", "value_at": .string(value), "remark": "a\u{FFFD} b",
            "tiny": .number(try #require(JSONNumber("1E-999"))), "huge": "-1e400",
            "half": .number(try #require(JSONNumber("0.5"))), "plus": 5,
            "list": ["NaN", .number(try #require(JSONNumber("1.50")))], "kept": ["as": "it is"], "last": true,
            "opensense_delivery_id": "wh_4f3c1a",
        ]
        #expect(payload?["custom_details"] == details)
    }

    @Test func `channels that are numbers are separate alarms, and the clear of one closes that one`()
        throws
    {
        func sent(_ kind: String, _ channel: String, _ action: IncidentUpdate.Action) throws -> JSONValue? {
            let event =
                #"{"event":{"kind":"\#(kind)","site_id":"s","device_id":12,"channel_id":\#(channel)}}"#
            let update = try #require(ContractEvent("", body: event).update(action))
            return JSONBody.decode(try Self.sent(update).body)
        }
        let (seven, eight) = (try sent("alarm_opened", "7", .open), try sent("alarm_opened", "8", .open))
        #expect(seven?["dedup_key"] == "opensense/alarm/s/12/7")
        #expect(eight?["dedup_key"] == "opensense/alarm/s/12/8")
        #expect(seven?["payload"]?["summary"] == "7, 12, s: alarm")
        #expect(seven?["payload"]?["component"] == "7")
        #expect(seven?["payload"]?["source"] == "12")
        #expect(seven?["payload"]?["custom_details"]?["channel_id"] == 7)
        for channel in ["7", "\"7\""] {
            #expect(try sent("alarm_cleared", channel, .resolve)?["dedup_key"] == seven?["dedup_key"])
        }
    }

    private static func adapter(_ key: String = routingKey) throws -> PagerDuty {
        try PagerDuty(routingKey: Secret(key), baseURL: #require(BaseURL("https://events.pagerduty.com")))
    }

    private static let context = AdapterContext(time: 0, nonce: "n")

    /// The request that an update becomes.
    private static func sent(_ update: IncidentUpdate, by adapter: PagerDuty? = nil) throws -> OutboundRequest
    {
        let step = try (adapter ?? Self.adapter()).begin(update, context: context)
        guard case .send(let request, nil) = step else { throw AdapterError("Nothing is sent.") }
        return request
    }

    struct Answer: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let status: Int
        var fields: [HeaderField] = []
        var body = ""
        let step: AdapterStep
    }

    static let answers: [Answer] = [
        Answer(
            testDescription: "accepted", status: 202,
            body: #"{"status":"success","message":"Event processed"}"#,
            step: .done()),
        Answer(
            testDescription: "the errors are the reason", status: 400,
            body: #"{"status":"invalid event","message":"Event object is invalid","errors":["a","b"]}"#,
            step: .refused(.content, reason: "status 400: a; b")),
        Answer(
            testDescription: "the message without errors", status: 400, body: #"{"message":"m","errors":[]}"#,
            step: .refused(.content, reason: "status 400: m")),
        Answer(
            testDescription: "a proxy's page", status: 403, body: "<p>\nno\u{7}</p>",
            step: .refused(.credentials, reason: "status 403: <p> no </p>")),
        Answer(
            testDescription: "the routing key is not repeated", status: 400,
            body: #"{"errors":["bad \#(routingKey)"]}"#,
            step: .refused(.content, reason: "status 400: bad ••••")),
        Answer(
            testDescription: "too fast, without a body", status: 429,
            step: .retry(after: nil, reason: "status 429")),
        Answer(
            testDescription: "too fast, with a time", status: 429, fields: [.init("Retry-After", "30")],
            step: .retry(after: .seconds(30), reason: "status 429")),
        Answer(
            testDescription: "unavailable", status: 503, step: .retry(after: nil, reason: "status 503")
        ),
        Answer(
            testDescription: "timed out", status: 408, step: .retry(after: nil, reason: "status 408")),
        Answer(testDescription: "too large", status: 413, step: .refused(.content, reason: "status 413")),
        Answer(
            testDescription: "elsewhere", status: 301,
            step: .retry(
                after: nil, reason: "status 301: a redirect, which is not followed; check the address")),
    ]
}
