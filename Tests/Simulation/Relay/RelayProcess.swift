internal import AdapterKit
internal import OpenSenseRelay
internal import OpenSenseWebhooks
internal import RelayCore

/// One life of the relay: what the shipping hosts do with their threads, in one thread on simulated time.
final class RelayProcess {
    /// How long a request may go unanswered, in milliseconds.
    static let answerMilliseconds = 4_000
    /// How long a vendor may take, in milliseconds.
    static let vendorMilliseconds = 10_000
    /// How often old entries are forgotten, in milliseconds.
    static let pruneMilliseconds = 3_600_000
    /// How long the journal is not polled while no work is expected, in milliseconds: shortens quiet days.
    static let quietMilliseconds = 600_000

    let number: Int
    let configuration: RelayConfiguration
    let journal: SimulatedJournal
    private(set) var isAlive = true
    private(set) var isDraining = false
    private let host: RelayHost
    private let intake: DeliveryIntake
    private let verifier: WebhookVerifier
    /// When the time that the relay has run was last counted.
    private var countedAt: SteadyTime
    private var engine: DeliveryEngine
    private var isCommitting = false
    private var answers: [Int: (RelayAnswer) -> Void] = [:]
    private var requestCount = 0
    private var sending: [Int: Int] = [:]
    private var sendCount = 0
    private var due: Set<String> = []
    private var wakeAt: SteadyTime?
    private var wakeCount = 0
    /// When each destination has work again, as of the last look at the journal.
    private var nextDue: [String: SteadyTime] = [:]

    init(host: RelayHost, number: Int, configuration: RelayConfiguration) throws(StoreError) {
        (self.host, self.number, self.configuration) = (host, number, configuration)
        countedAt = host.clocks.steady
        verifier = host.verifier
        intake = DeliveryIntake(router: configuration.router)
        journal = try SimulatedJournal(
            disk: host.disk, destinations: Set(configuration.destinations),
            ledgerGeneration: host.machine.ledgerGeneration, mutation: host.mutation,
            now: host.clocks.wall)
        engine = DeliveryEngine(
            destinations: configuration.destinations.map {
                host.destination($0, among: configuration.destinations)
            }, policy: RetryPolicy(), seed: host.random.next(), now: host.clocks)
    }

    private var now: ClockReading { host.clocks }

    func start() {
        feed(.tick)
        prune()
    }

    /// The process is gone; nothing of it happens any more.
    func end() { isAlive = false }

    private func after(_ milliseconds: Int, _ body: @escaping (RelayProcess) -> Void) {
        host.agenda.after(milliseconds) { [weak self] in
            guard let self, self.isAlive else { return }
            body(self)
        }
    }

    // MARK: Requests

    func receive(_ request: WireRequest, answer: @escaping (RelayAnswer) -> Void) {
        guard !isDraining else { return answer(RelayAnswer(status: 503, code: "draining")) }
        requestCount += 1
        let number = requestCount
        do throws(VerificationError) {
            let proof = try verifier.verify(
                body: request.body.span, signatureHeaders: [request.signature],
                at: now.wall.unixSeconds)
            guard journal.waitingCount < host.machine.waitingMax else {
                return answer(
                    RelayAnswer(
                        status: 429, code: "overloaded", retryAfterSeconds: 1 + host.random.between(0...29)))
            }
            answers[number] = answer
            journal.accept(
                intake.acceptance(
                    body: request.body, path: "/opensense", headerID: request.deliveryID, proof: proof,
                    receivedAt: now.wall), request: number)
        } catch {
            guard case .signatureMismatch = error else {
                return answer(RelayAnswer(status: 429, code: error.code, retryAfterSeconds: 60))
            }
            answers[number] = answer
            journal.quarantine(
                QuarantinedRequest(
                    receivedAt: now.wall, path: "/opensense", code: error.code, header: "", body: request.body
                ),
                request: number)
        }
        if host.mutation == .acknowledgeEarly { reply(number, RelayAnswer(status: 200, code: "too-early")) }
        after(Self.answerMilliseconds) { $0.reply(number, RelayAnswer(status: 503, code: "timed-out")) }
        pump()
    }

    private func reply(_ number: Int, _ answer: RelayAnswer) { answers.removeValue(forKey: number)?(answer) }

    // MARK: The journal

    private func pump() {
        guard !isCommitting, journal.waitingCount > 0 else { return }
        isCommitting = true
        after(host.random.between(0...2)) { $0.commit() }
    }

    private func commit() {
        journal.commit(atMost: host.machine.batchMax, now: now.wall)
        let messages = journal.outbox.removeAll()
        guard !host.stopIfDiskDid() else { return }
        after(host.syncMilliseconds()) { process in
            process.isCommitting = false
            for message in messages where process.isAlive { process.handle(message) }
            guard process.isAlive else { return }
            if process.host.random.chance(50) {
                process.journal.checkpoint()
                guard !process.host.stopIfDiskDid() else { return }
            }
            process.pump()
        }
    }

    private func handle(_ message: Outbox.Message) {
        switch message {
        case .accepted(let request, .success(.accepted(_, let verdict, _, let due))):
            reply(
                request,
                RelayAnswer(status: 200, code: verdict == .deadLetter ? "not-understood" : "accepted"))
            workIsDue(due)
        case .accepted(let request, .success(.duplicate)):
            reply(request, RelayAnswer(status: 200, code: "duplicate"))
        case .accepted(let request, .failure(let error)), .quarantined(let request, .failure(let error)):
            host.chronicle.log("relay \(number): the store failed: \(error.description)")
            reply(request, RelayAnswer(status: 503, code: "store-unavailable"))
        case .quarantined(let request, .success):
            reply(request, RelayAnswer(status: 401, code: "unauthenticated"))
        case .delivery(let input): feed(input)
        case .pruned(.success(let looked)) where looked > 0: prune()
        case .pruned: after(Self.pruneMilliseconds) { $0.prune() }
        }
    }

    private func prune() {
        let now = now
        journal.prune(now: now.wall, running: now.steady.milliseconds(since: countedAt))
        countedAt = now.steady
        pump()
    }

    // MARK: Delivering

    /// As `DeliveryService` does: the engine is woken only for a destination that could take work.
    private func workIsDue(_ destinations: [String]) {
        due.formUnion(destinations)
        if !due.isDisjoint(with: engine.idleDestinations(at: now.steady)) { feed(.workIsDue([])) }
    }

    private func feed(_ input: DeliveryEngine.Input) {
        recordTimes(input)
        let now = now
        for output in engine.handle(input, at: now) { perform(output, now) }
        while true {
            let ready = due.intersection(engine.idleDestinations(at: now.steady)).sorted()
            guard !ready.isEmpty else { break }
            due.subtract(ready)
            for output in engine.handle(.workIsDue(ready), at: now) { perform(output, now) }
        }
        if isDraining, engine.isIdle { return close() }
        scheduleTick(now.steady)
    }

    private func scheduleTick(_ now: SteadyTime) {
        guard var next = engine.nextTick(at: now) else { return }
        if engine.isIdle, due.isEmpty, journal.waitingCount == 0 {
            let quietUntil = now.adding(milliseconds: Self.quietMilliseconds)
            let expected = configuration.destinations.map { nextDue[$0] ?? now }.min() ?? quietUntil
            next = max(next, min(expected, quietUntil))
        }
        guard next != wakeAt else { return }
        wakeAt = next
        wakeCount += 1
        let number = wakeCount
        after(max(next.milliseconds(since: now), 1)) { process in
            guard number == process.wakeCount else { return }
            process.wakeAt = nil
            process.feed(.tick)
        }
    }

    private func recordTimes(_ input: DeliveryEngine.Input) {
        switch input {
        case .completed(.lease(let destination, _, _, _), .success(.leased(let lease))):
            nextDue[destination] = lease.nextDueInMilliseconds.map(now.steady.adding(milliseconds:)) ?? .never
        case .completed(.lease(let destination, _, _, _), .failure): nextDue[destination] = nil
        default: break
        }
    }

    private func perform(_ output: DeliveryEngine.Output, _ now: ClockReading) {
        switch output {
        case .journal(let operation): submit(operation, now)
        case .send(let job, let request): send(job.id, request)
        }
        pump()
    }

    private func submit(_ operation: JournalOperation, _ now: ClockReading) {
        if case .finish(let report, _) = operation {
            let destination = report.reference.destination
            switch report.outcome {
            case .retry(let wait, _):
                let at = now.steady.adding(milliseconds: wait)
                nextDue[destination] = min(nextDue[destination] ?? at, at)
            case .dead(let letter): if let failover = letter.failover { nextDue[failover] = now.steady }
            case .delivered: break
            }
        }
        journal.submit(operation)
    }

    private func send(_ job: Int, _ request: OutboundRequest) {
        sendCount += 1
        let number = sendCount
        sending[number] = job
        after(Self.vendorMilliseconds) { $0.unreachable(number, "timed out") }
        host.send(request, from: self.number) { [weak self] response in
            guard let self, self.isAlive, let job = self.sending.removeValue(forKey: number) else {
                return false
            }
            self.feed(.answered(job: job, response))
            return true
        }
    }

    private func unreachable(_ number: Int, _ reason: String) {
        guard let job = sending.removeValue(forKey: number) else { return }
        feed(.unreachable(job: job, reason: reason))
    }

    /// Whether nothing is running, and no work is expected until a request arrives.
    var isQuiet: Bool {
        engine.isIdle && due.isEmpty && journal.waitingCount == 0 && !isCommitting
            && configuration.destinations.allSatisfy { nextDue[$0] == .never }
    }

    // MARK: Stopping

    /// As `Relay.serve` does on SIGTERM.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        feed(.drain)
        after(5_000) { process in
            for number in process.sending.keys.sorted() where process.isAlive {
                process.unreachable(number, "closed")
            }
        }
        // A supervisor's patience.
        after(10_000) { $0.host.kill(powerIsLost: false) }
    }

    private func close() {
        while journal.waitingCount > 0 { journal.commit(atMost: host.machine.batchMax, now: now.wall) }
        journal.checkpoint(truncating: true)
        guard !host.stopIfDiskDid() else { return }
        host.processEnded()
    }
}

extension SteadyTime {
    /// Later than any time of a simulation.
    static let never = SteadyTime(milliseconds: .max)
}
