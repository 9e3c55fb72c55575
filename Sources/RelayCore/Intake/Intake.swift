internal import AdapterKit
package import OpenSenseWebhooks

/// Decides what becomes of a request, and what it is answered.
///
/// Pure: a host hands it requests and what the journal made of them, and carries the answers back.
///
/// ```
/// request ─▶ decide ─▶ answer
///                  └─▶ journal operation ─▶ conclude ─▶ answer, events, work
/// ```
package struct Intake: Sendable {
    /// Who judges the requests of each source, by the source's path.
    package let sources: [String: WebhookJudge]
    /// The account of each source that has one, by the source's path; sources of one account share incidents.
    package let accounts: [String: String]
    /// Whether what was opened without an account can only be of the one that all sources have now: then its
    /// end is looked for there, too.
    let hasOneAccount: Bool
    /// The accounts whose events may come through several webhooks.
    let sharedAccounts: Set<String>
    let router: Router
    package let policy: AcceptancePolicy
    /// The sources' paths by the form that all ways of writing them share.
    private let paths: [String: String]
    /// The sources in an order that stays the same, for requests to another path.
    let sourcesInOrder: [(path: String, judge: WebhookJudge)]

    /// An intake that judges by `sources` and sends events where `router` says.
    package init(
        sources: [String: WebhookJudge], router: Router, accounts: [String: String] = [:],
        policy: AcceptancePolicy = .usual
    ) {
        self.sources = sources
        self.router = router
        self.accounts = accounts
        self.policy = policy
        sharedAccounts = Self.sharedAccounts(sources, accounts)
        hasOneAccount = Set(accounts.values).count == 1 && accounts.count == sources.count
        paths = Dictionary(sources.keys.sorted().map { (SourcePath.canonical($0), $0) }) { first, _ in first }
        sourcesInOrder = sources.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// A request that has arrived whole.
    package struct Request: Sendable {
        /// Where it came from and where it was sent.
        package var origin: RequestOrigin
        /// What the sender said.
        package var webhook: WebhookRequest

        /// A request.
        package init(origin: RequestOrigin, webhook: WebhookRequest) {
            self.origin = origin
            self.webhook = webhook
        }
    }

    /// What is to be done with a request.
    package struct Decision: Sendable {
        /// What happened.
        package var events: [RelayEvent] = []
        /// What comes next.
        package var next: Next
        /// What the request says of its source; nil where it says nothing.
        package var voice: SourceVoice?
    }

    /// What comes next for a request.
    package enum Next: Sendable {
        /// It is answered.
        case answer(WebhookResponse)
        /// It is answered by ``Intake/conclude(_:from:_:random:)``, once the journal has done this.
        case submit(JournalOperation)
    }

    /// What a request came to.
    package struct Conclusion: Sendable {
        /// The answer, which goes first: a sender waits for it.
        package var answer: WebhookResponse
        /// What happened.
        package var events: [RelayEvent] = []
        /// The destinations that have work that is due.
        package var due: [String] = []
    }

    // MARK: Deciding

    /// The path of the source that `path` leads to, however it is written; nil for none.
    private func source(at path: String) -> String? {
        sources[path] == nil ? paths[SourcePath.canonical(path)] : path
    }

    /// The answer to a request whose head alone says that nothing will come of it; nil for any other.
    package func refusal(method: String, path: String) -> WebhookResponse? {
        if HealthPath(rawValue: path) != nil { return ["GET", "HEAD"].contains(method) ? nil : .getOnly }
        guard source(at: path) != nil else { return .notFound }
        return method == "POST" ? nil : .postOnly
    }

    /// What becomes of a delivery whose head alone says that no secret can have signed it; nil for any other
    /// request.
    ///
    /// Its body need not be read.
    package func refusalOfForm(
        _ origin: RequestOrigin, signatureHeaders: [String]
    ) -> (event: RelayEvent, answer: WebhookResponse)? {
        guard source(at: origin.path) != nil else { return nil }
        do throws(VerificationError) {
            _ = try SignatureHeader(only: signatureHeaders)
            return nil
        } catch {
            return (
                .deliveryRefused(origin, code: error.code, reason: error.description), .unauthenticated
            )
        }
    }

    /// What is to be done with a request, whose head was let through.
    package func decide(_ request: Request, at now: WallTime) -> Decision {
        let path = request.origin.path
        if let health = HealthPath(rawValue: path) {
            return Decision(next: health == .ready ? .submit(.probe(now: now)) : .answer(.healthy))
        }
        guard let source = source(at: path), let judge = sources[source] else {
            return decideStray(request, at: now)
        }
        return decide(request, judge.judge(request.webhook, at: now.unixSeconds), of: source, at: now)
    }

    /// What is to be done with a request of the source at `path`.
    func decide(
        _ request: Request, _ judgement: WebhookJudgement, of path: String, at now: WallTime
    ) -> Decision {
        switch judgement {
        case .authentic(let authentic):
            var decision = accept(
                acceptance(of: authentic, body: request.webhook.body, path: path, receivedAt: now),
                disagreeing: authentic.disagreeingHeader)
            decision.voice = SourceVoice(path, try? authentic.content.get().event)
            return decision
        case .notOurs(let error):
            let refused = RelayEvent.deliveryRefused(
                request.origin, code: error.code, reason: error.description)
            // What is too old already could not be accepted by a corrected secret either, and would take the
            // place of what could. Should our clock be wrong as well as our secret, the sender still has it.
            guard tolerance(of: path).accepts(timeOf: request.webhook, at: now.unixSeconds) else {
                return Decision(events: [refused], next: .answer(.notKept(retryAfterSeconds: 60)))
            }
            // Kept, so that it can be judged again with a corrected secret.
            var kept = QuarantinedRequest(request, code: error.code, receivedAt: now)
            kept.path = path
            return Decision(
                events: [refused], next: .submit(.quarantine(kept)),
                voice: SourceVoice(unproven: request.webhook, path, tolerance(of: path), at: now))
        case .refused(let refusal): return refuse(refusal, request.origin)
        }
    }

    private func tolerance(of path: String) -> TimestampTolerance {
        sources[path]?.verifier.tolerance ?? .standard
    }

    private func accept(_ acceptance: Acceptance, disagreeing name: String?) -> Decision {
        var decision = Decision(next: .submit(.accept(acceptance)))
        if let name {
            decision.events.append(.headerDisagrees(delivery: acceptance.deliveryID, header: name))
        }
        if case .step(let key, let step) = acceptance.content, !key.isMatchable, step.action != .annotate {
            // Nothing that comes later can name it again: a person has to close what it opens.
            decision.events.append(.incidentUnmatchable(delivery: acceptance.deliveryID, key: key.text))
        }
        return decision
    }

    private func refuse(_ refusal: WebhookJudgement.Refusal, _ origin: RequestOrigin) -> Decision {
        let event: RelayEvent =
            switch refusal.reason {
            case .verification(let error):
                .deliveryRefused(origin, code: error.code, reason: error.description)
            case .headerDisagrees(let name, let id): .headerDisagrees(delivery: id ?? "", header: name)
            }
        return Decision(events: [event], next: .answer(refusal.response))
    }

    // MARK: Concluding

    /// What a request is answered, now that the journal has done what it came to, or has failed.
    ///
    /// - Parameter random: Uniform random bits, so that what is turned away together does not come back
    ///   together.
    package static func conclude(
        _ operation: JournalOperation, from origin: RequestOrigin,
        _ result: Result<JournalResult, StoreError>, random: @autoclosure () -> UInt64
    ) -> Conclusion {
        let done: JournalResult
        do throws(StoreError) { done = try result.get() } catch {
            // A supervisor gets one answer whatever the reason. A refusal would lose for good what may be an
            // alarm; asked to, the sender tries again.
            if case .probe = operation { return Conclusion(answer: .storeUnavailable) }
            return Conclusion(answer: .failure(error, random: random()))
        }
        switch operation {
        case .accept(let acceptance): return conclude(acceptance, done.acceptance)
        case .quarantine(let capture):
            let isKept = done.quarantine == .kept
            return Conclusion(
                answer: isKept ? .unauthenticated : .notKept(retryAfterSeconds: 60 + Int(random() % 60)),
                events: [
                    isKept
                        ? .deliveryQuarantined(origin, code: capture.code)
                        : .quarantineFull(path: capture.path)
                ])
        default: return Conclusion(answer: .ready)
        }
    }

    private static func conclude(_ acceptance: Acceptance, _ outcome: AcceptanceOutcome) -> Conclusion {
        let id = acceptance.deliveryID
        switch outcome {
        case .duplicate(let sequence):
            return Conclusion(
                answer: .duplicate(id), events: [.deliveryDuplicate(delivery: id, sequence: sequence)])
        case .accepted(let sequence, let verdict, let reason, let due):
            var incident: String?
            if case .step(let key, _) = acceptance.content { incident = key.text }
            var conclusion = Conclusion(
                answer: verdict == .deadLetter ? .notUnderstood(id) : .accepted(id),
                events: [
                    .deliveryAccepted(
                        AcceptedDelivery(
                            id: id, kind: acceptance.kind, incident: incident, verdict: verdict,
                            reason: reason, sequence: sequence))
                ], due: due)
            if verdict == .noAction, case .unknown = EventKind(name: acceptance.kind) {
                conclusion.events.append(.kindUnknown(kind: acceptance.kind, delivery: id))
            }
            if !acceptance.oddities.isEmpty {
                conclusion.events.append(.deliveryOdd(delivery: id, oddities: acceptance.oddities))
            }
            return conclusion
        }
    }
}

/// The paths of the health checks.
package enum HealthPath: String, Sendable {
    /// Whether the process is up.
    case healthy = "/healthz"
    /// Whether the store can commit.
    case ready = "/readyz"
}
