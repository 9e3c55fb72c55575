internal import AdapterKit
internal import HTTPClient
internal import HeaderFields
internal import OpenSenseWebhooks
internal import RelayCore
internal import Synchronization

/// Carries out what the delivery engine decides: leases from the journal, requests to vendors, outcomes back.
///
/// One task owns the engine and takes inputs one by one; journal and client answer from their own threads by
/// adding inputs.
final class DeliveryService: Sendable {
    private let journal: any Journal
    private let client: HTTPClient
    private let effects: Effects
    private let observe: @Sendable (RelayEvent) -> Void
    private let inputs: AsyncStream<DeliveryEngine.Input>
    private let add: AsyncStream<DeliveryEngine.Input>.Continuation
    private let mailbox = Mutex(Mailbox())

    /// Between the threads that accept and the task that delivers.
    private struct Mailbox {
        /// Destinations that may have work and were not yet reported to the engine.
        var due: Set<String> = []
        /// Idle destinations: news of work for one of them wakes the engine.
        var listening: Set<String> = []
    }

    init(
        journal: any Journal, client: HTTPClient, effects: Effects,
        observe: @escaping @Sendable (RelayEvent) -> Void
    ) {
        self.journal = journal
        self.client = client
        self.effects = effects
        self.observe = observe
        (inputs, add) = AsyncStream.makeStream()
    }

    /// Reports that these destinations may have work that is due.
    ///
    /// The engine is woken only for one that could take it at once; the others ask when they can.
    func workIsDue(_ destinations: [String]) {
        let isWanted = mailbox.withLock { mailbox in
            mailbox.due.formUnion(destinations)
            guard !mailbox.listening.isDisjoint(with: destinations) else { return false }
            mailbox.listening = []
            return true
        }
        if isWanted { add.yield(.workIsDue([])) }
    }

    /// Looks for work that an earlier process left.
    func start() { add.yield(.tick) }

    /// Starts nothing new; ``run(_:)`` returns when the running requests have ended.
    func drain() { add.yield(.drain) }

    /// Delivers until drained.
    func run(_ engine: DeliveryEngine) async {
        var engine = engine
        var isDraining = false
        var wakeAt: SteadyTime?
        var resting: Set<String> = []
        await withDiscardingTaskGroup { group in
            for await input in inputs {
                // In this order: a request must not seem to be decided on later than its lease was looked at.
                let since = ContinuousClock.now
                let reading = effects.now
                let now = reading.steady
                if case .drain = input { isDraining = true }
                for output in engine.handle(input, at: reading) { perform(output, at: reading, since: since) }
                while let due = work(for: engine.idleDestinations(at: now)) {
                    for output in engine.handle(.workIsDue(due), at: reading) {
                        perform(output, at: reading, since: since)
                    }
                }
                reportChanges(ofResting: engine.restingDestinations(at: now), before: &resting)
                if isDraining, engine.isIdle { break }
                if let due = wakeAt, now >= due { wakeAt = nil }
                if let next = engine.nextTick(at: now), wakeAt.map({ next < $0 }) ?? true {
                    wakeAt = next
                    let wait = max(next.milliseconds(since: now), 1)
                    group.addTask(name: "wake deliveries") { [effects, add] in
                        do { try await effects.sleep(wait) } catch { return }
                        add.yield(.tick)
                    }
                }
            }
            group.cancelAll()
        }
    }

    /// Those of the idle destinations that have been said to have work; nil for none, and then the next word
    /// of it wakes the engine.
    private func work(for idle: [String]) -> [String]? {
        mailbox.withLock { mailbox in
            let due = mailbox.due.intersection(idle)
            mailbox.due.subtract(due)
            mailbox.listening = due.isEmpty ? Set(idle) : []
            return due.isEmpty ? nil : Array(due)
        }
    }

    private func perform(
        _ output: DeliveryEngine.Output, at now: ClockReading, since: ContinuousClock.Instant
    ) {
        switch output {
        case .journal(let operation): submit(operation)
        case .send(let job, let request): send(job, request, at: now, since: since)
        }
    }

    private func submit(_ operation: JournalOperation) {
        journal.submit(operation) { [self] result in
            switch (operation, result) {
            case (.lease, .success(.leased(let lease))):
                for job in lease.jobs { observe(.jobLeased(JobReference(job))) }
            case (.finish(let report, _), .success(.finished(.recorded))):
                observe(Self.event(report))  // only now is it true
            case (.finish(let report, _), .success(.finished(.leaseLost))):
                observe(.jobLeaseLost(report.reference))
            default: break  // a failure is reported by the journal, and met by the engine
            }
            add.yield(.completed(operation, result))
        }
    }

    private func send(
        _ job: LeasedJob, _ request: OutboundRequest, at now: ClockReading, since: ContinuousClock.Instant
    ) {
        let fields = request.fields.map { HeaderField($0.name, $0.value) }
        let outgoing = ClientRequest(
            method: request.method.rawValue, url: request.url,
            headers: fields + [HeaderField("User-Agent", Version.userAgent)],
            body: request.sentBody, needsNewConnection: request.needsNewConnection, since: since)
        client.send(outgoing) { [add, observe, effects] result in
            let milliseconds = effects.steadyTime().milliseconds(since: now.steady)
            let outcome =
                switch result {
                case .success(let response): "\(response.status)"
                case .failure(let failure): failure.code
                }
            observe(
                .attemptMade(
                    JobReference(job), Attempt(outcome: outcome, milliseconds: milliseconds)))
            switch result {
            case .success(let response):
                let fields = response.headers.map { HeaderField($0.name, $0.value) }
                add.yield(
                    .answered(
                        job: job.id,
                        VendorResponse(status: response.status, fields: fields, body: response.body)
                    ))
            case .failure(let failure):
                add.yield(
                    .unreachable(job: job.id, reason: "\(failure.code): \(request.mask(failure.message))"))
            }
        }
    }

    /// Reports when a destination is paused and when it is resumed.
    private func reportChanges(ofResting now: Set<String>, before: inout Set<String>) {
        guard now != before else { return }
        for name in now.subtracting(before).sorted() { observe(.destinationPaused(name: name)) }
        for name in before.subtracting(now).sorted() { observe(.destinationResumed(name: name)) }
        before = now
    }

    private static func event(_ report: JobReport) -> RelayEvent {
        let job = report.reference
        return switch report.outcome {
        case .delivered: .jobDelivered(job)
        case .retry(let wait, let reason): .jobRetried(job, inMilliseconds: wait, reason: reason)
        case .dead(let letter):
            .jobDead(
                job, follows: letter.failover ?? (letter.holdsLane ? "held" : "sent"), reason: letter.reason)
        }
    }
}
