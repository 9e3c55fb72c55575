import AdapterKit
import AdapterTesting
import GoldenFolders
import OpenSenseWebhooks
import OpsgenieAdapter
import Testing

@Suite struct `Opsgenie adapter` {
    static let apiKey = "eb243592-faa2-4ba2-a551-1afdf565c889"

    @Test(arguments: GoldenFile.all)
    func `each kind reads as its file says, without names of places and with`(_ file: GoldenFile) throws {
        let text = try file.text(Self.adapter())
        #expect(try GoldenFolder("opsgenie").stored("\(file)", now: text) == text)
    }

    @Test(arguments: GoldenFile.all)
    func `each kind reads at Jira Service Management as its file says, without names of places and with`(
        _ file: GoldenFile
    ) throws {
        let text = try file.text(Self.jiraServiceManagement())
        #expect(try GoldenFolder("jira-service-management").stored("\(file)", now: text) == text)
    }

    @Test(arguments: [("odd-ids", IncidentUpdate.Action.resolve)])
    func `each fixture becomes the requests that it shows`(_ name: String, _ action: IncidentUpdate.Action)
        throws
    {
        let example = try GoldenFolder("").example(name)
        #expect(try example.actual(Self.adapter(), action) == example.expected)
    }

    @Test(arguments: ["a b", "key\n", "schlüssel", String(repeating: "k", count: 1_025)])
    func `a key that cannot stand in a header is refused and not shown`(_ key: String) throws {
        let settings = AdapterSettings(
            texts: ["baseURL": "https://api.opsgenie.com"], secrets: ["apiKey": try Secret(key)])
        let error = try #require(throws: AdapterSettingError.self) { try Opsgenie.type.make(settings) }
        #expect(error.setting == "apiKey")
        #expect(!"\(error)".contains(key))
    }

    @Test func `fields that do not fit the details are counted and the short ones stay`() throws {
        let blob = String(repeating: "x", count: 7_900)
        let body = #"{"event":{"kind":"alarm_opened","site_id":"s","blob":"\#(blob)","small":"kept"}}"#
        let update = try #require(ContractEvent("", body: body).update(.open))
        let request = try Self.sent(update)
        let sent = JSONBody.decode(request.body)
        #expect(sent?["details"]?["small"] == "kept")
        #expect(sent?["details"]?["blob"] == nil)
        #expect(sent?["details"]?["opensense_omitted"] == "1 more, too long for Opsgenie")
        #expect(sent?["description"]?.text?.contains(blob) == true, "the description has room for it")
    }

    @Test func `an acceptance is asked about later, and the question is not masked away`() throws {
        let body = #"{"result":"Request will be processed","took":0.3,"requestId":"43a29c5c-3dbf"}"#
        let response = VendorResponse(status: 202, body: Array(body.utf8))
        guard
            case .askLater(let check, .seconds(2), nil) = try Self.judged(response, Self.request(.open))
        else {
            Issue.record("An acceptance has an outcome to ask for.")
            return
        }
        #expect(check.method == .get)
        #expect(check.purpose == .check)
        #expect(check.url == "https://api.opsgenie.com/v2/alerts/requests/43a29c5c-3dbf")
        #expect(check.fields == [.init("Authorization", "GenieKey \(Self.apiKey)")])
        #expect(check.masked.fields == [.init("Authorization", "GenieKey ••••")])
    }

    @Test(arguments: ["", "{}", #"{"requestId":""}"#, #"{"requestId":"../x"}"#, #"{"requestId":7}"#])
    func `an acceptance without a proper request id is taken for the outcome`(_ body: String) throws {
        let response = VendorResponse(status: 202, body: Array(body.utf8))
        #expect(try Self.judged(response, Self.request(.open)) == .done())
    }

    @Test(arguments: outcomes) func `an outcome is judged`(_ row: Outcome) throws {
        let check = try Self.check()
        let response = VendorResponse(status: row.status, fields: row.fields, body: Array(row.body.utf8))
        switch (try Self.judged(response, check), row.expected) {
        case (.done, .done), (.retry, .retry), (.refused(.content, _), .refused): break
        case (.askLater(let again, let seconds, nil), .again):
            #expect(again == check)
            #expect(seconds == .seconds(10))
        case (let other, _): Issue.record("\(other)")
        }
    }

    @Test func `a refusal names the fields, sorted, and a throttling its period`() throws {
        func judged(_ status: Int, _ fields: [HeaderField], _ body: String) throws -> AdapterStep {
            let response = VendorResponse(status: status, fields: fields, body: Array(body.utf8))
            return try Self.judged(response, Self.request(.open))
        }
        #expect(
            try judged(
                422, [], #"{"message":"Not processable.","errors":{"priority":"is bad","message":"is long"}}"#
            )
                == .refused(
                    .content, reason: "status 422: Not processable.; message is long; priority is bad"))
        let period = HeaderField("X-RateLimit-Period-In-Sec", "60")
        #expect(try judged(429, [period], "") == .retry(after: .seconds(60), reason: "status 429"))
        #expect(
            try judged(429, [period, .init("Retry-After", "7")], "")
                == .retry(after: .seconds(7), reason: "status 429"))
        #expect(
            try judged(429, [.init("X-RateLimit-Period-In-Sec", "99999999")], "")
                == .retry(after: nil, reason: "status 429"))
        #expect(try judged(503, [period], "") == .retry(after: nil, reason: "status 503"))
        #expect(
            try judged(401, [], "key \(Self.apiKey)")
                == .refused(.credentials, reason: "status 401: key ••••"))
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
        let sent = JSONBody.decode(try Self.sent(update).body)
        #expect(sent?["message"] == .string("s: \(value)"))
        let details: JSONValue = [
            "kind": "alarm_opened", "site_id": "s", "value_at": .string(value), "remark": "a\u{FFFD} b",
            "tiny": "1E-999", "huge": "-1e400", "half": "0.5", "plus": "5", "list": #"["NaN",1.50]"#,
            "kept": #"{"as":"it is"}"#, "last": "true", "opensense_delivery_id": "wh_4f3c1a",
        ]
        #expect(sent?["details"] == details)
    }

    @Test func `channels that are numbers are separate alarms, and the clear of one closes that one`()
        throws
    {
        func request(_ kind: String, _ channel: String, _ action: IncidentUpdate.Action) throws
            -> OutboundRequest
        {
            let event =
                #"{"event":{"kind":"\#(kind)","site_id":"s","device_id":12,"channel_id":\#(channel)}}"#
            return try Self.sent(#require(ContractEvent("", body: event).update(action)))
        }
        let seven = JSONBody.decode(try request("alarm_opened", "7", .open).body)
        let eight = JSONBody.decode(try request("alarm_opened", "8", .open).body)
        #expect(seven?["alias"] == "opensense:alarm:s:12:7")
        #expect(eight?["alias"] == "opensense:alarm:s:12:8")
        #expect(seven?["message"] == "7, 12, s: alarm")
        #expect(seven?["details"]?["channel_id"] == "7")
        for channel in ["7", "\"7\""] {
            let clear = try request("alarm_cleared", channel, .resolve)
            #expect(clear.url.contains("/v2/alerts/opensense%3Aalarm%3As%3A12%3A7/close?"))
        }
    }

    private static func adapter() throws -> Opsgenie {
        try Opsgenie(apiKey: Secret(apiKey), baseURL: #require(BaseURL("https://api.opsgenie.com")))
    }

    private static func jiraServiceManagement() throws -> any IncidentAdapter {
        let usual = JiraServiceManagement.type.settings.compactMap { setting in
            setting.defaultValue.map { (setting.name, $0) }
        }
        return try JiraServiceManagement.type.make(
            AdapterSettings(
                texts: Dictionary(uniqueKeysWithValues: usual), secrets: ["apiKey": Secret(apiKey)]))
    }

    private static let context = AdapterContext(time: 0, nonce: "n")

    private static func sent(_ update: IncidentUpdate) throws -> OutboundRequest {
        guard case .send(let request, nil) = try adapter().begin(update, context: context) else {
            throw AdapterError("Nothing is sent.")
        }
        return request
    }

    private static func request(_ action: IncidentUpdate.Action) throws -> OutboundRequest {
        try sent(#require(ContractEvent.usual.first?.update(action)))
    }

    private static func judged(_ response: VendorResponse, _ request: OutboundRequest) throws -> AdapterStep {
        let update = try #require(ContractEvent.usual.first?.update(.open))
        return try adapter().next(response, to: request, for: update, context: context)
    }

    private static func check() throws -> OutboundRequest {
        let response = VendorResponse(status: 202, body: Array(#"{"requestId":"r-1"}"#.utf8))
        guard case .askLater(let check, _, _) = try judged(response, request(.open)) else {
            throw AdapterError("There is no question.")
        }
        return check
    }

    @Test func `another key finds the same alerts`() throws {
        func fingerprint(_ key: String, _ url: String) throws -> String {
            try Opsgenie.type.identity(
                of: AdapterSettings(texts: ["baseURL": url], secrets: ["apiKey": Secret(key)]))
        }
        let one = try fingerprint("one", "https://api.opsgenie.com")
        #expect(try one == fingerprint("two", "https://api.opsgenie.com"))
        #expect(try one != fingerprint("one", "https://api.eu.opsgenie.com"))
    }

    @Test func `what has changed replaces message and priority and is a note on the alert`() throws {
        let update = try #require(Self.event.update(.update))
        let accepted = VendorResponse(status: 202)
        var (step, paths, context) = (
            try Self.adapter().begin(update, context: Self.context), [String](), Self.context
        )
        while case .send(let request, let progress) = step {
            paths.append("\(request.method.rawValue) \(request.url.split(separator: "/").last ?? "")")
            context = AdapterContext(time: 0, nonce: "n", progress: progress)
            step = try Self.adapter().next(accepted, to: request, for: update, context: context)
        }
        #expect(step == .done())
        let query = "?identifierType=alias"
        #expect(paths == ["PUT message\(query)", "PUT priority\(query)", "POST notes\(query)"])
    }

    @Test(arguments: [
        (202, #"{"requestId":"a"}"#, "message", "priority"), (202, "{}", "priority", "notes"),
        (202, #"{"requestId":"a"}"#, "note", "asks"), (404, "{}", "message", "priority"),
        (405, "{}", "priority", "notes"), (403, "{}", "message", "priority"),
        (202, "<p>", "message", "retry"),
        (401, "{}", "message", "refused"), (429, "{}", "priority", "retry"), (422, "{}", "note", "refused"),
        (500, "{}", "note", "retry"), (302, "{}", "message", "retry"),
    ])
    func `a change begins where the attempt before was, and goes on unless a request has to be tried again`(
        _ status: Int, _ body: String, _ progress: String, _ next: String
    ) throws {
        let update = try #require(Self.event.update(.update))
        let context = AdapterContext(time: 0, nonce: "n", progress: progress)
        guard case .send(let request, progress) = try Self.adapter().begin(update, context: context) else {
            Issue.record("An attempt after a crash begins where the one before was.")
            return
        }
        let answer = VendorResponse(status: status, body: Array(body.utf8))
        switch (try Self.adapter().next(answer, to: request, for: update, context: context), next) {
        case (.askLater, "asks"), (.refused, "refused"), (.retry, "retry"): break
        case (.send(let request, _), let path): #expect(request.url.contains("/\(path)?"))
        case (let step, _): Issue.record("\(step)")
        }
    }

    @Test func `the names of ours in the details are not the sender's`() throws {
        let more = #""opensense_delivery_id":"forged","opensense_link":"https://evil.example/""#
        let body = #"{"event":{"kind":"alarm_opened","site_id":"s",\#(more)}}"#
        let plain = try #require(ContractEvent("", body: body).update(.open))
        var names = PlaceNames()
        names.links = [try LinkTemplate("https://e.example/{site}")]
        let update = IncidentUpdate(
            action: .open, key: plain.key, event: plain.event, deliveryID: "wh_1",
            wording: Wording(names: names))
        let details = JSONBody.decode(try Self.sent(update).body)?["details"]
        #expect(details?["opensense_delivery_id"] == "wh_1")
        #expect(details?["opensense_link"] == "https://e.example/s")
    }

    static let event = ContractEvent("", body: #"{"event":{"kind":"alarm_opened","site_id":"s"}}"#)

    @Test func `responders, tags and an entity of the user's are on every new alert`() throws {
        let adapter = try Opsgenie.type.make(
            AdapterSettings(
                texts: [
                    "baseURL": "https://api.opsgenie.com", "tags": "cold chain, , site: Berlin",
                    "responders": "team:Cold Rooms, user:a@example.org,schedule: Night: one ,escalation:E",
                    "entity": "Vaccines",
                ], secrets: ["apiKey": Secret(Self.apiKey)]))
        let update = try #require(Self.event.update(.open))
        guard case .send(let request, nil) = try adapter.begin(update, context: Self.context) else {
            throw AdapterError("Nothing is sent.")
        }
        let sent = JSONBody.decode(request.body)
        #expect(sent?["entity"] == "Vaccines")
        #expect(sent?["tags"] == ["OpenSense", "alarm_opened", "cold chain", "site: Berlin"])
        #expect(
            sent?["responders"] == [
                ["type": "team", "name": "Cold Rooms"], ["type": "user", "username": "a@example.org"],
                ["type": "schedule", "name": "Night: one"], ["type": "escalation", "name": "E"],
            ])
    }

    @Test(arguments: [
        ("responders", "Cold Rooms"), ("responders", "group:Cold Rooms"), ("responders", "team:"),
        ("responders", (1...51).map { "team:\($0)" }.joined(separator: ",")),
        ("tags", String(repeating: "x", count: 51)),
        ("tags", (1...18).map { "\($0)" }.joined(separator: ",")),
        ("tags", "a\nb"), ("entity", String(repeating: "x", count: 513)), ("entity", "a\nb"),
    ]) func `what Opsgenie would refuse of them is refused at once`(_ name: String, _ text: String) throws {
        let settings = AdapterSettings(
            texts: ["baseURL": "https://api.opsgenie.com", name: text],
            secrets: ["apiKey": try Secret(Self.apiKey)])
        let error = try #require(throws: AdapterSettingError.self) { try Opsgenie.type.make(settings) }
        #expect(error.setting == name)
    }

    struct Outcome: Sendable, CustomTestStringConvertible {
        enum Expected: Sendable { case done, again, retry, refused }

        let testDescription: String
        var status = 200
        var fields: [HeaderField] = []
        var body = ""
        let expected: Expected

        static func data(_ action: String, _ status: String, _ isSuccess: Bool, _ expected: Expected)
            -> Outcome
        {
            let flags = #""success":\#(isSuccess),"isSuccess":\#(isSuccess)"#
            return Outcome(
                testDescription: "\(action): \(status)",
                body: #"{"data":{\#(flags),"action":"\#(action)","status":"\#(status)"}}"#, expected: expected
            )
        }
    }

    static let outcomes: [Outcome] = [
        .data("Create", "Created alert", true, .done),
        .data("Acknowledge", "Alert does not exist", false, .done),
        .data("Close", "Alert does not exist", false, .done),
        .data("Close", "Alert is already closed", false, .done),
        .data("AddNote", "Alert does not exist", false, .done),
        .data("Create", "Something failed", false, .retry),
        .data("Create", "Alert does not exist", false, .retry),
        .data("Close", "Something failed", false, .retry),
        .data("Acknowledge", "Something failed", false, .refused),
        .data("", "Alert does not exist", false, .retry),
        Outcome(testDescription: "success alone", body: #"{"data":{"success":true}}"#, expected: .done),
        Outcome(testDescription: "no data", body: "{}", expected: .again),
        Outcome(testDescription: "no body", expected: .again),
        Outcome(testDescription: "not processed yet", status: 404, expected: .again),
        Outcome(testDescription: "a key that may not read", status: 403, expected: .done),
        Outcome(testDescription: "too fast", status: 429, expected: .again),
        Outcome(testDescription: "unavailable", status: 503, expected: .again),
    ]
}
