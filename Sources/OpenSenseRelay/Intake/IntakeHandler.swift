internal import AdapterKit
internal import HTTPServer
internal import OpenSenseWebhooks
internal import RelayCore

/// Receives requests: authenticates, hands what is authentic to the journal, and answers once it is on disk.
final class IntakeHandler: ServerHandler {
    private let current: CurrentGeneration
    private let journal: any Journal
    private let effects: Effects
    private let observe: @Sendable (RelayEvent) -> Void
    private let onWork: @Sendable ([String]) -> Void

    typealias Source = Generation.Source

    init(
        current: CurrentGeneration, journal: any Journal, effects: Effects,
        observe: @escaping @Sendable (RelayEvent) -> Void, onWork: @escaping @Sendable ([String]) -> Void
    ) {
        self.current = current
        self.journal = journal
        self.effects = effects
        self.observe = observe
        self.onWork = onWork
    }

    func admit(_ head: RequestHead) -> ServerResponse? {
        if HealthPath(rawValue: head.path) != nil {
            return ["GET", "HEAD"].contains(head.method) ? nil : refuse(head, .getOnly)
        }
        guard current.value.sources[head.path] != nil else { return refuse(head, .notFound) }
        return head.method == "POST" ? nil : refuse(head, .postOnly)
    }

    /// Refuses a request by its head.
    func refuse(_ head: RequestHead, _ answer: WebhookResponse) -> ServerResponse {
        observe(
            .requestRefused(
                RequestOrigin(peer: head.peer, path: head.path), code: answer.code, status: answer.status))
        return answer.response
    }

    func refusal(_ refusal: ServerRefusal, peer: String, target: String) -> ServerResponse {
        observe(
            .requestRefused(
                RequestOrigin(peer: peer, path: RequestTarget.path(of: target)), code: refusal.code,
                status: refusal.status))
        return WebhookResponse.refusal(refusal).response
    }

    func handle(_ request: ServerRequest, reply: ServerReply) {
        if let health = HealthPath(rawValue: request.path) { return answer(health, reply) }
        let generation = current.value
        guard let source = generation.sources[request.path] else {
            return reply(WebhookResponse.notFound.response)
        }
        let receivedAt = effects.wallTime()
        do throws(VerificationError) {
            let proof = try source.verifier.verify(
                body: request.body.span, signatureHeaders: request.headers(named: OpenSenseHeader.signature),
                at: receivedAt.unixSeconds)
            let intake = generation.intake
            accept(request, from: source, by: intake, proof: proof, receivedAt: receivedAt, reply: reply)
        } catch {
            let origin = RequestOrigin(peer: request.peer, path: request.path)
            observe(.deliveryRefused(origin, code: error.code, reason: error.description))
            if case .signatureMismatch = error {
                quarantine(request, origin: origin, code: error.code, receivedAt: receivedAt, reply: reply)
            } else {
                reply(Self.refusal(for: error, of: request, from: source).response)
            }
        }
    }

    // MARK: Authentic requests

    private func accept(
        _ request: ServerRequest, from source: Source, by intake: DeliveryIntake, proof: VerifiedSignature,
        receivedAt: WallTime, reply: ServerReply
    ) {
        let headerID = request.header(OpenSenseHeader.deliveryID).flatMap { $0.isEmpty ? nil : $0 }
        let acceptance = intake.acceptance(
            body: request.body, path: request.path, headerID: headerID, proof: proof, receivedAt: receivedAt)
        if let name = disagreeingHeader(of: request, acceptance, headerID: headerID, proof: proof) {
            observe(.headerDisagrees(delivery: acceptance.deliveryID, header: name))
            if source.configuration.strictHeaders {
                return reply(WebhookResponse.headerDisagrees(name, acceptance.deliveryID).response)
            }
        }
        if case .step(let key, let step) = acceptance.content, !key.isMatchable, step.action != .annotate {
            // Nothing that comes later can name it again: a person has to close what it opens.
            observe(.incidentUnmatchable(delivery: acceptance.deliveryID, key: key.text))
        }
        journal.accept(acceptance) { [observe, onWork, effects] result in
            switch result {
            case .success(.accepted(let sequence, let verdict, let reason, let due)):
                let isUnderstood = verdict != .deadLetter
                let id = acceptance.deliveryID
                reply((isUnderstood ? WebhookResponse.accepted(id) : .notUnderstood(id)).response)
                let incident: String? =
                    if case .step(let key, _) = acceptance.content { key.text } else { nil }
                observe(
                    .deliveryAccepted(
                        AcceptedDelivery(
                            id: id, kind: acceptance.kind, incident: incident, verdict: verdict,
                            reason: reason, sequence: sequence)))
                if !due.isEmpty { onWork(due) }
                if !acceptance.oddities.isEmpty {
                    observe(.deliveryOdd(delivery: id, oddities: acceptance.oddities))
                }
            case .success(.duplicate(let sequence)):
                reply(WebhookResponse.duplicate(acceptance.deliveryID).response)
                observe(.deliveryDuplicate(delivery: acceptance.deliveryID, sequence: sequence))
            case .failure(let error): reply(Self.answer(error, effects).response)
            }
        }
    }

    /// The unsigned header that says something else than what was signed, if one does.
    private func disagreeingHeader(
        of request: ServerRequest, _ acceptance: Acceptance, headerID: String?, proof: VerifiedSignature
    ) -> String? {
        if let headerID, headerID != acceptance.deliveryID { return OpenSenseHeader.deliveryID }
        if let time = request.header(OpenSenseHeader.timestamp), Int(time) != proof.timestamp {
            return OpenSenseHeader.timestamp
        }
        return nil
    }

    private static func answer(_ error: StoreError, _ effects: Effects) -> WebhookResponse {
        guard error.kind == .overloaded else { return .storeUnavailable }
        // Spread out, so that what was turned away together does not come back together.
        return .overloaded(retryAfterSeconds: 1 + Int(effects.random() % 30))
    }

    // MARK: Everything else

    private static func refusal(
        for error: VerificationError, of request: ServerRequest, from source: Source
    ) -> WebhookResponse {
        switch error {
        case .timestampOutsideTolerance:
            // The signature holds, so the id is the sender's and may be repeated in the answer.
            let id = (try? Delivery(body: request.body))?.id
            switch source.configuration.staleness {
            case .askAgain: return .stale(id)
            case .reject: return .staleRejected(id)
            }
        case .cryptographyUnavailable: return .cryptographyUnavailable
        default: return .unauthenticated
        }
    }

    /// Stores a request that none of the secrets signed, so that it can be verified again with a corrected
    /// one.
    private func quarantine(
        _ request: ServerRequest, origin: RequestOrigin, code: String, receivedAt: WallTime,
        reply: ServerReply
    ) {
        let names = [OpenSenseHeader.signature, OpenSenseHeader.deliveryID, OpenSenseHeader.timestamp]
        let header = names.compactMap { name in request.header(name).map { "\(name): \($0)" } }
        let capture = QuarantinedRequest(
            receivedAt: receivedAt, path: request.path, code: code,
            header: header.joined(separator: "\n"), body: request.body)
        journal.quarantine(capture) { [observe, effects] result in
            switch result {
            case .success(.kept):
                reply(WebhookResponse.unauthenticated.response)
                observe(.deliveryQuarantined(origin, code: code))
            case .success(.dropped):
                reply(WebhookResponse.unauthenticated.response)
                observe(.quarantineFull(path: capture.path))
            case .failure(let error):
                // A refusal would lose for good what may be authentic; asked to, the sender tries again.
                reply(Self.answer(error, effects).response)
            }
        }
    }

    private func answer(_ health: HealthPath, _ reply: ServerReply) {
        guard health == .ready else { return reply(WebhookResponse.healthy.response) }
        journal.probe(now: effects.wallTime()) { result in
            switch result {
            case .success: reply(WebhookResponse.ready.response)
            case .failure: reply(WebhookResponse.storeUnavailable.response)
            }
        }
    }
}

/// The paths of the health checks.
enum HealthPath: String {
    /// Whether the process is up.
    case healthy = "/healthz"
    /// Whether the store can commit.
    case ready = "/readyz"
}
