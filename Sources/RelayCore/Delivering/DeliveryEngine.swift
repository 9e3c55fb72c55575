package import AdapterKit
package import OpenSenseWebhooks

/// Decides when which job goes to which vendor.
///
/// A state machine without I/O or clock, whose randomness follows from a seed: what happens comes in by
/// ``handle(_:at:)``, what is to be done comes out. Its order is the journal's: a lane has at most one job
/// leased, so a failing lane waits alone while the others go on.
///
/// It counts its waits in steady time; the wall clock only serves to read the dates that vendors write.
package struct DeliveryEngine: Sendable {
    /// An event that the engine reacts to.
    package enum Input: Sendable {
        /// These destinations may have jobs that are due.
        case workIsDue([String])
        /// The journal's answer to ``Output/lease(destination:limit:leaseMilliseconds:)``.
        case leased(destination: String, Result<Lease, StoreError>)
        /// A vendor answered.
        case answered(job: Int, VendorResponse)
        /// A vendor could not be reached or did not answer; the reason is safe to log.
        case unreachable(job: Int, reason: String)
        /// The journal's answer to ``Output/finish(_:_:)``.
        case finished(job: Int, Result<FinishOutcome, StoreError>)
        /// The journal's answer to ``Output/renew(job:lease:leaseUntil:)``: whether the lease was still held.
        case renewed(job: Int, lease: Int, leaseUntil: SteadyTime, Result<Bool, StoreError>)
        /// Time has passed.
        case tick
        /// Nothing new is to be started.
        case drain
    }

    /// What is to be done.
    package enum Output: Sendable {
        /// Take jobs from the journal.
        case lease(destination: String, limit: Int, leaseMilliseconds: Int)
        /// Send a request to a vendor and report its answer by ``Input/answered(job:_:)`` or
        /// ``Input/unreachable(job:reason:)``.
        case send(LeasedJob, OutboundRequest)
        /// Write down what became of a job.
        case finish(LeasedJob, JobReport)
        /// Keep a job until then.
        case renew(job: Int, lease: Int, leaseUntil: SteadyTime)
    }

    /// The default length of a lease; must exceed ``requestMilliseconds``.
    package static let leaseMilliseconds = 60_000
    /// The longest that a request may take, counted from the decision to send it.
    package static let requestMilliseconds = 10_000
    /// How long a vendor that decides later is asked for the outcome, from its first "not yet"; after that
    /// the update counts as delivered.
    package static let checkMilliseconds = 120_000
    /// How often the journal is asked for work without a ``Input/workIsDue(_:)``, such as a dead letter that
    /// a person retries.
    package static let pollMilliseconds = 1_000
    /// The pause before a failed write to the journal is repeated.
    package static let journalRetryMilliseconds = 1_000

    var destinations: [String: Destination]
    var running: [Int: RunningJob] = [:]
    var random: SeededRandom
    let policy: RetryPolicy
    let leaseMilliseconds: Int
    var isDraining = false

    /// An engine without running jobs.
    package init(
        destinations: [DestinationSpec], policy: RetryPolicy, seed: UInt64, now: SteadyTime,
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

    /// Processes an event and returns what is to be done now.
    package mutating func handle(_ input: Input, at reading: ClockReading) -> [Output] {
        let now = reading.steady
        var outputs: [Output] = []
        switch input {
        case .workIsDue(let names):
            for name in names { destinations[name]?.nextDueAt = now }
        case .leased(let destination, let result): leased(destination, result, at: now, into: &outputs)
        case .answered(let job, let response): answered(job, response, at: reading, into: &outputs)
        case .unreachable(let job, let reason): unreachable(job, reason, at: reading, into: &outputs)
        case .finished(let job, let result): finished(job, result, at: now, into: &outputs)
        case .renewed(let job, let lease, let leaseUntil, let result):
            renewed(job, lease: lease, until: leaseUntil, result)
        case .tick: tick(at: now, into: &outputs)
        case .drain: drain()
        }
        lease(at: now, into: &outputs)
        return outputs
    }

    /// The destinations that could lease a job now if one were due: news of work for one of them is to be
    /// reported at once.
    package mutating func idleDestinations(at now: SteadyTime) -> [String] {
        guard !isDraining else { return [] }
        return destinations.keys.filter { destinations[$0]?.isIdle(at: now) ?? false }
    }

    /// The destinations whose requests are suspended, because they do not answer or asked for a pause.
    package func restingDestinations(at now: SteadyTime) -> Set<String> {
        Set(destinations.values.lazy.filter { $0.isResting(at: now) }.map(\.spec.name))
    }

    /// When ``Input/tick`` is due next, or nil when only an answer can change anything.
    package mutating func nextTick(at now: SteadyTime) -> SteadyTime? {
        var times = running.values.compactMap(\.timer)
        for name in destinations.keys {
            if !isDraining, let time = destinations[name]?.nextLease(at: now) { times.append(time) }
        }
        return times.min()
    }

    // MARK: Leasing

    private mutating func lease(at now: SteadyTime, into outputs: inout [Output]) {
        guard !isDraining else { return }
        for name in destinations.keys.sorted() {
            guard let limit = destinations[name]?.startLease(at: now), limit > 0 else { continue }
            outputs.append(
                .lease(destination: name, limit: limit, leaseMilliseconds: leaseMilliseconds))
        }
    }

    private mutating func leased(
        _ name: String, _ result: Result<Lease, StoreError>, at now: SteadyTime, into outputs: inout [Output]
    ) {
        // Jobs leased while draining are not started: the next start or the end of their lease makes them
        // due.
        guard !isDraining, case .success(let lease) = result else {
            destinations[name]?.endLease(
                nextDueAt: now.adding(milliseconds: Self.journalRetryMilliseconds))
            return
        }
        let askedAt = destinations[name]?.leaseAskedAt ?? now
        let nextDueIn = min(lease.nextDueInMilliseconds ?? .max, Self.pollMilliseconds)
        destinations[name]?.endLease(nextDueAt: now.adding(milliseconds: nextDueIn))
        for job in lease.jobs {
            let leaseUntil = askedAt.adding(milliseconds: leaseMilliseconds)
            if running[job.id] == nil {
                start(
                    RunningJob(job: job, leasedAt: askedAt, leaseUntil: leaseUntil), at: now, into: &outputs)
            } else {
                // Its lease ran out while this engine was still running it: it continues under the new one.
                running[job.id]?.job.lease = job.lease
                running[job.id]?.leaseUntil = leaseUntil
            }
        }
    }

    private mutating func start(_ run: RunningJob, at now: SteadyTime, into outputs: inout [Output]) {
        var run = run
        let job = run.job
        destinations[job.destination]?.startJob()
        do throws(AdapterError) {
            run.requests = try requests(for: job)
        } catch {
            running[job.id] = run
            return endDead(job.id, error.description, into: &outputs)
        }
        running[job.id] = run
        sendNext(job.id, at: now, into: &outputs)
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
        return try adapter.requests(for: update, correlation: job.episodeState)
    }
}
