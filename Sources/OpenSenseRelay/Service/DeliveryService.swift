internal import AdapterKit
internal import HTTPClient
internal import OpenSenseWebhooks
internal import RelayCore
internal import Synchronization

/// Carries out what the ``Dispatcher`` decides.
///
/// One task owns it and takes inputs one by one; journal, client and timers answer from their own threads by
/// adding inputs.
final class DeliveryService: Sendable {
    private let journal: any Journal
    private let client: HTTPClient
    private let vitals: VitalSigns
    private let effects: Effects
    private let observe: @Sendable (RelayEvent) -> Void
    private let inputs: AsyncStream<Dispatcher.Input>
    private let add: AsyncStream<Dispatcher.Input>.Continuation
    private let bell = Mutex(WorkBell())
    private let signs = Mutex(TroubleSigns())

    init(
        journal: any Journal, client: HTTPClient, vitals: VitalSigns, effects: Effects,
        observe: @escaping @Sendable (RelayEvent) -> Void
    ) {
        self.journal = journal
        self.client = client
        self.vitals = vitals
        self.effects = effects
        self.observe = observe
        (inputs, add) = AsyncStream.makeStream()
    }

    /// Reports that these destinations may have work that is due.
    func workIsDue(_ destinations: [String]) {
        if bell.withLock({ $0.ring(destinations) }) { add.yield(.workIsDue) }
    }

    /// Keeps what an event is a sign of, until the next turn.
    func note(_ event: RelayEvent) {
        guard let sign = TroubleSign(event) else { return }
        signs.withLock { $0.note(sign) }
    }

    /// Keeps what a request says of its source, until the next turn.
    func hear(_ voice: SourceVoice) { signs.withLock { $0.hear(voice) } }

    /// Starts nothing new; ``run(_:)`` returns when the running requests have ended.
    func drain() { add.yield(.drain) }

    /// Has ``run(_:)`` return also when what is running does not end.
    func abandon() { add.finish() }

    /// Dispatches until drained.
    func run(_ dispatcher: Dispatcher) async {
        var dispatcher = dispatcher
        add.yield(.tick)  // work that an earlier process left
        await withDiscardingTaskGroup { group in
            for await input in inputs {
                // In this order: a request must not seem to be decided on later than its lease was looked at.
                let since = ContinuousClock.now
                let now = effects.now
                let seen = signs.withLock { $0.take() }
                let outputs = dispatcher.handle(input, at: now, signs: seen) { idle in
                    bell.withLock { $0.take(for: idle) }
                }
                vitals.turned(at: now.steady)
                for output in outputs { perform(output, since: since, in: &group) }
                if case .ended? = outputs.last { break }
            }
            group.cancelAll()
        }
    }

    private func perform(
        _ output: Dispatcher.Output, since: ContinuousClock.Instant, in group: inout DiscardingTaskGroup
    ) {
        switch output {
        case .journal(let operation):
            journal.submit(operation) { [add] in add.yield(.completed(operation, $0)) }
        case .send(let job, let request): send(request, of: job, since: since)
        case .observe(let event): observe(event)
        case .wake(let milliseconds):
            group.addTask(name: "wake deliveries") { [effects, add] in
                do { try await effects.sleep(milliseconds) } catch { return }
                add.yield(.tick)
            }
        case .ended: break
        }
    }

    private func send(_ request: OutboundRequest, of job: LeasedJob, since: ContinuousClock.Instant) {
        let start = effects.steadyTime()
        client.send(ClientRequest(request, since: since)) { [add, effects] result in
            let milliseconds = effects.steadyTime().milliseconds(since: start)
            switch result {
            case .success(let response):
                add.yield(.answered(job, VendorResponse(response), milliseconds: milliseconds))
            case .failure(let failure):
                let why = Unreachable(failure, reason: request.mask(failure.message))
                add.yield(.unreachable(job, why, milliseconds: milliseconds))
            }
        }
    }
}

extension ClientRequest {
    /// A vendor's request as the client sends it, decided on at `since`.
    init(_ request: OutboundRequest, since: ContinuousClock.Instant) {
        self.init(
            method: request.method.rawValue, url: request.url,
            headers: request.fields + [HeaderField("User-Agent", Version.userAgent)],
            body: request.sentBody, needsNewConnection: request.needsNewConnection, since: since)
    }
}

extension Unreachable {
    /// Why the client has no answer.
    init(_ failure: ClientFailure, reason: String) {
        self.init(
            code: failure.code, reason: reason, mayHaveArrived: !failure.isUnsent,
            isOfRequest: failure.isInvalid)
    }
}

extension VendorResponse {
    init(_ response: ClientResponse) {
        self.init(status: response.status, fields: response.headers, body: response.body)
    }
}
