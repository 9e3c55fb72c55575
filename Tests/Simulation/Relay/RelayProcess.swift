internal import AdapterKit
internal import OpenSenseWebhooks
internal import RelayCore

/// One life of the relay: its intake, dispatcher and journal with the threads, timers and sockets of a
/// simulated machine.
final class RelayProcess {
    /// How long a request may go unanswered, in milliseconds.
    private static let answerMilliseconds = 4_000
    /// How long a vendor may take, in milliseconds.
    private static let vendorMilliseconds = 10_000
    /// How long a resolver looks for a name that it does not know, in milliseconds.
    private static let resolverMilliseconds = 5_000

    let number: Int
    let configuration: RelayConfiguration
    let journal: SimulatedJournal
    private(set) var isAlive = true
    private(set) var isDraining = false
    private let host: RelayHost
    private let intake: Intake
    private var dispatcher: Dispatcher
    private var bell = WorkBell()
    private let outbox = Outbox()
    private var isCommitting = false
    /// Whether a batch is about to be committed.
    private var isCommitPlanned = false
    private var answers: [Int: (RelayAnswer) -> Void] = [:]
    private var requestCount = 0
    private var sending: [Int: LeasedJob] = [:]
    private var sendCount = 0

    init(host: RelayHost, number: Int, configuration: RelayConfiguration) throws(StoreError) {
        (self.host, self.number, self.configuration) = (host, number, configuration)
        // Two webhooks of one account.
        let judge = host.judge(configuration)
        let paths = [WireRequest.path, WireRequest.secondPath, SecondAccount.path]
        intake = Intake(
            sources: Dictionary(uniqueKeysWithValues: paths.map { ($0, judge) }),
            router: configuration.router, accounts: [SecondAccount.path: SecondAccount.name])
        journal = try SimulatedJournal(
            host: host, destinations: Set(configuration.destinations), now: host.clocks.wall)
        let engine = DeliveryEngine(
            destinations: configuration.destinations.map {
                host.destination($0, in: configuration)
            }, policy: RetryPolicy(), seed: host.random.next(), now: host.clocks,
            pollMilliseconds: host.rhythm.pollMilliseconds)
        dispatcher = Dispatcher(
            engine: engine, intake: intake, rhythm: host.rhythm, now: host.clocks.steady)
    }

    func start() { feed(.tick) }

    /// The process is gone; nothing of it happens any more.
    func end() { isAlive = false }

    /// Whether nothing is running, and nothing will until a request arrives.
    var isQuiet: Bool {
        dispatcher.isIdle && bell.isSilent && journal.waitingCount == 0 && !isCommitting
            && !journal.hasWork(for: configuration.destinations)
    }

    private func after(_ milliseconds: Int, _ body: @escaping (RelayProcess) -> Void) {
        host.agenda.after(milliseconds) { [weak self] in
            guard let self, self.isAlive else { return }
            body(self)
        }
    }

    // MARK: Requests

    func receive(_ request: WireRequest, answer: @escaping (RelayAnswer) -> Void) {
        guard !isDraining else { return answer(RelayAnswer(status: 503, code: "draining")) }
        let decision = intake.decide(request.received, at: host.clocks.wall)
        switch decision.next {
        case .answer(let given): answer(RelayAnswer(given))
        case .submit(let operation):
            requestCount += 1
            let number = requestCount
            answers[number] = answer
            after(Self.answerMilliseconds) { $0.reply(number, RelayAnswer(status: 503, code: "timed-out")) }
            submit(operation, for: number)
            if host.mutation == .acknowledgeEarly {
                reply(number, RelayAnswer(status: 200, code: "too-early"))
            }
        }
    }

    private func reply(_ number: Int, _ answer: RelayAnswer) { answers.removeValue(forKey: number)?(answer) }

    // MARK: The journal

    private func submit(_ operation: JournalOperation, for request: Int?) {
        guard let done = mutated(operation) else {
            let forgotten = Outbox.Message(request: request, operation: operation, result: .success(.done))
            return after(1) { $0.complete(forgotten) }
        }
        journal.submit(done) { [outbox] result in
            outbox.add(Outbox.Message(request: request, operation: operation, result: result))
        }
        // Nothing but what was turned away is complete at once.
        outbox.removeAll().forEach(complete)
        pump()
    }

    private func pump() {
        guard !isCommitting, journal.waitingCount > 0 else { return }
        (isCommitting, isCommitPlanned) = (true, true)
        after(host.commitMilliseconds()) { process in
            if process.isCommitPlanned { process.commit() }
        }
    }

    /// Takes jobs in the middle of another relay's transaction, if that is what is to be done next.
    func leaseMeanwhile() {
        if isAlive, isCommitPlanned, journal.waitsForLeasesAlone { commit() }
    }

    private func commit() {
        isCommitPlanned = false
        journal.commit(now: host.clocks.wall)
        let messages = outbox.removeAll()
        guard !host.stopIfDiskDid() else { return }
        after(host.syncMilliseconds()) { process in
            process.isCommitting = false
            for message in messages where process.isAlive { process.complete(message) }
            guard process.isAlive else { return }
            if process.host.random.chance(50) {
                process.journal.checkpoint()
                guard !process.host.stopIfDiskDid() else { return }
            }
            process.pump()
        }
    }

    private func complete(_ message: Outbox.Message) {
        guard let number = message.request else { return completeOwn(message) }
        let conclusion = Intake.conclude(
            message.operation, from: WireRequest.origin, message.result, random: host.random.next())
        if host.mutation == .acknowledgeFailures, case .failure = message.result {
            reply(number, RelayAnswer(status: 200, code: "accepted"))
        }
        reply(number, RelayAnswer(conclusion.answer))
        guard host.mutation != .loseWakeUps else { return }
        if bell.ring(conclusion.due) { feed(.workIsDue) }
    }

    private func completeOwn(_ message: Outbox.Message) {
        if case .success(.requests(let requests)) = message.result,
            !(requests.captures.isEmpty && requests.deliveries.isEmpty)
        {
            host.requestsWereTaken()
            if host.mutation == .settleFirst { requests.captures.forEach(settle) }
        }
        feed(.completed(message.operation, message.result))
    }

    // MARK: Faults put in on purpose

    /// The operation that is done instead; nil for none.
    private func mutated(_ operation: JournalOperation) -> JournalOperation? {
        switch (host.mutation, operation) {
        case (.misdateQuarantine, .quarantine(var capture)):
            capture.receivedAt = capture.receivedAt.adding(milliseconds: 3_600_000)
            return .quarantine(capture)
        case (.forgetReleases, .release): return nil
        case (.forgetProgress, .advance(let held, _, let now)):
            return .renew(held, now: now, leaseMilliseconds: DeliveryEngine.leaseMilliseconds)
        default: return operation
        }
    }

    private func settle(_ capture: PeopleRequests.Capture) {
        journal.submit(.settle(.captureAccepted(number: capture.number))) { _ in }
    }

    // MARK: Dispatching

    private func feed(_ input: Dispatcher.Input) {
        let outputs = dispatcher.handle(input, at: host.clocks) { bell.take(for: $0) }
        for output in outputs where isAlive { perform(output) }
    }

    private func perform(_ output: Dispatcher.Output) {
        switch output {
        case .journal(let operation): submit(operation, for: nil)
        case .send(let job, let request): send(request, of: job)
        case .observe: break
        case .wake(let milliseconds): after(milliseconds) { $0.feed(.tick) }
        case .ended: close()
        }
    }

    private func send(_ request: OutboundRequest, of job: LeasedJob) {
        sendCount += 1
        let number = sendCount
        sending[number] = job
        let isNameless = host.failsToResolve(request)
        after(isNameless ? Self.resolverMilliseconds : Self.vendorMilliseconds) {
            $0.unreachable(number, isNameless ? "name-unknown" : "timeout")
        }
        host.send(request, from: self.number) { [weak self] response in
            guard let self, self.isAlive, let job = self.sending.removeValue(forKey: number) else {
                return false
            }
            self.feed(.answered(job, response, milliseconds: 1))
            return true
        }
    }

    private func unreachable(_ number: Int, _ code: String) {
        guard let job = sending.removeValue(forKey: number) else { return }
        feed(.unreachable(job, Unreachable(code: code, reason: ""), milliseconds: 1))
    }

    // MARK: Stopping

    /// As on SIGTERM.
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
        while journal.waitingCount > 0 { journal.commit(now: host.clocks.wall) }
        journal.checkpoint(truncating: true)
        guard !host.stopIfDiskDid() else { return }
        host.processEnded()
    }
}
