import OpenSenseWebhooks
import RelayCore
import Testing

/// Requests to a path that no source has as it is written.
@Suite struct `A path that is no source's` {
    static let body = #"{"event":{"kind":"alarm_opened","site_id":"s"},"delivery":{"id":"wh_1"}}"#

    static func intake(
        _ sources: [(path: String, secret: String)], accounts: [String: String] = [:]
    ) throws -> Intake {
        let judges = try sources.map { source in
            (source.path, WebhookJudge(verifier: try WebhookVerifier(secrets: [Secret(source.secret)])))
        }
        return Intake(
            sources: Dictionary(uniqueKeysWithValues: judges), router: Router([Route(destinations: ["a"])]),
            accounts: accounts)
    }

    static func request(_ path: String, secret: String, body: String = body) throws -> Intake.Request {
        let bytes = Array(body.utf8)
        let signature = try WebhookSigner(secret: Secret(secret)).signatureHeader(
            body: bytes.span, timestamp: IntakeWorld.signedAt)
        return Intake.Request(
            origin: RequestOrigin(peer: "sender", path: path),
            webhook: WebhookRequest(
                headers: [(name: OpenSenseHeader.signature, value: signature)], body: bytes))
    }

    static func decide(_ intake: Intake, _ request: Intake.Request, late: Int = 0) -> Intake.Decision {
        intake.decide(request, at: WallTime(unixSeconds: IntakeWorld.signedAt + late))
    }

    @Test(arguments: ["/cold/", "//cold", "/c%6Fld", "/%63old//", "/cold"])
    func `may be another way to write one`(_ path: String) throws {
        let intake = try Self.intake([("/cold", "the secret of cold")])
        #expect(intake.refusal(method: "POST", path: path) == nil)
        let decision = Self.decide(intake, try Self.request(path, secret: "the secret of cold"))
        guard case .submit(.accept(let acceptance)) = decision.next else {
            Issue.record("\(decision.next)")
            return
        }
        let usual = Self.decide(intake, try Self.request("/cold", secret: "the secret of cold"))
        guard case .submit(.accept(let same)) = usual.next else { return }
        #expect(acceptance.identities == same.identities)
        #expect(decision.events == [])
    }

    @Test(arguments: ["/cold%2F", "/Cold", "/col", "/cold%2", "/cold%zz", "/cold/x", "", "/%2e%2e/cold"])
    func `is not one for its likeness`(_ path: String) throws {
        let intake = try Self.intake([("/cold", "the secret of cold")])
        #expect(intake.refusal(method: "POST", path: path) == .notFound)
        let decision = Self.decide(intake, try Self.request(path, secret: "a stranger's secret"))
        guard case .answer(.notFound) = decision.next else {
            Issue.record("\(decision.next)")
            return
        }
        #expect(decision.events.map(\.code) == [.requestRefused])
    }

    @Test func `loses no alarm that a source's secret has signed`() throws {
        let intake = try Self.intake([("/cold", "the secret of cold"), ("/warm", "the secret of warm")])
        let decision = Self.decide(intake, try Self.request("/wram", secret: "the secret of warm"))
        guard case .submit(.accept) = decision.next else {
            Issue.record("\(decision.next)")
            return
        }
        let origin = RequestOrigin(peer: "sender", path: "/wram")
        #expect(decision.events == [.pathMistyped(origin, source: "/warm")])
        #expect(decision.voice?.path == "/warm")
    }

    @Test func `is put off where two sources have the secret, unless they are one account's`() throws {
        let sources = [("/cold", "one secret for both"), ("/warm", "one secret for both")]
        let request = try Self.request("/elsewhere", secret: "one secret for both")
        let apart = try Self.intake(sources, accounts: ["/cold": "c", "/warm": "w"])
        guard case .answer(.pathUnknown) = Self.decide(apart, request).next else {
            Issue.record("it was not put off")
            return
        }
        for accounts in [[:], ["/cold": "c", "/warm": "c"]] {
            let together = try Self.intake(sources, accounts: accounts)
            guard case .submit(.accept) = Self.decide(together, request).next else {
                Issue.record("it was not accepted: \(accounts)")
                return
            }
        }
    }

    @Test func `keeps to the age that a signature may have`() throws {
        let intake = try Self.intake([("/cold", "the secret of cold")])
        let request = try Self.request("/elsewhere", secret: "the secret of cold")
        let decision = Self.decide(intake, request, late: 301)
        guard case .answer(let answer) = decision.next else { return }
        #expect(answer.status == 429)
        // One that was captured long ago must not cause a trouble of the relay.
        #expect(decision.events.compactMap(TroubleSign.init).map(\.trouble) == [Trouble(.clock)])
    }

    @Test func `costs a bounded effort`() throws {
        let sources = (0..<12).map { (path: "/\($0 + 10)", secret: "the secret of number \($0)") }
        let intake = try Self.intake(sources)
        // The ninth and later secrets are not tried.
        for (number, source) in sources.enumerated() {
            let decision = Self.decide(intake, try Self.request("/x", secret: source.secret))
            switch decision.next {
            case .submit: #expect(number < 8)
            case .answer(let answer):
                #expect(number >= 8)
                #expect(answer == .pathUnknown)
                #expect(decision.events.map(\.code) == [.requestRefused])
            }
        }
        let long = String(Self.body.dropLast()) + String(repeating: " ", count: 65_536) + "}"
        let decision = Self.decide(intake, try Self.request("/x", secret: sources[0].secret, body: long))
        guard case .answer(.pathUnknown) = decision.next else {
            Issue.record("\(decision.next)")
            return
        }
        var budget = StrayBudget()
        let admitted = (0..<100).filter { _ in budget.take(at: SteadyTime(milliseconds: 5)) }
        #expect(admitted.count == StrayBudget.perSecondMax)
        let isAdmittedLater = budget.take(at: SteadyTime(milliseconds: 1_005))
        #expect(isAdmittedLater)
    }

    @Test func `is looked at when it is a signed POST only`() throws {
        let intake = try Self.intake([("/cold", "the secret of cold")])
        let signed = try Self.request("/x", secret: "any").webhook.signatureHeaders
        #expect(intake.mayBeStray(.notFound, method: "POST", signatureHeaders: signed))
        #expect(!intake.mayBeStray(.notFound, method: "GET", signatureHeaders: signed))
        #expect(!intake.mayBeStray(.notFound, method: "POST", signatureHeaders: []))
        #expect(!intake.mayBeStray(.notFound, method: "POST", signatureHeaders: ["t=1,v1=x"]))
        let postOnly = try #require(intake.refusal(method: "PUT", path: "/cold"))
        #expect(!intake.mayBeStray(postOnly, method: "POST", signatureHeaders: signed))
    }

    /// A request that no secret signed says something of its source only where it is fresh and has names.
    @Test func `is another matter than a stranger's request that knows a source's devices`() throws {
        let intake = try Self.intake([("/cold", "the secret of cold")])
        let request = try Self.request("/cold", secret: "a new secret of cold")
        let voice = SourceVoice("/cold", isAuthentic: false, subjects: ["site/s"])
        #expect(Self.decide(intake, request).voice == voice)
        #expect(Self.decide(intake, request, late: 301).voice == nil)
        let unnamed = try Self.request("/cold", secret: "x", body: #"{"event":{"kind":"alarm_opened"}}"#)
        #expect(Self.decide(intake, unnamed).voice == nil)
        let unread = try Self.request("/cold", secret: "x", body: "site_id")
        #expect(Self.decide(intake, unread).voice == nil)
    }
}
