import AdapterKit
import AdapterTesting
import BetterStackAdapter
import GoldenFolders
import OpenSenseWebhooks
import Testing

@Suite struct `Better Stack adapter` {
    static let token = "aBcDeFgHiJkLmNoPqRsTuVwX"
    static let url = "https://uptime.betterstack.com/api/v1/incoming-webhook/\(token)"

    @Test(arguments: GoldenFile.all)
    func `each kind reads as its file says, without names of places and with`(_ file: GoldenFile) throws {
        let text = try file.text(Self.adapter())
        #expect(try GoldenFolder("better-stack").stored("\(file)", now: text) == text)
    }

    @Test(arguments: [("odd-ids", IncidentUpdate.Action.open)])
    func `each fixture becomes the requests that it shows`(
        _ name: String, _ action: IncidentUpdate.Action
    ) throws {
        let example = try GoldenFolder("").example(name)
        #expect(try example.actual(Self.adapter(), action) == example.expected)
    }

    @Test func `the alert id is the same from opening to resolving, and the status is not`() throws {
        let bodies = try [IncidentUpdate.Action.open, .update, .acknowledge, .resolve].map { action in
            JSONBody.decode(try Self.sent(alarm(action)).body)
        }
        #expect(bodies.map { $0?["status"]?.text } == ["started", "updated", "acknowledged", "resolved"])
        #expect(Set(bodies.map { $0?["alert_id"]?.text }) == ["opensense/alarm/s/d/c"])
        #expect(bodies.map { $0?["note"] != nil } == [false, true, false, false])
    }

    @Test func `a remark is none of its actions, and one that got worse is opened anew`() throws {
        let traits = try Self.adapter().traits
        #expect(traits.actions == [.open, .update, .acknowledge, .resolve])
        #expect(traits.pagesAgain == .byReopening)
        #expect(traits.folds)
        #expect(try Self.adapter().begin(alarm(.annotate), context: Self.context) == .done())
    }

    @Test(arguments: [
        "https://uptime.betterstack.com", "https://uptime.betterstack.com/team/1/incoming-webhooks/2",
        "\(url)/", "\(url)?a=b", "\(url)#a", "\(url)\n", " \(url)", "\(url)é", "\(url)/events", token,
        "https://uptime.betterstack.com/api/v1/incoming-webhook/",
        "ftp://example.com/incoming-webhook/\(token)",
        "http://uptime.betterstack.com/api/v1/incoming-webhook/\(token)",
        "https://user:password@example.com/incoming-webhook/\(token)",
        url + String(repeating: "x", count: 1_024),
    ])
    func `what is no address of a webhook is refused at once and not shown`(_ url: String) throws {
        let secret = try Secret(url)
        let settings = AdapterSettings(secrets: ["url": secret])
        let error = try #require(throws: AdapterSettingError.self) { try BetterStack.type.make(settings) }
        #expect(error.setting == "url")
        #expect(!error.problem.contains(Self.token))
        #expect(error.problem.contains("Integrations"))
    }

    @Test(arguments: [url, "http://127.0.0.1:8090/api/v1/incoming-webhook/demo-token", "\(url)-_9"])
    func `an address is used as it is, and its token is hidden`(_ url: String) throws {
        let request = try Self.sent(alarm(.open), by: BetterStack(url: Secret(url)))
        #expect(request.url == url)
        let token = try #require(url.split(separator: "/").last)
        #expect(request.masked.url == url.dropLast(token.count) + "••••")
    }

    @Test func `an incident is known by the webhook that opened it`() throws {
        func fingerprint(_ url: String) throws -> String {
            try BetterStack.type.identity(of: AdapterSettings(secrets: ["url": Secret(url)]))
        }
        #expect(try fingerprint(Self.url) == fingerprint(Self.url))
        #expect(try fingerprint(Self.url) != fingerprint(Self.url + "2"))
    }

    @Test func `an event that is too large loses its largest fields, and they are counted`() throws {
        let blob = String(repeating: "x", count: 20_000)
        let event = #"{"kind":"alarm_opened","site_id":"s","a":"\#(blob)","b":"\#(blob)","small":1}"#
        let update = try #require(ContractEvent("", body: #"{"event":\#(event)}"#).update(.open))
        let sent = JSONBody.decode(try Self.sent(update).body)?["event"]
        #expect(sent?["a"]?.text == blob)
        #expect(sent?["b"] == nil)
        #expect(sent?["small"] == 1)
        #expect(sent?["opensense_omitted"] == "1 more, too long to be sent")
    }

    struct Answer: Row {
        let testDescription: String
        let status: Int
        var fields: [HeaderField] = []
        var body = ""
        let step: AdapterStep
    }

    static let answers: [Answer] = [
        Answer(testDescription: "taken", status: 200, step: .done()),
        Answer(testDescription: "taken without a word", status: 204, step: .done()),
        Answer(
            testDescription: "no such webhook", status: 404, body: #"{"errors":"Not found"}"#,
            step: .refused(.credentials, reason: "status 404: Not found")),
        Answer(
            testDescription: "a webhook that is gone", status: 410,
            step: .refused(.credentials, reason: "status 410")),
        Answer(
            testDescription: "the faults of each field", status: 422,
            body: #"{"errors":{"b":["Can't be blank.","Is odd."],"a":"is wrong","c":7}}"#,
            step: .refused(.content, reason: "status 422: a is wrong; b Can't be blank., Is odd.; c is wrong")
        ),
        Answer(
            testDescription: "the token is not repeated", status: 400, body: "no webhook \(url)",
            step: .refused(
                .content,
                reason: "status 400: no webhook https://uptime.betterstack.com/api/v1/incoming-webhook/••••")),
        Answer(
            testDescription: "too fast", status: 429, fields: [.init("Retry-After", "30")],
            step: .retry(after: .seconds(30), reason: "status 429")),
        Answer(
            testDescription: "unavailable", status: 503, body: #"{"message":"m"}"#,
            step: .retry(after: nil, reason: "status 503: m")),
        Answer(
            testDescription: "elsewhere", status: 302,
            step: .retry(
                after: nil, reason: "status 302: a redirect, which is not followed; check the address")),
    ]

    @Test(arguments: answers) func `an answer is judged`(_ row: Answer) throws {
        let update = try alarm(.open)
        let answer = VendorResponse(status: row.status, fields: row.fields, body: Array(row.body.utf8))
        let step = try Self.adapter().next(
            answer, to: Self.sent(update), for: update, context: Self.context)
        #expect(step == row.step)
    }

    private static let context = AdapterContext(time: 0, nonce: "n")

    private static func adapter() throws -> BetterStack { try BetterStack(url: Secret(url)) }

    private static func sent(
        _ update: IncidentUpdate, by adapter: BetterStack? = nil
    ) throws -> OutboundRequest {
        let step = try (adapter ?? Self.adapter()).begin(update, context: context)
        guard case .send(let request, nil) = step else { throw AdapterError("Nothing is sent.") }
        return request
    }
}
