import OpenSenseWebhooks
import RelayCore

/// An intake with one source, and requests for it.
struct IntakeWorld {
    /// When the sender signs, in seconds: 2026-05-17T08:10:01Z.
    static let signedAt = 1_779_005_401
    static let path = "/opensense"
    static let origin = RequestOrigin(peer: "sender", path: path)

    let secret: Secret
    let intake: Intake

    init(
        secret: String = "a secret for this test", routes: [Route] = [Route(destinations: ["a"])],
        headers: ResponsePolicy.HeaderDisagreement = .report
    ) throws {
        self.secret = try Secret(secret)
        let judge = WebhookJudge(
            verifier: try WebhookVerifier(secrets: [self.secret]), headerDisagreement: headers)
        intake = Intake(sources: [Self.path: judge], router: Router(routes))
    }

    /// A request with a right signature, unless `signer` is given.
    func request(
        _ body: String, headers: [(name: String, value: String)] = [], signer: Secret? = nil,
        path: String = Self.path
    ) throws -> Intake.Request {
        let body = Array(body.utf8)
        let signature = try WebhookSigner(secret: signer ?? secret).signatureHeader(
            body: body.span, timestamp: Self.signedAt)
        let fields = [(name: OpenSenseHeader.signature, value: signature)] + headers
        return Intake.Request(
            origin: RequestOrigin(peer: "sender", path: path),
            webhook: WebhookRequest(headers: fields, body: body))
    }

    /// What the journal is given of an authentic body; nil for anything else.
    func acceptance(_ body: String, receivedAt: Int = signedAt * 1_000) throws -> Acceptance? {
        let judge = intake.sources[Self.path]?.judge(
            try request(body).webhook, at: Self.signedAt)
        guard case .authentic(let authentic)? = judge else { return nil }
        return intake.acceptance(
            of: authentic, body: Array(body.utf8), path: Self.path,
            receivedAt: WallTime(unixMilliseconds: receivedAt))
    }

    func decide(_ request: Intake.Request, at seconds: Int = signedAt) -> Intake.Decision {
        intake.decide(request, at: WallTime(unixSeconds: seconds))
    }
}
