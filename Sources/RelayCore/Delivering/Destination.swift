package import AdapterKit

/// A destination as the engine sees it: a name, an adapter, and how much at once.
package struct DestinationSpec: Sendable {
    /// The name in the configuration.
    package var name: String
    /// Translates for it.
    package var adapter: any IncidentAdapter
    /// The most jobs that run at the same time.
    package var concurrencyMax: Int
    /// What becomes of the updates behind one that the vendor refused.
    package var onDeadLetter: OnDeadLetter
    /// The destination that gets what this one refused or did not take in 24 hours, if any.
    package var failover: String?

    /// A destination.
    package init(
        name: String, adapter: any IncidentAdapter, concurrencyMax: Int = 16,
        onDeadLetter: OnDeadLetter = .hold, failover: String? = nil
    ) {
        self.name = name
        self.adapter = adapter
        self.concurrencyMax = concurrencyMax
        self.onDeadLetter = onDeadLetter
        self.failover = failover
    }
}

/// What becomes of the updates of an incident behind one that the vendor refused.
package enum OnDeadLetter: String, Sendable, Hashable, CaseIterable {
    /// An open that was refused holds back the updates of its alarm, so that a person can still send all of
    /// them in their order. A newer alarm of the same sensor does not wait.
    case hold
    /// They are sent all the same.
    case skip
}

/// What the engine knows of a destination at the moment.
struct Destination: Sendable {
    /// The most jobs that may wait for a vendor that decides later.
    static let pausedMax = 4_096

    private(set) var spec: DestinationSpec
    /// Whether the configuration has it no more.
    var isRetired = false
    var breaker = CircuitBreaker()
    /// Until when the vendor asked for a pause, if it did.
    var pausedUntil: SteadyTime?
    private(set) var runningCount = 0
    private(set) var pausedCount = 0
    /// When a job may be due; asked for no sooner.
    var nextDueAt: SteadyTime
    private(set) var isLeasing = false
    /// When the journal was last asked for jobs: their leases count from then.
    private(set) var leaseAskedAt: SteadyTime
    private var bucket: TokenBucket?
    /// The pace by ``OutboundRequest/paceKey``, without keys that were not used for long.
    private var finerBuckets: [String: TokenBucket] = [:]
    /// The most pace keys that are remembered at once.
    static let paceKeysMax = 4_096

    init(spec: DestinationSpec, now: SteadyTime) {
        self.spec = spec
        (nextDueAt, leaseAskedAt) = (now, now)
        bucket = spec.adapter.traits.rateLimit.map { TokenBucket($0, at: now) }
    }

    /// Whether no job of it is on its way.
    var isUnused: Bool { runningCount == 0 && pausedCount == 0 && !isLeasing }

    /// The destination under another configuration: what is on its way and the vendor's health stay.
    func with(_ spec: DestinationSpec, at now: SteadyTime) -> Destination {
        var changed = self
        if spec.adapter.traits.rateLimit != self.spec.adapter.traits.rateLimit {
            changed.bucket = spec.adapter.traits.rateLimit.map { TokenBucket($0, at: now) }
            changed.finerBuckets = [:]
        }
        changed.spec = spec
        changed.isRetired = false
        return changed
    }

    /// How many jobs to ask the journal for now; 0 for none.
    ///
    /// More than 0 begins a lease.
    mutating func startLease(at now: SteadyTime) -> Int {
        let limit = now >= nextDueAt ? allowance(at: now) : 0
        if limit > 0 { (isLeasing, leaseAskedAt) = (true, now) }
        return limit
    }

    /// Whether requests are suspended: the vendor does not answer, or has answered 429 with a pause.
    func isResting(at now: SteadyTime) -> Bool { !isRetired && (breaker.isOpen || isPaused(at: now)) }

    private func isPaused(at now: SteadyTime) -> Bool { pausedUntil.map { now < $0 } ?? false }

    /// Whether a lease could begin now, if only there were work.
    mutating func isIdle(at now: SteadyTime) -> Bool { allowance(at: now) > 0 }

    private mutating func allowance(at now: SteadyTime) -> Int {
        guard !isLeasing, !isRetired, !isPaused(at: now) else { return 0 }
        return max(0, min(room, bucket?.available(at: now) ?? .max, breaker.allowance(at: now)))
    }

    /// The lease was answered; nothing more is due before `nextDueAt`.
    mutating func endLease(nextDueAt: SteadyTime) {
        isLeasing = false
        self.nextDueAt = nextDueAt
    }

    mutating func startJob() { runningCount += 1 }

    mutating func endJob() { runningCount -= 1 }

    /// A job waits for the vendor to decide.
    mutating func pauseJob() {
        runningCount -= 1
        pausedCount += 1
    }

    /// The vendor is asked what it decided.
    mutating func resumeJob() {
        runningCount += 1
        pausedCount -= 1
    }

    private var room: Int { min(spec.concurrencyMax - runningCount, Self.pausedMax - pausedCount) }

    mutating func expectWork(at time: SteadyTime) { nextDueAt = min(nextDueAt, time) }

    /// For how long requests are suspended still, in milliseconds; 0 when one may go now.
    func restMilliseconds(at now: SteadyTime) -> Int {
        var until = pausedUntil ?? now
        if breaker.allowance(at: now) == 0 {
            // While a trial runs, nothing says when it ends.
            until = max(until, breaker.nextTrial ?? now.adding(milliseconds: 1_000))
        }
        return max(until.milliseconds(since: now), 0)
    }

    /// For how long a request has to wait for the pace of its key, in milliseconds.
    ///
    /// Its place in that pace is taken. Nil, and no place is taken, when that is longer than `within`.
    /// 0 for a request without a key: the destination's pace was looked at when its job was leased.
    mutating func reservePace(of request: OutboundRequest, at now: SteadyTime, within: Int) -> Int? {
        guard let key = request.paceKey, let limit = spec.adapter.traits.rateLimit else { return 0 }
        if finerBuckets[key] == nil, finerBuckets.count >= Self.paceKeysMax {
            finerBuckets = finerBuckets.filter { !$0.value.isFull(at: now) }
            // Where so many keys are busy at once, the vendor's 429 has to do.
            if finerBuckets.count >= Self.paceKeysMax { finerBuckets = [:] }
        }
        return finerBuckets[key, default: TokenBucket(limit, at: now)].reserveToken(at: now, within: within)
    }

    mutating func requestStarted(_ request: OutboundRequest, at now: SteadyTime) {
        if request.paceKey == nil { bucket?.spendToken(at: now) }
        breaker.started()
    }

    /// When ``startLease(at:)`` might say more than 0, or nil when only an answer can change that.
    mutating func nextLease(at now: SteadyTime) -> SteadyTime? {
        guard !isLeasing, !isRetired, room > 0 else { return nil }
        var time = max(nextDueAt, pausedUntil ?? now, bucket?.nextToken(at: now) ?? now)
        if breaker.isOpen {
            guard let trial = breaker.nextTrial else { return nil }
            time = max(time, trial)
        }
        return time
    }
}
