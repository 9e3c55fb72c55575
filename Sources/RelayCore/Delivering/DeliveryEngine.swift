package import AdapterKit
package import OpenSenseWebhooks

/// Decides when which job goes to which vendor.
///
/// A state machine without I/O, clock or randomness of its own: what happens comes in by ``handle(_:at:)``,
/// what is to be done comes out. Its order is the journal's: a lane has at most one job leased, so a failing lane
/// waits alone while the others go on.
///
/// - Unit: every time is in milliseconds since 1970-01-01T00:00:00Z.
package struct DeliveryEngine: Sendable {
    /// What the engine is told.
    package enum Input: Sendable {
        /// These destinations may have jobs that are due.
        case workIsDue([String])
        /// The journal's answer to ``Output/lease(destination:limit:leaseUntil:)``.
        case leased(destination: String, Result<Lease, StoreError>)
        /// A vendor answered.
        case answered(job: Int, VendorResponse)
        /// A vendor could not be reached or did not answer; the reason is safe to log.
        case unreachable(job: Int, reason: String)
        /// The journal's answer to ``Output/finish(_:_:)``.
        case finished(job: Int, Result<FinishOutcome, StoreError>)
        /// The journal's answer to ``Output/renew(job:lease:leaseUntil:)``: whether the lease was still held.
        case renewed(job: Int, leaseUntil: Int, Result<Bool, StoreError>)
        /// Time has passed.
        case tick
        /// Nothing new is to be started.
        case drain
    }

    /// What is to be done.
    package enum Output: Sendable {
        /// Take jobs from the journal.
        case lease(destination: String, limit: Int, leaseUntil: Int)
        /// Send a request to a vendor, and tell the answer.
        case send(job: Int, OutboundRequest)
        /// Write down what became of a job.
        case finish(LeasedJob, JobReport)
        /// Keep a job for longer.
        case renew(job: Int, lease: Int, leaseUntil: Int)
    }

    /// How long a job belongs to whoever leased it, unless told otherwise; must exceed the longest time one request may
    /// take.
    package static let leaseMilliseconds = 60_000
    /// The longest that a request may take, counted from the decision to send it.
    package static let requestMilliseconds = 10_000
    /// How long a vendor that decides later is asked for the outcome.
    package static let checkMilliseconds = 120_000
    /// How often the journal is asked for work that nobody announced, such as a dead letter retried by hand.
    package static let pollMilliseconds = 1_000
    /// How long a write to the journal that failed waits for its repetition.
    package static let journalRetryMilliseconds = 1_000

    private var destinations: [String: Destination]
    private var running: [Int: RunningJob] = [:]
    private var random: SeededRandom
    private let policy: RetryPolicy
    private let leaseMilliseconds: Int
    private var isDraining = false

    /// An engine that knows of no work yet.
    package init(
        destinations: [DestinationSpec], policy: RetryPolicy, seed: UInt64, now: Int,
        leaseMilliseconds: Int = Self.leaseMilliseconds
    ) {
        self.leaseMilliseconds = leaseMilliseconds
        self.destinations = Dictionary(
            uniqueKeysWithValues: destinations.map { ($0.name, Destination(spec: $0, now: now)) })
        self.policy = policy
        random = SeededRandom(seed: seed)
    }

    /// Whether nothing is on its way.
    package var isIdle: Bool {
        running.isEmpty && destinations.values.allSatisfy { !$0.isLeasing }
    }

    /// Takes in what happened and says what is to be done now.
    package mutating func handle(_ input: Input, at now: Int) -> [Output] {
        var outputs: [Output] = []
        switch input {
        case .workIsDue(let names):
            for name in names { destinations[name]?.nextDueAt = now }
        case .leased(let destination, let result): leased(destination, result, now, &outputs)
        case .answered(let job, let response): answered(job, response, now, &outputs)
        case .unreachable(let job, let reason): unreachable(job, reason, now, &outputs)
        case .finished(let job, let result): finished(job, result, now, &outputs)
        case .renewed(let job, let leaseUntil, let result): renewed(job, leaseUntil, result)
        case .tick: tick(now, &outputs)
        case .drain: drain()
        }
        lease(now, &outputs)
        return outputs
    }

    /// The destinations that could take work at once, if only there were some: to be told when there is.
    package mutating func idleDestinations(at now: Int) -> [String] {
        guard !isDraining else { return [] }
        return destinations.keys.filter { destinations[$0]?.isIdle(at: now) ?? false }
    }

    /// The destinations that are left alone at the moment, because they do not answer or asked to wait.
    package func restingDestinations(at now: Int) -> Set<String> {
        Set(destinations.values.lazy.filter { $0.isResting(at: now) }.map(\.spec.name))
    }

    /// When ``Input/tick`` is due next, or nil when only an answer can change anything.
    package mutating func nextTick(at now: Int) -> Int? {
        var times = running.values.compactMap(\.timer)
        for name in destinations.keys {
            if !isDraining, let time = destinations[name]?.nextLease(at: now) { times.append(time) }
        }
        return times.min()
    }

    // MARK: Leasing

    private mutating func lease(_ now: Int, _ outputs: inout [Output]) {
        guard !isDraining else { return }
        for name in destinations.keys.sorted() {
            guard let limit = destinations[name]?.startLease(at: now), limit > 0 else { continue }
            outputs.append(
                .lease(destination: name, limit: limit, leaseUntil: now + leaseMilliseconds))
        }
    }

    private mutating func leased(
        _ name: String, _ result: Result<Lease, StoreError>, _ now: Int, _ outputs: inout [Output]
    ) {
        // Jobs that come when nothing new is to be started are let go: their lease ends with this process.
        guard !isDraining, case .success(let lease) = result else {
            destinations[name]?.endLease(nextDueAt: now + Self.journalRetryMilliseconds)
            return
        }
        destinations[name]?.endLease(
            nextDueAt: min(lease.nextDueAt ?? .max, now + Self.pollMilliseconds))
        for job in lease.jobs {
            if running[job.id] == nil {
                start(job, now, &outputs)
            } else {
                // Its lease ran out while it is on its way here: it goes on under the new one.
                running[job.id]?.job.lease = job.lease
                running[job.id]?.job.leaseUntil = job.leaseUntil
            }
        }
    }

    private mutating func start(_ job: LeasedJob, _ now: Int, _ outputs: inout [Output]) {
        var run = RunningJob(job: job)
        destinations[job.destination]?.startJob()
        do throws(AdapterError) {
            run.requests = try requests(for: job)
        } catch {
            running[job.id] = run
            return endDead(job.id, error.description, &outputs)
        }
        running[job.id] = run
        sendNext(job.id, now, &outputs)
    }

    private func requests(for job: LeasedJob) throws(AdapterError) -> [OutboundRequest] {
        guard let adapter = destinations[job.destination]?.spec.adapter else {
            throw AdapterError("The configuration has no destination \(job.destination) any more.")
        }
        let event: Event
        do { event = try Delivery(body: job.body).event } catch { throw AdapterError(error.description) }
        let update = IncidentUpdate(
            action: job.action, key: IncidentKey(event, fallback: job.deliveryID), event: event,
            deliveryID: job.deliveryID)
        return try adapter.requests(for: update, correlation: job.correlation)
    }

    // MARK: Sending

    private mutating func sendNext(_ id: Int, _ now: Int, _ outputs: inout [Output]) {
        guard let run = running[id] else { return }
        guard let request = run.requests.first else {
            return end(id, .delivered(correlation: run.correlation), &outputs)
        }
        send(id, request, now, &outputs)
    }

    private mutating func send(
        _ id: Int, _ request: OutboundRequest, _ now: Int, _ outputs: inout [Output]
    ) {
        guard let run = running[id] else { return }
        // Whoever was held up for longer than the lease, by a debugger or a machine that slept, must not send what
        // another relay may have sent since.
        guard now + Self.requestMilliseconds <= run.job.leaseUntil else { return letGo(id) }
        let name = run.job.destination
        running[id]?.current = request
        running[id]?.timer = nil
        destinations[name]?.requestStarted(at: now)
        outputs.append(.send(job: id, request))
    }

    private mutating func answered(
        _ id: Int, _ response: VendorResponse, _ now: Int, _ outputs: inout [Output]
    ) {
        guard let run = running[id], let request = run.current,
            let adapter = destinations[run.job.destination]?.spec.adapter
        else { return }
        running[id]?.current = nil
        let disposition = adapter.disposition(of: response, to: request)
        noteHealth(run.job.destination, response, disposition, now)
        running[id]?.exchange = nil
        switch disposition {
        case .delivered(let correlation):
            if let correlation { running[id]?.correlation = correlation }
            running[id]?.requests.removeFirst()
            sendNext(id, now, &outputs)
        case .checkLater(let check, let after): checkLater(id, check, after, now, &outputs)
        case .retry(let retryAfter, let reason):
            running[id]?.exchange = Exchange(request, response)
            retry(id, retryAfter, reason, now, &outputs)
        case .rejected(let reason):
            running[id]?.exchange = Exchange(request, response)
            endDead(id, reason, &outputs)
        }
    }

    /// Leaves a job alone until the vendor may know what became of it; its place goes to another one.
    ///
    /// A vendor that has accepted an update and does not tell its outcome in time has it, for all we know: the alarm's
    /// next updates must not wait for ever.
    private mutating func checkLater(
        _ id: Int, _ check: OutboundRequest, _ after: RetryAfter, _ now: Int, _ outputs: inout [Output]
    ) {
        guard let run = running[id] else { return }
        // On the way out nobody waits for an outcome: what the vendor has accepted is sent again, and folded.
        guard !isDraining else { return running[id] = nil }
        let since = run.checkedSince ?? now
        guard now - since < Self.checkMilliseconds else {
            return end(id, .delivered(correlation: run.correlation), &outputs)
        }
        running[id]?.checkedSince = since
        running[id]?.check = check
        let timer = now + min(max(policy.believed(after, at: now), 1_000), Self.checkMilliseconds)
        running[id]?.timer = timer
        destinations[run.job.destination]?.pauseJob()
        outputs.append(
            .renew(job: id, lease: run.job.lease, leaseUntil: timer + leaseMilliseconds))
    }

    private mutating func renewed(_ id: Int, _ leaseUntil: Int, _ result: Result<Bool, StoreError>) {
        // Without an answer the lease is what it was, and the job is let go when that has run out.
        guard case .success(let isHeld) = result, running[id] != nil else { return }
        if isHeld {
            running[id]?.job.leaseUntil = leaseUntil
        } else if running[id]?.current == nil {
            letGo(id)  // with a request on its way, its answer is awaited: it tells how the vendor is
        }
    }

    /// Forgets a job that is no longer ours; whoever has it now says what becomes of it.
    private mutating func letGo(_ id: Int) {
        guard let run = running.removeValue(forKey: id) else { return }
        if run.check != nil { destinations[run.job.destination]?.resumeJob() }
        destinations[run.job.destination]?.endJob()
    }

    private mutating func unreachable(_ id: Int, _ reason: String, _ now: Int, _ outputs: inout [Output]) {
        guard let name = running[id]?.job.destination, let request = running[id]?.current else { return }
        running[id]?.current = nil
        destinations[name]?.breaker.failed(at: now)
        running[id]?.exchange = Exchange(request, answer: reason)
        if request.purpose == .check { return checkLater(id, request, .seconds(5), now, &outputs) }
        retry(id, nil, reason, now, &outputs)
    }

    /// A 5xx says that the vendor is unwell; a 429 that it wants everybody with this key to wait.
    private mutating func noteHealth(
        _ name: String, _ response: VendorResponse, _ disposition: Disposition, _ now: Int
    ) {
        if response.status >= 500 {
            destinations[name]?.breaker.failed(at: now)
        } else {
            destinations[name]?.breaker.answered()
        }
        if response.status == 429, case .retry(let retryAfter?, _) = disposition {
            destinations[name]?.pausedUntil = now + policy.believed(retryAfter, at: now)
        }
    }

    private mutating func retry(
        _ id: Int, _ retryAfter: RetryAfter?, _ reason: String, _ now: Int, _ outputs: inout [Output]
    ) {
        guard let job = running[id]?.job else { return }
        let next = policy.nextAttempt(
            attempts: job.attempts + 1, startedAt: job.startedAt, now: now, retryAfter: retryAfter,
            random: random.next())
        guard let next else { return endDead(id, "given up: \(reason)", &outputs) }
        end(id, .retry(at: next, reason: reason), &outputs)
    }

    // MARK: Finishing

    /// Only an open is worth waiting for: what follows an acknowledgement or a resolve makes sense without it.
    private mutating func endDead(_ id: Int, _ reason: String, _ outputs: inout [Output]) {
        guard let run = running[id], let spec = destinations[run.job.destination]?.spec else { return }
        let holds = spec.onDeadLetter == .hold && run.job.action == .open && spec.failover == nil
        end(id, .dead(.init(reason: reason, holdsLane: holds, failover: spec.failover)), &outputs)
    }

    private mutating func end(_ id: Int, _ outcome: JobOutcome, _ outputs: inout [Output]) {
        running[id]?.outcome = outcome
        running[id]?.timer = nil
        if let run = running[id] { report(id, run, &outputs) }
    }

    private mutating func report(_ id: Int, _ run: RunningJob, _ outputs: inout [Output]) {
        guard let outcome = run.outcome else { return }
        running[id]?.reportedLease = run.job.lease
        outputs.append(.finish(run.job, JobReport(run.job, outcome, exchange: run.exchange)))
    }

    private mutating func finished(
        _ id: Int, _ result: Result<FinishOutcome, StoreError>, _ now: Int, _ outputs: inout [Output]
    ) {
        guard let run = running[id] else { return }
        guard case .success(let written) = result else {
            // What cannot be written down on the way out is sent again after the restart.
            if isDraining { running[id] = nil }
            running[id]?.timer = now + Self.journalRetryMilliseconds
            return
        }
        if written == .leaseLost, run.reportedLease != run.job.lease {
            // The store failed for so long that the lease ran out, and this relay has the job anew: its outcome holds.
            return report(id, run, &outputs)
        }
        running[id] = nil
        destinations[run.job.destination]?.endJob()
        if written == .leaseLost {
            destinations[run.job.destination]?.expectWork(at: now + Self.pollMilliseconds)
        } else if case .retry(let due, _) = run.outcome {
            destinations[run.job.destination]?.expectWork(at: due)
        } else {
            destinations[run.job.destination]?.nextDueAt = now  // the lane's next job
        }
    }

    /// Jobs that only wait, for a check or for the journal, are let go: their lease ends with this process, and
    /// sending them again is harmless.
    private mutating func drain() {
        isDraining = true
        for (id, run) in running where run.timer != nil { running[id] = nil }
    }

    private mutating func tick(_ now: Int, _ outputs: inout [Output]) {
        for (id, run) in running.sorted(by: { $0.key < $1.key }) {
            guard let timer = run.timer, timer <= now else { continue }
            running[id]?.timer = nil
            if run.outcome != nil {
                report(id, run, &outputs)
            } else if let check = run.check {
                running[id]?.check = nil
                destinations[run.job.destination]?.resumeJob()
                send(id, check, now, &outputs)
            }
        }
    }
}

/// A job on its way.
private struct RunningJob: Sendable {
    var job: LeasedJob
    var requests: [OutboundRequest] = []
    var current: OutboundRequest?
    var check: OutboundRequest?
    /// When the vendor first said that it decides later.
    var checkedSince: Int?
    var timer: Int?
    var outcome: JobOutcome?
    var correlation: String?
    /// What was last sent and heard, when that failed.
    var exchange: Exchange?

    /// The lease under which the outcome was last reported.
    var reportedLease: Int?

    init(job: LeasedJob) { self.job = job }
}
