internal import HTTPServer
internal import HeaderFields
internal import OpenSenseWebhooks
internal import RelayCore
internal import Synchronization

/// Carries requests from the server to ``Intake`` and the journal, and the answers back.
final class IntakeHandler: ServerHandler {
    private let current: CurrentGeneration
    private let journal: any Journal
    private let effects: Effects
    private let observe: @Sendable (RelayEvent) -> Void
    private let onWork: @Sendable ([String]) -> Void
    /// Hears what requests say of their sources; nil where that is not asked for.
    private let onHeard: (@Sendable (SourceVoice) -> Void)?
    private let strays = Mutex(StrayBudget())
    private let rest = Mutex(QuarantineRest())
    private let readiness = Readiness()
    /// What is to be submitted when the server's turn ends.
    private let pending = Mutex<[Pending]>([])
    /// Whether readiness is asked for at another address alone.
    private let hidesReadiness: Bool

    init(
        current: CurrentGeneration, journal: any Journal, effects: Effects,
        observe: @escaping @Sendable (RelayEvent) -> Void, onWork: @escaping @Sendable ([String]) -> Void,
        onHeard: (@Sendable (SourceVoice) -> Void)?, hidesReadiness: Bool
    ) {
        self.current = current
        self.journal = journal
        self.effects = effects
        self.observe = observe
        self.onWork = onWork
        self.onHeard = onHeard
        self.hidesReadiness = hidesReadiness
    }

    func admit(_ head: RequestHead) -> ServerResponse? {
        if hidesReadiness, HealthPath(rawValue: head.path) == .ready {
            return refuse(head.peer, head.path, .notFound, code: WebhookResponse.notFound.code)
        }
        return judge(head)
    }

    /// Whether a request is read, wherever readiness is asked for; nil for yes.
    func judge(_ head: RequestHead) -> ServerResponse? {
        if let name = head.headers.repeatedName(withPrefix: OpenSenseHeader.prefix) {
            return refuseRepeated(name, head)
        }
        let intake = current.value.intake
        let signatures = head.headers.values(named: OpenSenseHeader.signature)
        guard let answer = intake.refusal(method: head.method, path: head.path) else {
            let origin = RequestOrigin(peer: head.peer, path: head.path)
            guard let refusal = intake.refusalOfForm(origin, signatureHeaders: signatures) else { return nil }
            observe(refusal.event)
            return refusal.answer.response
        }
        guard intake.mayBeStray(answer, method: head.method, signatureHeaders: signatures) else {
            return refuse(head.peer, head.path, answer, code: answer.code)
        }
        let isAdmitted =
            head.contentLength ?? 0 <= StrayRequest.bodyBytesMax
            && strays.withLock { $0.take(at: effects.now.steady) }
        let later = WebhookResponse.pathUnknown
        return isAdmitted ? nil : refuse(head.peer, head.path, later, code: later.code)
    }

    /// Two of one name could each be read as the one that counts.
    private func refuseRepeated(_ name: String, _ head: RequestHead) -> ServerResponse {
        let answer = WebhookResponse.headerRepeated(name)
        var response = refuse(head.peer, head.path, answer, code: answer.code)
        response.closesConnection = true
        return response
    }

    func refusal(_ refusal: ServerRefusal, peer: String, target: String) -> ServerResponse {
        refuse(
            peer, RequestTarget.path(of: target), .refusal(refusal, random: effects.random()),
            code: refusal.code)
    }

    func note(_ notice: ServerNotice) {
        switch notice {
        case .brokenOff(let peer, let target): observe(unfinished(peer, target, "broken-off"))
        case .tooSlow(let peer, let target): observe(unfinished(peer, target, "too-slow"))
        case .crowdedOut(let peer, let target): observe(unfinished(peer, target, "crowded-out"))
        case .crowded(let closed): observe(.connectionsCrowded(closed: closed))
        case .handshakeFailed(let peer, let reason): observe(.handshakeFailed(peer: peer, reason: reason))
        }
    }

    private func unfinished(_ peer: String, _ target: String, _ code: String) -> RelayEvent {
        .requestUnfinished(RequestOrigin(peer: peer, path: RequestTarget.path(of: target)), code: code)
    }

    /// Refuses a request before it is read.
    func refuse(
        _ peer: String, _ path: String, _ answer: WebhookResponse, code: String
    ) -> ServerResponse {
        observe(.requestRefused(RequestOrigin(peer: peer, path: path), code: code, status: answer.status))
        return answer.response
    }

    func handle(_ request: ServerRequest, reply: ServerReply) {
        let origin = RequestOrigin(peer: request.peer, path: request.path)
        let webhook = WebhookRequest(
            method: request.method, body: request.body,
            signatureHeaders: request.headers(named: OpenSenseHeader.signature),
            deliveryIDHeader: request.header(OpenSenseHeader.deliveryID),
            timestampHeader: request.header(OpenSenseHeader.timestamp))
        let decision = current.value.intake.decide(
            Intake.Request(origin: origin, webhook: webhook), at: effects.wallTime())
        decision.events.forEach(observe)
        if let onHeard, let voice = decision.voice { onHeard(voice) }
        switch decision.next {
        case .answer(let answer): reply(answer.response)
        case .submit(.probe(let now)):
            readiness.answer({ reply($0.response) }, at: effects.now.steady) { [journal, effects] found in
                let operation = JournalOperation.probe(now: now)
                journal.submit(operation) { result in
                    found(
                        Intake.conclude(operation, from: origin, result, random: effects.random()).answer)
                }
            }
        case .submit(let operation):
            let request = Pending(operation: operation, origin: origin, reply: reply)
            if case .quarantine(let capture) = operation, isResting(capture.path) {
                conclude([request], [.success(.quarantined(.dropped))])
            } else {
                add(request)
            }
        }
    }

    /// Whether the quarantine had no room for a source's requests a moment ago.
    private func isResting(_ path: String) -> Bool {
        rest.withLock { $0.isOn(path, at: effects.now.steady) }
    }

    /// A request whose operation is not submitted yet.
    private struct Pending: Sendable {
        let operation: JournalOperation
        let origin: RequestOrigin
        let reply: ServerReply
    }

    private func add(_ request: Pending) {
        let isFull = pending.withLock { pending in
            pending.append(request)
            return pending.count >= Self.groupMax
        }
        if isFull { submit() }
    }

    func turnEnded() { submit() }

    /// Submits what has gathered: requests that were ready together share a commit and are answered together.
    private func submit() {
        let group = pending.withLock { pending in
            defer { pending = [] }
            return pending
        }
        guard !group.isEmpty else { return }
        journal.submit(group.map(\.operation)) { [self] results in
            conclude(group, results)
            noteRest(group, results)
        }
    }

    /// How many are submitted together: the store begins with them while others are read, and where one
    /// operation fails, no more than so many wait until each is done alone.
    private static let groupMax = 8

    private func conclude(_ batch: [Pending], _ results: [Result<JournalResult, StoreError>]) {
        let conclusions = zip(batch, results).map { request, result in
            Intake.conclude(request.operation, from: request.origin, result, random: effects.random())
        }
        ServerReply.send(zip(batch, conclusions).map { ($0.reply, $1.answer.response) })
        var due: Set<String> = []
        for conclusion in conclusions {
            conclusion.events.forEach(observe)
            due.formUnion(conclusion.due)
        }
        if !due.isEmpty { onWork(due.sorted()) }
    }

    /// Notes where the store had no room; what is turned away without it must not keep that up.
    private func noteRest(_ batch: [Pending], _ results: [Result<JournalResult, StoreError>]) {
        for (request, result) in zip(batch, results) {
            guard case .quarantine(let capture) = request.operation,
                case .success(.quarantined(.dropped)) = result
            else { continue }
            rest.withLock { $0.begin(capture.path, at: effects.now.steady) }
        }
    }
}
