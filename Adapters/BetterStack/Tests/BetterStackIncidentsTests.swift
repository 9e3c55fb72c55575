import AdapterKit
import AdapterTesting
import BetterStackAdapter
import GoldenFolders
import OpenSenseWebhooks
import Testing

@Suite struct `Better Stack incidents adapter` {
    static let token = "some-token"

    @Test(arguments: GoldenFile.all)
    func `each kind reads as its file says, without names of places and with`(_ file: GoldenFile) throws {
        let text = try file.text(Self.adapter(), state: file.action == .open ? nil : "25") { request in
            guard request.method == .get else { return VendorResponse(status: 201) }
            return VendorResponse(status: 200, body: Array(#"{"data":[]}"#.utf8))
        }
        #expect(try GoldenFolder("better-stack-incidents").stored("\(file)", now: text) == text)
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

    @Test(arguments: IncidentsAnswer.lists + IncidentsAnswer.changes)
    func `an answer decides what follows`(_ row: IncidentsAnswer) throws {
        let step = try Self.step(after: row.answer, row.action, progress: row.progress, by: Self.adapter())
        #expect(Self.read(step) == row.next)
    }

    @Test func `not more pages are asked for than the bound`() throws {
        var world = try IncidentsWorld()
        world.fill(through: 300)
        let end = try world.attempt(alarm(.acknowledge, channel: "60")).end
        guard case .done(nil, let remark?) = end else { throw AdapterError("The end is no remark.") }
        #expect(remark.contains("not among the 240"))
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
        after given: IncidentsAnswer.Given, _ action: IncidentUpdate.Action = .open, progress: String? = nil,
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
            let items = action == .open ? [] : [IncidentsAnswer.item()]
            let listed = VendorResponse(status: 200, body: Array(IncidentsAnswer.list(items).utf8))
            request = try #require(
                adapter.next(listed, to: request, for: update, context: context).request)
        }
        return try adapter.next(answer, to: request, for: update, context: context)
    }

    private static func read(_ step: AdapterStep) -> IncidentsAnswer.Next {
        switch step {
        case .done(let state, _): return .done(state)
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
