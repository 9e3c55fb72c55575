import AdapterKit
import AdapterTesting
import GoldenFolders
import OpShiftAdapter
import OpShiftEmulator
import OpenSenseWebhooks
import Testing

@Suite struct `OpShift adapter` {
    static let secret = OpShiftEmulator.demoSecret
    static let context = AdapterContext(time: 0, nonce: "n")
    static let monitor = "alarm/site_4f3c/dev_b1d2/chn_a1b2=freezer-3"

    static func adapter(monitors: String = "", severities: String = "") throws -> OpShift {
        try OpShift(
            secret: Secret(secret), webhook: "cold-rooms",
            baseURL: #require(BaseURL("https://www.opshift.io")),
            monitors: monitors, severities: severities)
    }

    static func update(
        _ action: IncidentUpdate.Action, _ more: JSONObject = [:], note: String? = nil
    ) throws -> IncidentUpdate {
        var fields: JSONObject = [
            "kind": action == .resolve ? "alarm_cleared" : "alarm_opened", "severity": "alarm",
            "site_id": "site_4f3c", "device_id": "dev_b1d2", "channel_id": "chn_a1b2",
            "opened_at": "2026-05-17T08:10:00Z",
        ]
        for field in more { fields[field.name] = field.value }
        let plain = try #require(ContractEvent("", fields: fields).update(action))
        return IncidentUpdate(
            action: action, key: plain.key, event: plain.event, deliveryID: plain.deliveryID, note: note)
    }

    static func sent(
        _ update: IncidentUpdate, by adapter: OpShift? = nil, context: AdapterContext = context
    ) throws -> OutboundRequest {
        let step = try (adapter ?? Self.adapter()).begin(update, context: context)
        guard case .send(let request, _) = step else { throw AdapterError("Nothing is sent: \(step).") }
        return request
    }

    static func body(_ request: OutboundRequest) throws -> JSONValue {
        try #require(JSONBody.decode(request.body))
    }

    // MARK: Alerts

    @Test(arguments: GoldenFile.all)
    func `each kind reads as its file says, without names of places and with`(_ file: GoldenFile) throws {
        let text = try file.text(Self.adapter())
        #expect(try GoldenFolder("opshift").stored("\(file)", now: text) == text)
    }

    @Test(arguments: GoldenFile.all)
    func `each kind reads at a monitor as its file says, without names of places and with`(_ file: GoldenFile)
        throws
    {
        let text = try file.text(Self.adapter(monitors: Self.monitor))
        #expect(try GoldenFolder("opshift-monitor").stored("\(file)", now: text) == text)
    }

    @Test(arguments: [("long-texts", IncidentUpdate.Action.open)])
    func `each fixture becomes the requests that it shows`(_ name: String, _ action: IncidentUpdate.Action)
        throws
    {
        let example = try GoldenFolder("").example(name)
        #expect(try example.actual(Self.adapter(), action) == example.expected)
    }

    @Test func `T1 T2 P2 an alert is a signed POST of JSON, signed with the secret's text`() throws {
        let request = try Self.sent(Self.update(.open))
        #expect(request.method == .post)
        #expect(request.url == "https://www.opshift.io/api/alerts/trigger/cold-rooms")
        let code = try HMACSHA256(of: request.body, key: Secret(Self.secret)).hexadecimal
        #expect(
            request.fields == [.init("Content-Type", "application/json"), .init("X-Webhook-Signature", code)])
        #expect(request.paceKey == nil)
    }

    @Test(arguments: [
        ("critical", "", "critical", "sev0"), ("boiler", "boiler=sev0, alarm=sev3", "critical", "sev0"),
        ("critical", "alarm=sev4, critical=sev0", "critical", "sev0"), ("warning", "", "error", "sev2"),
        ("warning", "error=sev1", "error", "sev1"), ("alarm", "", "warning", "sev3"),
        ("odd", "", "info", "sev4"),
    ]) func `a destination's map of severities goes behind the words that the setting names`(
        _ word: String, _ setting: String, _ mapped: String, _ severity: String
    ) throws {
        let plain = try Self.update(.open, ["severity": .string(word)])
        let map = SeverityMap([word: try #require(IncidentSeverity(rawValue: mapped))])
        let update = IncidentUpdate(
            action: .open, key: plain.key, event: plain.event, deliveryID: "x",
            wording: Wording(severities: map))
        let body = try Self.body(Self.sent(update, by: Self.adapter(severities: setting)))
        #expect(body["severity"]?.text == severity)
    }

    /// An alert cannot be resolved from outside, so what is to page again needs another key.
    @Test func `M3 M4 a second alarm, a worse one and one that begins again have other keys`() throws {
        func key(_ more: JSONObject = [:]) throws -> String {
            try #require(Self.body(Self.sent(Self.update(.open, more)))["group_key"]?.text)
        }
        let first = try key()
        #expect(
            first == "opensense/alarm/site_4f3c/dev_b1d2/chn_a1b2|2026-05-17T08:10:00.000Z|cold-rooms|alarm")
        #expect(try key(["value_at": 7, "id": "evt_2"]) == first)
        #expect(try key(["opened_at": "2026-05-17T09:10:00Z"]) != first)
        #expect(try key(["severity": "critical"]) != first)
        #expect(try key(["reopened_at": "2026-05-17T08:30:00Z"]) != first)
        let timeless = try key(["opened_at": .null])
        #expect(timeless == "opensense/alarm/site_4f3c/dev_b1d2/chn_a1b2|n|cold-rooms|alarm")
    }

    @Test(arguments: [
        ("critical", "sev0"), ("alarm", "sev1"), ("ALARM", "sev1"), ("fatal", "sev1"), ("error", "sev2"),
        ("warning", "sev2"), ("minor", "sev2"), ("info", "sev4"), ("odd", "sev1"),
    ]) func `M2 the sender's word has a severity, which can be set`(_ word: String, _ severity: String) throws
    {
        let adapter = try Self.adapter(severities: "Warning=sev2")
        let request = try Self.sent(Self.update(.open, ["severity": .string(word)]), by: adapter)
        #expect(try Self.body(request)["severity"]?.text == severity)
    }

    @Test func `S9 metadata stay within ten levels and 100 KB, and say what is missing`() throws {
        let deep = (0..<12).reduce(JSONValue.string("x")) { inner, _ in ["in": inner] }
        let long = JSONValue.string(String(repeating: "x", count: 80_000))
        let request = try Self.sent(
            Self.update(.open, ["deep": deep, "long": long, "longer": long], note: "9 → 21"))
        let metadata = try #require(Self.body(request)["metadata"])
        #expect(metadata["deep"]?.text?.hasPrefix(#"{"in":"#) == true)
        #expect(metadata["long"] == long && metadata["longer"] == nil)
        #expect(metadata["opensense_omitted"]?.text == "1 more, too long for OpShift")
        #expect(metadata["opensense_note"]?.text == "9 → 21")
        #expect(try JSONBody.encode(metadata).count <= 100_000)
    }

    @Test(arguments: [IncidentUpdate.Action.acknowledge, .resolve])
    func `an alert takes no acknowledgement and no end from outside, and the trail says so`(
        _ action: IncidentUpdate.Action
    ) throws {
        let context = AdapterContext(time: 0, nonce: "n", state: "alert al_1")
        for adapter in try [Self.adapter(), Self.adapter(monitors: Self.monitor)] {
            guard case .done(nil, let remark?) = try adapter.begin(Self.update(action), context: context)
            else {
                Issue.record("something is sent")
                return
            }
            #expect(remark.contains("from outside"))
        }
    }

    // MARK: Monitors

    @Test func `P5 P6 P7 a mapped alarm takes its monitor down, for a reason that stays`() throws {
        let adapter = try Self.adapter(monitors: Self.monitor)
        let request = try Self.sent(Self.update(.open, ["value_at": 11]), by: adapter)
        #expect(request.url == "https://www.opshift.io/api/ping/freezer-3")
        #expect(request.paceKey == "monitor freezer-3")
        let body = try Self.body(request)
        #expect(body["status"] == "down")
        #expect(body["reason"] == "opensense/alarm/site_4f3c/dev_b1d2/chn_a1b2")
        #expect(body["metadata"]?["value_at"] == 11)
        let other = try Self.body(Self.sent(Self.update(.open, ["value_at": 12]), by: adapter))
        #expect(other["reason"] == body["reason"])
    }

    /// Its open took that monitor down, whatever the configuration says now.
    @Test(arguments: ["", monitor, "alarm/site_4f3c/dev_b1d2/chn_a1b2=other"])
    func `the end goes to the monitor that was taken down`(_ monitors: String) throws {
        let context = AdapterContext(time: 0, nonce: "n", state: "monitor freezer-3")
        let request = try Self.sent(
            Self.update(.resolve), by: Self.adapter(monitors: monitors), context: context)
        #expect(request.url == "https://www.opshift.io/api/ping/freezer-3")
        #expect(try Self.body(request)["status"] == "up")
    }

    /// It says the same as the alarm's own pings, so that OpShift folds a `down` into that of before.
    @Test func `P10 a monitor hears its present state, of the same incident and reason`() throws {
        let adapter = try Self.adapter(monitors: Self.monitor)
        let standing = try #require(adapter.standing.first)
        #expect(adapter.standing.count == 1)
        #expect(standing.state == "monitor freezer-3")
        #expect(standing.incident == "alarm/site_4f3c/dev_b1d2/chn_a1b2" && standing.everySeconds == 60)
        let alarm = try Self.body(Self.sent(Self.update(.open), by: adapter))
        let down = try Self.body(standing.open)
        for name in ["status", "reason", "group_key"] { #expect(down[name] == alarm[name]) }
        #expect(try Self.body(standing.closed)["status"] == "up")
        #expect(standing.open.url == "https://www.opshift.io/api/ping/freezer-3")
        #expect(try Self.adapter().standing.isEmpty)
    }

    @Test func `P12 each monitor has its pace, and alerts none`() throws {
        let traits = try Self.adapter().traits
        #expect(traits.rateLimit == nil)
        #expect(traits.rateLimitOfPaceKeys == RateLimit(requestsMax: 8, windowSeconds: 60))
        #expect(traits.pagesAgain == .byAnotherKey)
        #expect(try Self.adapter(monitors: Self.monitor).traits.pagesAgain == .byReopening)
    }

    @Test(arguments: [
        ("secret", ["secret": "0123"]), ("secret", ["secret": String(repeating: "g", count: 64)]),
        ("webhook", ["webhook": ""]), ("webhook", ["webhook": "https://www.opshift.io/api/alerts/trigger/x"]),
        ("webhook", ["webhook": ".."]), ("baseURL", ["baseURL": "www.opshift.io"]),
        ("monitors", ["monitors": "freezer-3"]), ("monitors", ["monitors": "alarm/s/d=m"]),
        ("monitors", ["monitors": "silence/s/d/c=m"]), ("monitors", ["monitors": "alarm/s/d/c=a/b"]),
        ("monitors", ["monitors": "alarm/s/d/c=m, alarm/s/d/e=m"]),
        ("monitors", ["monitors": "alarm/s/d/c=m, alarm/s/d/c=n"]),
        ("severities", ["severities": "alarm=sev5"]), ("severities", ["severities": "alarm"]),
        ("heartbeatSeconds", ["heartbeatSeconds": "29"]), ("heartbeatSeconds", ["heartbeatSeconds": "often"]),
    ]) func `a wrong setting is refused at once, by its name and without its value`(
        _ setting: String, _ values: [String: String]
    ) throws {
        let given = [
            "secret": Self.secret, "webhook": "w", "monitors": "", "severities": "", "heartbeatSeconds": "60",
            "baseURL": "https://www.opshift.io",
        ].merging(values) { $1 }
        let settings = AdapterSettings(
            texts: given.filter { $0.key != "secret" }, secrets: ["secret": try Secret(given["secret"] ?? "")]
        )
        let error = try #require(throws: AdapterSettingError.self) { try OpShift.type.make(settings) }
        #expect(error.setting == setting)
        for value in values.values where !value.isEmpty { #expect(!"\(error)".contains("\"\(value)\"")) }
    }

    // MARK: Answers

    /// What an answer to an open leads to, in a few words.
    static func words(_ answer: VendorResponse, monitors: String = "", progress: String?) throws -> String {
        let adapter = try adapter(monitors: monitors)
        let context = AdapterContext(time: 0, nonce: "n", progress: progress)
        let update = try update(.open)
        let request = try sent(update, by: adapter, context: context)
        switch adapter.next(answer, to: request, for: update, context: context) {
        case .done(let state, let remark): return "done \(state ?? "-"), \(remark ?? "-")"
        case .retry(_, let reason): return "retry \(reason)"
        case .refused(.content, let reason): return "refused \(reason)"
        case .refused(.credentials, let reason): return "credentials \(reason)"
        default: return "?"
        }
    }

    @Test(arguments: [
        ("created", "first", "done alert al_1, -"), ("created", "again", "done alert al_1, -"),
        ("merged", "first", "done alert al_1, -"),
        ("reopened", "first", "done alert al_1, OpShift opened the alert of before again"),
        ("filtered", "first", "dropped it, so nobody was paged: rule 7"),
        ("occurrence_added", "first", "nobody was paged"),
        ("occurrence_added", "again", "done alert al_1, OpShift has it as one more occurrence"),
    ]) func `T4 M3 the four outcomes of an alert, and one that is new, are distinguished`(
        _ status: String, _ progress: String, _ expected: String
    ) throws {
        let body = #"{"alertId":"al_1","status":"\#(status)","message":"m","reason":"rule 7"}"#
        let words = try Self.words(
            VendorResponse(status: 200, body: Array(body.utf8)), progress: progress)
        #expect(words.contains(expected), "\(words)")
        #expect(words.hasPrefix("refused") == (status == "occurrence_added" && progress == "first"))
    }

    /// The attempt before may be what OpShift has.
    @Test func `an attempt after another says so to what comes after a crash`() throws {
        let update = try Self.update(.open)
        for (kept, expected) in [(nil, "first"), ("first", "again"), ("again", "again")] {
            let context = AdapterContext(time: 0, nonce: "n", progress: kept)
            guard case .send(_, let progress) = try Self.adapter().begin(update, context: context) else {
                Issue.record("nothing is sent")
                return
            }
            #expect(progress == expected)
        }
    }

    @Test(arguments: [
        (401, #"{"error":"Invalid signature"}"#, "credentials status 401: Invalid signature"),
        (403, #"{"error":"no"}"#, "credentials status 403: no (the subscription has expired)"),
        (404, "{}", "credentials status 404"), (400, #"{"error":"Invalid severity"}"#, "refused status 400"),
        (429, "", "retry status 429:  (the pace, or the month's quota)"),
        (500, "<p>no</p>", "retry status 500"),
        (302, "", "retry status 302: a redirect, which is not followed; check the address"),
        (200, "<p>Log in</p>", "retry status 200 without an answer"),
        (200, "{}", "retry status 200 without"), (200, #"{"status":"ok"}"#, "retry status 200 without"),
        (200, "", "retry status 200 without"),
    ]) func `T5 P12 every other answer is a retry or a refusal with its reason`(
        _ status: Int, _ body: String, _ expected: String
    ) throws {
        for monitors in ["", Self.monitor] {
            let words = try Self.words(
                VendorResponse(status: status, body: Array(body.utf8)), monitors: monitors, progress: "first")
            #expect(words.hasPrefix(expected), "\(words)")
        }
    }

    @Test(arguments: [
        (#"{"message":"Ping received","monitor":{"status":"down"},"pingStatus":"down"}"#, "-"),
        (#"{"message":"Ping received"}"#, "-"),
        (#"{"message":"Ping received","monitor":{"status":"idle"},"pingStatus":"down"}"#, "as idle"),
    ]) func `P9 P11 P13 a ping is done, and a monitor that is not down is remarked on`(
        _ body: String, _ expected: String
    ) throws {
        let words = try Self.words(
            VendorResponse(status: 200, body: Array(body.utf8)), monitors: Self.monitor, progress: nil)
        #expect(words.hasPrefix("done monitor freezer-3, ") && words.contains(expected), "\(words)")
    }

    @Test func `P12 a monitor that is paused refuses as a 404 does`() throws {
        let body = #"{"message":"Ping received","monitor":{"status":"paused"},"pingStatus":"down"}"#
        let words = try Self.words(
            VendorResponse(status: 200, body: Array(body.utf8)), monitors: Self.monitor, progress: nil)
        #expect(words.hasPrefix("credentials the monitor is paused"), "\(words)")
    }
}
