internal import AdapterKit
internal import OpenSenseWebhooks
internal import RelayCore
internal import RelayHTTP

/// Receives requests: authenticates, hands what is authentic to the journal, and answers once it is on disk.
final class IntakeHandler: ServerHandler {
    private let sources: [String: Source]
    private let intake: DeliveryIntake
    private let journal: any Journal
    private let effects: Effects
    private let log: Log
    private let onWork: @Sendable ([String]) -> Void

    typealias Source = Generation.Source

    init(
        sources: [String: Source], intake: DeliveryIntake, journal: any Journal, effects: Effects, log: Log,
        onWork: @escaping @Sendable ([String]) -> Void
    ) {
        self.sources = sources
        self.intake = intake
        self.journal = journal
        self.effects = effects
        self.log = log
        self.onWork = onWork
    }

    func admit(_ head: RequestHead) -> ServerResponse? {
        if HealthPath(rawValue: head.path) != nil {
            return ["GET", "HEAD"].contains(head.method) ? nil : Answer.getOnly.response
        }
        guard sources[head.path] != nil else { return Answer.notFound.response }
        return head.method == "POST" ? nil : Answer.postOnly.response
    }

    func refusal(_ refusal: ServerRefusal) -> ServerResponse {
        log(.warning, "request.refused", ["code": refusal.code, "status": "\(refusal.status)"])
        return Answer.refusal(refusal).response
    }

    func handle(_ request: ServerRequest, reply: ServerReply) {
        if let health = HealthPath(rawValue: request.path) { return answer(health, reply) }
        guard let source = sources[request.path] else { return reply(Answer.notFound.response) }
        // The wall clock judges the signature's age; the store's times must not jump with it.
        let receivedAt = effects.steadyMilliseconds()
        do throws(VerificationError) {
            let proof = try source.verifier.verify(
                body: request.body.span, signatureHeaders: request.headers(named: OpenSenseHeader.signature),
                at: effects.unixMilliseconds() / 1_000)
            accept(request, source, proof, receivedAt, reply)
        } catch {
            refuse(request, source, error, receivedAt, reply)
        }
    }

    // MARK: Authentic requests

    private func accept(
        _ request: ServerRequest, _ source: Source, _ proof: VerifiedSignature, _ receivedAt: Int,
        _ reply: ServerReply
    ) {
        let headerID = request.header(OpenSenseHeader.deliveryID).flatMap { $0.isEmpty ? nil : $0 }
        let acceptance = intake.acceptance(
            body: request.body, path: request.path, headerID: headerID, proof: proof, receivedAt: receivedAt)
        if let name = disagreement(request, acceptance, headerID, proof) {
            log(.warning, "header.disagrees", ["delivery": acceptance.deliveryID, "header": name])
            if source.configuration.strictHeaders {
                return reply(Answer.headerDisagrees(name, acceptance.deliveryID).response)
            }
        }
        if case .step(let key, let step) = acceptance.content, !key.isMatchable, step.action != .annotate {
            // Nothing that comes later can name it again: a person has to close what it opens.
            log(.warning, "incident.unmatchable", ["delivery": acceptance.deliveryID, "key": key.text])
        }
        journal.accept(acceptance) { [log, onWork, effects] result in
            switch result {
            case .success(.accepted(let sequence, let verdict, let reason, let due)):
                let isUnderstood = verdict != .deadLetter
                let id = acceptance.deliveryID
                reply((isUnderstood ? Answer.accepted(id) : .notUnderstood(id)).response)
                Self.note(acceptance, verdict, reason, sequence, log)
                if !due.isEmpty { onWork(due) }
            case .success(.duplicate(let sequence)):
                reply(Answer.duplicate(acceptance.deliveryID).response)
                log(
                    .info, "delivery.duplicate",
                    ["delivery": acceptance.deliveryID, "sequence": "\(sequence)"])
            case .failure(let error):
                reply(Self.answer(error, effects).response)
                log(.error, "store.failed", ["code": error.kind.rawValue, "reason": error.description])
            }
        }
    }

    private static func note(
        _ acceptance: Acceptance, _ verdict: AcceptanceVerdict, _ reason: String?, _ sequence: Int, _ log: Log
    ) {
        let incident = if case .step(let key, _) = acceptance.content { key.text } else { "-" }
        log(
            reason != nil || verdict == .unrouted ? .warning : .info, "delivery.accepted",
            [
                "delivery": acceptance.deliveryID, "kind": acceptance.kind, "incident": incident,
                "verdict": verdict.rawValue, "reason": reason ?? "-", "sequence": "\(sequence)",
            ])
    }

    /// The unsigned header that says something else than what was signed, if one does.
    private func disagreement(
        _ request: ServerRequest, _ acceptance: Acceptance, _ headerID: String?, _ proof: VerifiedSignature
    ) -> String? {
        if let headerID, headerID != acceptance.deliveryID { return OpenSenseHeader.deliveryID }
        if let time = request.header(OpenSenseHeader.timestamp), Int(time) != proof.timestamp {
            return OpenSenseHeader.timestamp
        }
        return nil
    }

    private static func answer(_ error: StoreError, _ effects: Effects) -> Answer {
        guard error.kind == .overloaded else { return .storeUnavailable }
        // Spread out, so that what was turned away together does not come back together.
        return .overloaded(retryAfterSeconds: 1 + Int(effects.random() % 30))
    }

    // MARK: Everything else

    private func refuse(
        _ request: ServerRequest, _ source: Source, _ error: VerificationError, _ receivedAt: Int,
        _ reply: ServerReply
    ) {
        log(
            .warning, "delivery.refused",
            ["code": error.code, "path": request.path, "reason": error.description])
        switch error {
        case .timestampOutsideTolerance:
            // Signed by the sender, so its id can be believed and told.
            let id = (try? Delivery(body: request.body))?.id
            let isDeferred = source.configuration.staleness == .defer
            reply((isDeferred ? Answer.stale(id) : .staleRejected(id)).response)
        case .cryptographyUnavailable: reply(Answer.cryptographyUnavailable.response)
        case .signatureMismatch: quarantine(request, error, receivedAt, reply)
        default: reply(Answer.unauthenticated.response)
        }
    }

    /// Keeps what is signed by a secret that is not ours: should ours be the wrong one, nothing is lost.
    private func quarantine(
        _ request: ServerRequest, _ error: VerificationError, _ receivedAt: Int, _ reply: ServerReply
    ) {
        let names = [OpenSenseHeader.signature, OpenSenseHeader.deliveryID, OpenSenseHeader.timestamp]
        let header = names.compactMap { name in request.header(name).map { "\(name): \($0)" } }
        // By the wall clock, which judges its age when it is looked at again.
        let capture = QuarantinedRequest(
            receivedAt: effects.unixMilliseconds(), path: request.path, code: error.code,
            header: header.joined(separator: "\n"), body: request.body)
        journal.quarantine(capture) { [log, effects] result in
            switch result {
            case .success(.kept): reply(Answer.unauthenticated.response)
            case .success(.dropped):
                reply(Answer.unauthenticated.response)
                log(.warning, "quarantine.full", ["path": capture.path])
            case .failure(let error):
                // A refusal would lose for good what may be authentic; asked to, the sender tries again.
                reply(Self.answer(error, effects).response)
                log(.error, "store.failed", ["code": error.kind.rawValue, "reason": error.description])
            }
        }
    }

    private func answer(_ health: HealthPath, _ reply: ServerReply) {
        guard health == .ready else { return reply(Answer.healthy.response) }
        journal.probe(now: effects.steadyMilliseconds()) { result in
            switch result {
            case .success: reply(Answer.ready.response)
            case .failure: reply(Answer.storeUnavailable.response)
            }
        }
    }
}

/// The paths that tell how the relay is.
enum HealthPath: String {
    /// Whether the process is up.
    case healthy = "/healthz"
    /// Whether the store can commit.
    case ready = "/readyz"
}
