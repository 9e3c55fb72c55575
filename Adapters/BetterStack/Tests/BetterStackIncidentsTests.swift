import AdapterKit
import AdapterTesting
import BetterStackAdapter
import OpenSenseWebhooks
import Testing

@Suite struct `Better Stack incidents adapter` {
    static let token = "some-token"

    @Test(arguments: [
        ("incidents-alarm-opened", IncidentUpdate.Action.open, nil),
        ("incidents-alarm-acknowledged", .acknowledge, "25"), ("incidents-alarm-cleared", .resolve, "25"),
    ])
    func `each fixture becomes the requests that it shows`(
        _ name: String, _ action: IncidentUpdate.Action, _ state: String?
    ) throws {
        let example = try Fixture.named(name)
        let actual = try example.actual(Self.adapter(), action, state: state) { request in
            guard request.method == .get else { return VendorResponse(status: 201) }
            return VendorResponse(status: 200, body: Array(#"{"data":[]}"#.utf8))
        }
        #expect(actual == example.expected)
    }

    struct Setting: Row {
        let testDescription: String
        let name: String
        let value: String
        let problem: String
    }

    static let wrong: [Setting] = [
        Setting(
            testDescription: "no address", name: "requesterEmail", value: "oncall", problem: "Team members"),
        Setting(
            testDescription: "two signs", name: "requesterEmail", value: "a@b@c", problem: "Team members"),
        Setting(testDescription: "half a one", name: "requesterEmail", value: "@c", problem: "Team members"),
        Setting(testDescription: "a space", name: "requesterEmail", value: "a b@c", problem: "Team members"),
        Setting(
            testDescription: "a long one", name: "requesterEmail",
            value: String(repeating: "a", count: 254) + "@c", problem: "Team members"),
        Setting(testDescription: "neither", name: "call", value: "true", problem: "yes or no"),
        Setting(testDescription: "in capitals", name: "criticalAlert", value: "YES", problem: "yes or no"),
        Setting(testDescription: "empty", name: "push", value: "", problem: "yes or no"),
        Setting(testDescription: "a line break", name: "teamName", value: "a\nb", problem: "Teams"),
        Setting(
            testDescription: "a long number", name: "policyID", value: String(repeating: "1", count: 256),
            problem: "browser"),
        Setting(testDescription: "no URL", name: "baseURL", value: "uptime", problem: "https://"),
    ]

    @Test(arguments: wrong) func `a wrong setting is refused, said how to correct, and not shown`(
        _ row: Setting
    ) throws {
        let settings = try IncidentsWorld.settings([row.name: row.value])
        let error = try #require(throws: AdapterSettingError.self) {
            try BetterStackIncidents.type.make(settings)
        }
        #expect(error.setting == row.name)
        #expect(error.problem.contains(row.problem), "\(error.problem)")
        #expect(row.value.count < 6 || !error.problem.contains(row.value))
    }

    @Test(arguments: ["some token", "token\n", "tökén", String(repeating: "t", count: 1_025)])
    func `a token that cannot stand in a header is refused and not shown`(_ token: String) throws {
        let settings = try IncidentsWorld.settings(token: token)
        let error = try #require(throws: AdapterSettingError.self) {
            try BetterStackIncidents.type.make(settings)
        }
        #expect(error.setting == "apiToken")
        #expect(!error.problem.contains(token))
    }

    @Test func `a create says who asks, for whom and how people are alerted`() throws {
        func created(_ texts: [String: String]) throws -> JSONValue? {
            let adapter = try BetterStackIncidents(settings: IncidentsWorld.settings(texts))
            let step = try Self.step(after: .list(#"{"data":[]}"#), by: adapter)
            guard case .send(let request, "creating") = step else { return nil }
            return JSONBody.decode(request.body)
        }
        let usual = try created([:])
        #expect(usual?["requester_email"] == "oncall@example.com")
        #expect(usual?["team_name"] == nil)
        #expect(usual?["policy_id"] == nil)
        #expect(["call", "sms", "email", "push"].allSatisfy { usual?[$0] == true })
        #expect(usual?["critical_alert"] == false)
        let other = try created([
            "teamName": "Cold rooms", "policyID": "7", "sms": "no", "criticalAlert": "yes",
        ])
        #expect(other?["team_name"] == "Cold rooms")
        #expect(other?["policy_id"] == "7")
        #expect(other?["sms"] == false)
        #expect(other?["critical_alert"] == true)
    }

    @Test func `an incident is known by the host, and any token will do`() throws {
        func fingerprint(_ url: String, _ token: String) throws -> String {
            try BetterStackIncidents.type.identity(
                of: IncidentsWorld.settings(["baseURL": url], token: token))
        }
        let one = try fingerprint("https://uptime.betterstack.com", "a-token")
        #expect(try one == fingerprint("https://UPTIME.betterstack.com/x", "another-token"))
        #expect(try one != fingerprint("https://uptime.example.com", "a-token"))
    }

    @Test func `nothing is folded, and a remark is none of its actions`() throws {
        let traits = try Self.adapter().traits
        #expect(!traits.folds)
        #expect(traits.pagesAgain == .byReopening)
        #expect(traits.actions == [.open, .update, .acknowledge, .resolve])
        #expect(try Self.adapter().begin(alarm(.annotate), context: Self.context()) == .done())
    }

    /// An answer to one of the requests for an update, and what follows.
    struct Answer: Row {
        let testDescription: String
        var action = IncidentUpdate.Action.open
        var progress: String?
        let answer: Given
        let next: Next
    }

    enum Given: Sendable {
        /// To the first page of the list.
        case list(String)
        /// To the list, with any status.
        case listStatus(Int)
        /// To what changes something.
        case change(Int, String)
    }

    enum Next: Equatable {
        case done(String?)
        case post(String)
        case get(page: Int)
        case getLater
        case retry(String)
        case refused(Refusal)
        case other
    }

    static func item(
        _ id: String = #""25""#, key: String = "opensense/alarm/s/d/c", nonce: String = "n",
        more: String = #""resolved_at":null,"status":"Started""#
    ) -> String {
        let metadata = """
            "opensense_key":[{"type":"String","value":"\(key)"}],"opensense_nonce":[{"value":"\(nonce)"}]
            """
        return #"{"id":\#(id),"attributes":{\#(more),"metadata":{\#(metadata)}}}"#
    }

    static func list(_ items: [String], next: String = "null") -> String {
        #"{"data":[\#(items.joined(separator: ","))],"pagination":{"next":\#(next)}}"#
    }

    static let create = "/api/v3/incidents"
    static let nextPage = #""https://uptime.betterstack.com/api/v3/incidents?page=2""#

    static let lists: [Answer] = [
        Answer(testDescription: "nothing is there", answer: .list(list([])), next: .post(create)),
        Answer(testDescription: "what this update created", answer: .list(list([item()])), next: .done("25")),
        Answer(
            testDescription: "a number for an id", answer: .list(list([item("25")])), next: .done("25")),
        Answer(
            testDescription: "plain texts as metadata",
            answer: .list(
                list([
                    #"{"id":"7","attributes":{"metadata":{"opensense_key":"opensense/alarm/s/d/c","opensense_nonce":"n"}}}"#
                ])), next: .done("7")),
        Answer(
            testDescription: "another incident", answer: .list(list([item(key: "opensense/alarm/s/d/x")])),
            next: .post(create)),
        Answer(
            testDescription: "an older one of the alarm is looked at again",
            answer: .list(list([item(nonce: "older")])), next: .getLater),
        Answer(
            testDescription: "an older one that is open still", progress: "looking-again",
            answer: .list(list([item(nonce: "older")])), next: .done("25")),
        Answer(
            testDescription: "an older one that is gone", progress: "looking-again",
            answer: .list(list([])), next: .post(create)),
        Answer(
            testDescription: "one that was resolved meanwhile",
            answer: .list(list([item(more: #""resolved_at":"2026-01-01T00:00:00Z""#)])), next: .post(create)),
        Answer(
            testDescription: "one whose status is resolved",
            answer: .list(list([item(more: #""status":"Resolved""#)])), next: .post(create)),
        Answer(
            testDescription: "an id that cannot stand in an address", answer: .list(list([item(#""../1""#)])),
            next: .post(create)),
        Answer(
            testDescription: "another page", answer: .list(list([], next: nextPage)), next: .get(page: 2)),
        Answer(
            testDescription: "a full page without a word about the next",
            answer: .list(#"{"data":[\#(Array(repeating: "{}", count: 20).joined(separator: ","))]}"#),
            next: .get(page: 2)),
        Answer(
            testDescription: "no list", answer: .list("<p>Sign in</p>"),
            next: .retry("status 200 without a list of incidents")),
        Answer(
            testDescription: "an object without a list", answer: .list("{}"),
            next: .retry("status 200 without a list of incidents")),
        Answer(testDescription: "no list and 500", answer: .listStatus(500), next: .retry("status 500")),
        Answer(testDescription: "no list and 401", answer: .listStatus(401), next: .refused(.credentials)),
        Answer(testDescription: "no list and 404", answer: .listStatus(404), next: .refused(.content)),
        Answer(
            testDescription: "to acknowledge what is there", action: .acknowledge,
            answer: .list(list([item(nonce: "older")])), next: .post("\(create)/25/acknowledge")),
        Answer(
            testDescription: "to resolve what is there", action: .resolve,
            answer: .list(list([item(nonce: "older")])), next: .post("\(create)/25/resolve")),
        Answer(
            testDescription: "to comment on what is there", action: .update,
            answer: .list(list([item(nonce: "older")])), next: .post("/api/v2/incidents/25/comments")),
        Answer(
            testDescription: "to resolve what is not there yet", action: .resolve, answer: .list(list([])),
            next: .getLater),
        Answer(
            testDescription: "to resolve what is not there", action: .resolve, progress: "looking-again",
            answer: .list(list([])), next: .done(nil)),
    ]

    static let changes: [Answer] = [
        Answer(
            testDescription: "created", answer: .change(201, #"{"data":{"id":"123456789"}}"#),
            next: .done("123456789")),
        Answer(testDescription: "created without an id", answer: .change(201, "{}"), next: .done(nil)),
        Answer(
            testDescription: "a proxy's page", answer: .change(200, "<p>Welcome</p>"),
            next: .retry("status 200 without the incident's id")),
        Answer(
            testDescription: "a create for a team that is not there", answer: .change(404, ""),
            next: .refused(.content)),
        Answer(testDescription: "a create in conflict", answer: .change(409, ""), next: .refused(.content)),
        Answer(testDescription: "too fast", answer: .change(429, ""), next: .retry("status 429")),
        Answer(
            testDescription: "acknowledged already", action: .acknowledge,
            answer: .change(409, #"{"errors":"Incident was already acknowledged"}"#), next: .done(nil)),
        Answer(
            testDescription: "resolved already", action: .resolve,
            answer: .change(409, #"{"errors":"Incident was already resolved"}"#), next: .done(nil)),
        Answer(
            testDescription: "deleted", action: .resolve, answer: .change(404, ""), next: .done(nil)),
        Answer(
            testDescription: "a resolve of a token that is not valid", action: .resolve,
            answer: .change(401, ""), next: .refused(.credentials)),
        Answer(
            testDescription: "a resolve that may pass later", action: .resolve, answer: .change(502, ""),
            next: .retry("status 502")),
    ]

    @Test(arguments: lists + changes) func `an answer decides what follows`(_ row: Answer) throws {
        let step = try Self.step(after: row.answer, row.action, progress: row.progress, by: Self.adapter())
        #expect(Self.read(step) == row.next)
    }

    @Test func `not more pages are asked for than the bound`() throws {
        var world = try IncidentsWorld()
        world.fill(through: 300)
        #expect(try world.attempt(alarm(.acknowledge, channel: "60")).end == .done())
        #expect(world.asked.count == 2 * 12, "the newest 240 are looked through twice")
        #expect(world.asked.last?.hasSuffix("page=12") == true)
        _ = try world.attempt(alarm(.acknowledge, channel: "61"))
        #expect(world.asked.last == "POST /api/v3/incidents/61/acknowledge")
        _ = try world.attempt(alarm(.open, channel: "60"))
        #expect(world.asked.last == "POST /api/v3/incidents", "a lost alarm is worse than a page too many")
    }

    // MARK: Steps

    private static func context(progress: String? = nil) -> AdapterContext {
        AdapterContext(time: 0, nonce: "n", progress: progress)
    }

    private static func adapter() throws -> BetterStackIncidents {
        try BetterStackIncidents(settings: IncidentsWorld.settings())
    }

    private static func step(
        after given: Given, _ action: IncidentUpdate.Action = .open, progress: String? = nil,
        by adapter: BetterStackIncidents
    ) throws -> AdapterStep {
        let update = try alarm(action)
        let context = context(progress: progress)
        var request = try #require(adapter.begin(update, context: context).request)
        let answer: VendorResponse
        switch given {
        case .list(let body): answer = VendorResponse(status: 200, body: Array(body.utf8))
        case .listStatus(let status): answer = VendorResponse(status: status)
        case .change(let status, let body):
            answer = VendorResponse(status: status, body: Array(body.utf8))
            let items = action == .open ? [] : [item()]
            let listed = VendorResponse(status: 200, body: Array(list(items).utf8))
            request = try #require(
                adapter.next(listed, to: request, for: update, context: context).request)
        }
        return try adapter.next(answer, to: request, for: update, context: context)
    }

    private static func read(_ step: AdapterStep) -> Next {
        switch step {
        case .done(let state): return .done(state)
        case .send(let request, _) where request.method == .get:
            return .get(page: Int(request.url.split(separator: "=").last ?? "") ?? 0)
        case .send(let request, _):
            return .post(String(request.url.dropFirst("https://vendor.example".count)))
        case .askLater(let request, .seconds(5), "looking-again"?) where request.url.hasSuffix("page=1"):
            return .getLater
        case .retry(_, let reason): return .retry(reason)
        case .refused(let refusal, _): return .refused(refusal)
        default: return .other
        }
    }
}

extension AdapterStep {
    /// The request of a step that has one.
    var request: OutboundRequest? {
        switch self {
        case .send(let request, _), .askLater(let request, _, _): request
        default: nil
        }
    }
}
