package import AdapterKit
package import OpenSenseWebhooks

/// Decides when which job goes to which vendor.
///
/// A state machine without I/O or clock, whose randomness follows from a seed: what happens comes in by
/// ``handle(_:at:)``, what is to be done comes out. Its order is the journal's: a lane has at most one job
/// leased, so a failing lane waits alone while the others go on.
///
/// It counts its waits in steady time; the wall clock only serves the journal, and to read the dates that
/// vendors write.
package struct DeliveryEngine: Sendable {
    /// An event that the engine reacts to.
    package enum Input: Sendable {
        /// These destinations may have jobs that are due.
        case workIsDue([String])
        /// What the journal made of an operation that was asked for by ``Output/journal(_:)``.
        case completed(JournalOperation, Result<JournalResult, StoreError>)
        /// A vendor answered.
        case answered(job: Int, VendorResponse, milliseconds: Int? = nil)
        /// A vendor could not be reached or did not answer.
        case unreachable(job: Int, Unreachable, milliseconds: Int? = nil)
        /// Time has passed.
        case tick
        /// The destinations are these from now on; what is on its way goes on as it began.
        case reconfigured([DestinationSpec])
        /// Nothing new is to be started.
        case drain
    }

    /// What is to be done.
    package enum Output: Sendable {
        /// Run an operation and report what it came to by ``Input/completed(_:_:)``.
        case journal(JournalOperation)
        /// Send a request to a vendor and report its answer by ``Input/answered(job:_:milliseconds:)`` or
        /// ``Input/unreachable(job:reason:milliseconds:)``.
        case send(LeasedJob, OutboundRequest)
        /// Something happened that people should see.
        case observe(RelayEvent)
    }

    /// The default length of a lease; must exceed ``requestMilliseconds``.
    package static let leaseMilliseconds = 60_000
    /// The longest that a request may take, counted from the decision to send it.
    package static let requestMilliseconds = 10_000
    /// How long a vendor that decides later is asked for the outcome, from its first "not yet"; after that
    /// the update counts as delivered.
    package static let checkMilliseconds = 120_000
    /// The most requests that an adapter may ask for in one attempt, those after a wait apart.
    package static let requestsMax = 32
    /// How often the journal is asked for work without a ``Input/workIsDue(_:)``, such as a dead letter that
    /// a person retries.
    package static let pollMilliseconds = 1_000
    /// The pause before a failed write to the journal is repeated.
    package static let journalRetryMilliseconds = 1_000

    var destinations: [String: Destination]
    /// By ``DestinationSpec/vendorName``.
    var vendors: [String: VendorHealth] = [:]
    var running: [Int: RunningJob] = [:]
    var random: SeededRandom
    let policy: RetryPolicy
    let leaseMilliseconds: Int
    let pollMilliseconds: Int
    var isDraining = false
    /// Leases that are being given back.
    private var releasing = 0
    /// When the present input came, by the clock by which waits are counted.
    private(set) var now: SteadyTime
    /// The same by the wall clock.
    private(set) var wallNow: WallTime
    /// What the present input has led to so far.
    private var outputs: [Output] = []

    /// An engine without running jobs.
    package init(
        destinations: [DestinationSpec], policy: RetryPolicy, seed: UInt64, now: ClockReading,
        leaseMilliseconds: Int = Self.leaseMilliseconds, pollMilliseconds: Int = Self.pollMilliseconds
    ) {
        self.leaseMilliseconds = leaseMilliseconds
        self.pollMilliseconds = pollMilliseconds
        self.destinations = Dictionary(
            uniqueKeysWithValues: destinations.map { ($0.name, Destination(spec: $0, now: now.steady)) })
        self.policy = policy
        (self.now, wallNow) = (now.steady, now.wall)
        random = SeededRandom(seed: seed)
        makeVendors(destinations)
    }

    /// Whether nothing is on its way.
    package var isIdle: Bool {
        running.isEmpty && releasing == 0 && destinations.values.allSatisfy { !$0.isLeasing }
    }

    /// Processes an event and returns what is to be done now.
    package mutating func handle(_ input: Input, at reading: ClockReading) -> [Output] {
        defer { outputs = [] }
        (now, wallNow) = (reading.steady, reading.wall)
        switch input {
        case .workIsDue(let names): for name in names { destinations[name]?.nextDueAt = now }
        case .completed(let operation, let result): completed(operation, result)
        case .answered(let job, let response, let milliseconds): answered(job, response, milliseconds)
        case .unreachable(let job, let failure, let milliseconds): unreachable(job, failure, milliseconds)
        case .tick: tick()
        case .reconfigured(let specs): reconfigure(specs)
        case .drain: drain()
        }
        leaseMore()
        failOverWhatWaits()
        return outputs
    }

    /// Notes something down that is to be done.
    mutating func put(_ output: Output) {
        if case .journal(.release) = output { releasing += 1 }
        outputs.append(output)
    }

    /// The destinations that could lease a job now if one were due: news of work for one of them is to be
    /// reported at once.
    package mutating func idleDestinations(at now: SteadyTime) -> [String] {
        guard !isDraining else { return [] }
        return destinations.keys.filter { name in
            withVendor(of: name) { destination, vendor, _ in destination.isIdle(&vendor, at: now) } ?? false
        }
    }

    /// The destinations whose requests are suspended, because they do not answer or asked for a pause.
    package func restingDestinations(at now: SteadyTime) -> Set<String> {
        Set(
            destinations.values.lazy.filter { destination in
                !destination.isRetired && vendors[destination.spec.vendorName]?.isResting(at: now) ?? false
            }.map(\.spec.name))
    }

    /// When ``Input/tick`` is due next, or nil when only an answer can change anything.
    package mutating func nextTick(at now: SteadyTime) -> SteadyTime? {
        var times = running.values.compactMap(\.timer)
        for name in destinations.keys {
            if !isDraining,
                let time = withVendor(
                    of: name, { destination, vendor, _ in destination.nextLease(&vendor, at: now) }) ?? nil
            {
                times.append(time)
            }
            if let time = nextFailOver(of: name, at: now) { times.append(time) }
        }
        return times.min()
    }

    // MARK: The journal

    private mutating func completed(
        _ operation: JournalOperation, _ result: Result<JournalResult, StoreError>
    ) {
        switch operation {
        case .lease(let request): leased(request.destination, result.map(\.lease))
        case .finish(let report, _): finished(report.job, result.map(\.finish))
        case .renew(let held, _, _): renewed(held, result.map(\.isHeld))
        case .advance(let held, _, _): advanced(held, result.map(\.isHeld))
        case .release: releasing -= 1
        case .failOver(let request, _): failedOver(request, result.map(\.movedCount))
        default: break
        }
    }

    // MARK: Leasing

    private mutating func leaseMore() {
        guard !isDraining else { return }
        for name in destinations.keys.sorted() {
            guard let spec = destinations[name]?.spec,
                let plan = withVendor(of: name, { $0.startLease(&$1, at: $2) }) ?? nil
            else { continue }
            put(
                .journal(
                    .lease(
                        LeaseRequest(
                            destination: name, limits: plan.limits, pick: plan.pick,
                            fingerprints: spec.fingerprints, now: wallNow,
                            leaseMilliseconds: leaseMilliseconds))))
        }
    }

    private mutating func leased(_ name: String, _ result: Result<Lease, StoreError>) {
        guard case .success(let lease) = result else {
            destinations[name]?.endLease(
                retryAt: now.adding(milliseconds: Self.journalRetryMilliseconds))
            return
        }
        let askedAt = destinations[name]?.leaseAskedAt ?? now
        let nextDueIn = min(lease.nextDueInMilliseconds ?? .max, pollMilliseconds)
        destinations[name]?.endLease(taken: lease.jobs.count, nextDueIn: nextDueIn, at: now)
        let leaseUntil = askedAt.adding(milliseconds: leaseMilliseconds)
        var refused: [HeldJob] = []
        for job in lease.jobs {
            if running[job.id] != nil {
                // Its lease ran out while this engine was still running it: it continues under the new one.
                running[job.id]?.job.lease = job.lease
                running[job.id]?.leaseUntil = leaseUntil
            } else if isDraining {
                refused.append(HeldJob(job))
            } else {
                start(RunningJob(job: job, leasedAt: askedAt, leaseUntil: leaseUntil))
            }
        }
        if !refused.isEmpty { put(.journal(.release(refused, now: wallNow))) }
    }

    // MARK: Destinations

    private mutating func reconfigure(_ specs: [DestinationSpec]) {
        var made: [String: Destination] = [:]
        for spec in specs {
            made[spec.name] =
                destinations[spec.name]?.with(spec) ?? Destination(spec: spec, now: now)
        }
        // One that is gone takes no more work; what is on its way there ends by the adapter that it holds.
        for (name, old) in destinations where made[name] == nil && !old.isUnused {
            made[name] = old
            made[name]?.isRetired = true
        }
        destinations = made
        makeVendors(specs)
        let used = Set(made.values.map(\.spec.vendorName))
        vendors = vendors.filter { used.contains($0.key) }
    }

    private mutating func makeVendors(_ specs: [DestinationSpec]) {
        for spec in specs {
            let traits = spec.adapter.traits
            vendors[spec.vendorName] =
                vendors[spec.vendorName]?.with(traits, now: now) ?? VendorHealth(traits, now: now)
        }
    }

    /// Does `body` with a destination and the vendor that it is at; nil where there is none of the name.
    mutating func withVendor<Result>(
        of name: String, _ body: (inout Destination, inout VendorHealth, SteadyTime) -> Result
    ) -> Result? {
        guard var destination = destinations[name] else { return nil }
        let vendorName = destination.spec.vendorName
        // Taken out, so that what it keeps by pace key is not copied with every change.
        var vendor =
            vendors.removeValue(forKey: vendorName)
            ?? VendorHealth(destination.spec.adapter.traits, now: now)
        defer { (destinations[name], vendors[vendorName]) = (destination, vendor) }
        return body(&destination, &vendor, now)
    }
}
