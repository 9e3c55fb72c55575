package import AdapterKit
package import OpenSenseWebhooks

/// Everything that a relay does of itself: deliver, process again what people ask for, forget what is old.
///
/// A state machine without I/O or clock around ``DeliveryEngine``: a host hands it what happened and carries
/// out what comes of it, in this order.
package struct Dispatcher: Sendable {
    /// What happened.
    package enum Input: Sendable {
        /// There is work, or has been since the start: the ``WorkBell`` rang.
        case workIsDue
        /// What the journal made of an operation.
        case completed(JournalOperation, Result<JournalResult, StoreError>)
        /// A vendor answered, after so many milliseconds.
        case answered(LeasedJob, VendorResponse, milliseconds: Int)
        /// A vendor could not be reached or did not answer.
        case unreachable(LeasedJob, Unreachable, milliseconds: Int)
        /// Time has passed.
        case tick
        /// Sources, routes and destinations are these from now on; what is on its way goes on as it began.
        case reconfigured(Intake, [DestinationSpec])
        /// Nothing new is to be started.
        case drain
    }

    /// What is to be done.
    package enum Output: Sendable {
        /// Run an operation and report what it came to by ``Input/completed(_:_:)``.
        case journal(JournalOperation)
        /// Send a request to a vendor and report what came of it by ``Input/answered(_:_:milliseconds:)`` or
        /// ``Input/unreachable(_:_:milliseconds:)``.
        case send(LeasedJob, OutboundRequest)
        /// Report it to log and metrics.
        case observe(RelayEvent)
        /// Report ``Input/tick`` in so many milliseconds, 1 or more.
        case wake(afterMilliseconds: Int)
        /// Nothing is on its way any more, and nothing will be started.
        case ended
    }

    /// How early a timer may be, in milliseconds.
    private static let timerErrorMax = 5

    private var engine: DeliveryEngine
    private var intake: Intake
    private var secondReading: SecondReading
    private var pruning: Pruning
    private var troubles: TroubleReporting
    private var directReports = DirectReports()
    private var resting: Set<String> = []
    private var plannedWake: SteadyTime?
    private var isDraining = false
    private var outputs: [Output] = []

    /// A dispatcher of an engine that has done nothing yet.
    ///
    /// - Parameter troubles: Where the relay's own troubles are reported.
    package init(
        engine: DeliveryEngine, intake: Intake, rhythm: BackgroundRhythm, troubles: TroublePolicy = .init(),
        now: SteadyTime
    ) {
        self.engine = engine
        self.intake = intake
        secondReading = SecondReading(pollMilliseconds: rhythm.pollMilliseconds, now: now)
        pruning = Pruning(rhythm, now: now)
        self.troubles = TroubleReporting(troubles, now: now)
    }

    /// Whether nothing is on its way at this moment.
    package var isIdle: Bool {
        engine.isIdle && secondReading.isIdle && pruning.isIdle && troubles.isIdle && directReports.isIdle
    }

    /// Processes what happened and returns what is to be done now.
    ///
    /// - Parameters:
    ///   - signs: What others have seen since the last time.
    ///   - work: ``WorkBell/take(for:)``, which the host keeps because others ring it.
    package mutating func handle(
        _ input: Input, at now: ClockReading, signs: TroubleSigns = TroubleSigns(),
        work: ([String]) -> [String]
    ) -> [Output] {
        defer { outputs = [] }
        troubles.note(signs, at: now)
        process(input, now)
        deliver(work, now)
        watchForTrouble(now)
        observeResting(now.steady)
        planWake(now.steady)
        if isDraining, isIdle { outputs.append(.ended) }
        return outputs
    }

    private mutating func process(_ input: Input, _ now: ClockReading) {
        switch input {
        case .workIsDue: break
        case .completed(let operation, let result): completed(operation, result, now)
        case .answered(let job, let response, _) where directReports.isOne(job):
            directReports.answered(job, response, engine, at: now)
        case .unreachable(let job, _, _) where directReports.isOne(job):
            directReports.answered(job, nil, engine, at: now)
        case .answered(let job, let response, let milliseconds):
            observe(job, "\(response.status)", milliseconds)
            feed(.answered(job: job.id, response, milliseconds: milliseconds), now)
        case .unreachable(let job, let failure, let milliseconds):
            observe(job, failure.code, milliseconds)
            feed(.unreachable(job: job.id, failure, milliseconds: milliseconds), now)
        case .tick:
            // A timer may be early by what its clock and this one round.
            if let planned = plannedWake, planned.milliseconds(since: now.steady) <= Self.timerErrorMax {
                plannedWake = nil
            }
            tick(now)
        case .reconfigured(let intake, let destinations):
            self.intake = intake
            feed(.reconfigured(destinations), now)
        case .drain:
            (isDraining, secondReading.isStopped, pruning.isStopped) = (true, true, true)
            troubles.isStopped = true
            directReports.stop()
            feed(.drain, now)
        }
    }

    private mutating func tick(_ now: ClockReading) {
        feed(.tick, now)
        put(secondReading.tick(at: now.steady), now)
        if let operation = pruning.tick(at: now) { outputs.append(.journal(operation)) }
    }

    /// Reports work to the engine as long as there is some that it could begin with.
    private mutating func deliver(_ work: ([String]) -> [String], _ now: ClockReading) {
        while true {
            let ready = work(engine.idleDestinations(at: now.steady))
            guard !ready.isEmpty else { return }
            feed(.workIsDue(ready), now)
        }
    }

    // MARK: The journal

    private mutating func completed(
        _ operation: JournalOperation, _ result: Result<JournalResult, StoreError>, _ now: ClockReading
    ) {
        if case .failure(let error) = result {
            troubles.noteFailure(error, at: now)
        } else if operation.alwaysWrites {
            troubles.noteStoreWorks()
            directReports.storeWorks()
        }
        if let due = troubles.completed(operation, result, at: now) {
            if !due.isEmpty { feed(.workIsDue(due), now) }
            return
        }
        switch operation {
        case .accept, .takeRequests, .settle:
            put(secondReading.completed(result, by: intake, at: now), now)
        case .prune, .mend:
            let made = pruning.completed(operation, result, at: now)
            outputs += made.events.map(Output.observe)
            if let more = made.more { outputs.append(.journal(more)) }
            if !made.due.isEmpty { feed(.workIsDue(made.due), now) }
        default:
            // Only now is it true; a failure is reported by the journal, and met by the engine.
            for event in Self.events(operation, result) { outputs.append(.observe(event)) }
            feed(.completed(operation, result), now)
        }
    }

    private static func events(
        _ operation: JournalOperation, _ result: Result<JournalResult, StoreError>
    ) -> [RelayEvent] {
        switch (operation, result) {
        case (.lease, .success(.leased(let lease))): lease.jobs.map { .jobLeased(JobReference($0)) }
        case (.finish(let report, _), .success(.finished(.recorded))): [RelayEvent(report)]
        case (.finish(let report, _), .success(.finished(.passed))):
            [.jobPassed(report.reference, reason: report.outcome.failureReason)]
        case (.finish(let report, _), .success(.finished(.leaseLost))): [.jobLeaseLost(report.reference)]
        default: []
        }
    }

    private mutating func put(_ made: SecondReading.Outputs, _ now: ClockReading) {
        outputs += made.events.map(Output.observe)
        if let operation = made.operation { outputs.append(.journal(operation)) }
        if !made.due.isEmpty { feed(.workIsDue(made.due), now) }
    }

    // MARK: The engine

    private mutating func feed(_ input: DeliveryEngine.Input, _ now: ClockReading) {
        for output in engine.handle(input, at: now) {
            switch output {
            case .journal(let operation): outputs.append(.journal(operation))
            case .send(let job, let request): outputs.append(.send(job, request))
            case .observe(let event): outputs.append(.observe(event))
            }
        }
    }

    private mutating func observe(_ job: LeasedJob, _ outcome: String, _ milliseconds: Int) {
        outputs.append(
            .observe(
                .attemptMade(JobReference(job), Attempt(outcome: outcome, milliseconds: milliseconds))))
    }

    /// Says when a destination is paused and when it is resumed.
    private mutating func observeResting(_ now: SteadyTime) {
        let present = engine.restingDestinations(at: now)
        guard present != resting else { return }
        outputs += present.subtracting(resting).sorted().map { .observe(.destinationPaused(name: $0)) }
        outputs += resting.subtracting(present).sorted().map { .observe(.destinationResumed(name: $0)) }
        resting = present
    }

    // MARK: Troubles

    private mutating func watchForTrouble(_ now: ClockReading) {
        for output in outputs {
            if case .observe(let event) = output { troubles.note(event, at: now) }
        }
        let made = troubles.tick(engine, past: intake.policy, at: now)
        outputs += made.operations.map(Output.journal) + made.events.map(Output.observe)
        directReports.add(made.direct)
        outputs += directReports.due(engine, at: now).map { Output.send($0, $1) }
    }

    // MARK: Time

    /// Asks to be woken, unless that is planned for as early a time.
    private mutating func planWake(_ now: SteadyTime) {
        // A timer that is overdue is still on its way.
        let times = [
            engine.nextTick(at: now), secondReading.nextTick, pruning.nextTick, troubles.nextTick,
            directReports.nextTick,
        ].compactMap(\.self)
        // What is overdue must not ask anew at each input: every request to be woken is one more timer.
        guard let due = times.min() else { return }
        let next = max(due, now.adding(milliseconds: 1))
        guard plannedWake.map({ next < $0 }) ?? true else { return }
        plannedWake = next
        outputs.append(.wake(afterMilliseconds: max(next.milliseconds(since: now), 1)))
    }
}

extension RelayEvent {
    /// What became of a job.
    init(_ report: JobReport) {
        let job = report.reference
        switch report.outcome {
        case .delivered(_, let remark): self = .jobDelivered(job, remark: remark)
        case .retry(let wait, let reason, _):
            self = .jobRetried(job, inMilliseconds: wait, reason: reason)
        case .dead(let letter):
            self = .jobDead(
                job, follows: letter.failover ?? (letter.holdsLane ? "held" : "sent"), reason: letter.reason)
        }
    }
}
