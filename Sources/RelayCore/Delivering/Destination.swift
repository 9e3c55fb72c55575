package import AdapterKit

/// A destination as the engine sees it: a name, an adapter, and how much at once.
package struct DestinationSpec: Sendable {
    /// The name in the configuration.
    package var name: String
    /// Translates for it.
    package var adapter: any IncidentAdapter
    /// Names the place where ``adapter`` opens incidents; see ``AdapterKit/AdapterType/identity(of:)``.
    package var fingerprint = ""
    /// The adapters for incidents that were opened at another place, by its fingerprint.
    package var earlierAdapters: [String: any IncidentAdapter] = [:]
    /// What shares one pace and one health: the vendor under one set of credentials; nil for nothing else.
    package var vendor: String?
    /// The most jobs that run at the same time.
    package var concurrencyMax: Int
    /// What becomes of the updates behind one that the vendor refused.
    package var onDeadLetter: OnDeadLetter
    /// The destination that gets what this one refused, or has not taken for so long, if any.
    package var failover: String?
    /// For how long an open waits before the failover gets it, in seconds.
    package var failoverAfterSeconds = 300
    /// How updates read there.
    package var wording = Wording()

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

    /// The fingerprints of all places at which it knows incidents, that of new ones first.
    var fingerprints: [String] { [fingerprint] + earlierAdapters.keys.sorted() }

    /// The adapter for an incident that was opened at the place `fingerprint`; nil where there is none.
    func adapter(at place: String?) -> (any IncidentAdapter)? {
        guard let place, place != fingerprint else { return adapter }
        return earlierAdapters[place]
    }

    /// The name under which ``VendorHealth`` is kept.
    var vendorName: String { vendor ?? "destination \(name)" }
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
    /// How soon is looked again for work that is due and was not taken, in milliseconds.
    static let leftBehindMilliseconds = 500

    private(set) var spec: DestinationSpec
    /// Whether the configuration has it no more.
    var isRetired = false
    private(set) var runningCount = 0
    private(set) var pausedCount = 0
    /// When a job may be due; asked for no sooner.
    var nextDueAt: SteadyTime
    private(set) var isLeasing = false
    /// When the journal was last asked for jobs: their leases count from then.
    private(set) var leaseAskedAt: SteadyTime
    /// What was last asked for.
    private var asked = LeaseLimits(0)
    /// When an attempt last failed; at the start nothing is known, and one may just have.
    var failedAt: SteadyTime
    /// Since when attempts fail and none succeeds, and why the last one did; nil while all is well.
    private(set) var failing: (since: SteadyTime, reason: String)?
    /// When the failover is next offered what waits here.
    var failoverDueAt: SteadyTime

    init(spec: DestinationSpec, now: SteadyTime) {
        self.spec = spec
        (nextDueAt, leaseAskedAt, failedAt, failoverDueAt) = (now, now, now, now)
    }

    /// Whether no job of it is on its way.
    var isUnused: Bool { runningCount == 0 && pausedCount == 0 && !isLeasing }

    /// The destination under another configuration: what is on its way stays.
    func with(_ spec: DestinationSpec) -> Destination {
        var changed = self
        changed.spec = spec
        changed.isRetired = false
        return changed
    }

    /// An attempt has failed.
    mutating func noteFailure(_ reason: String, at now: SteadyTime) {
        // After a long pause it is another trouble than the one before.
        let isNew = now.milliseconds(since: failedAt) > DeliveryEngine.failoverKeptMilliseconds
        failing = (isNew ? now : failing?.since ?? now, reason)
        failedAt = now
    }

    /// Something has reached the vendor.
    mutating func noteSuccess() { failing = nil }

    // MARK: Leasing

    /// What to ask the journal for now; nil for nothing.
    ///
    /// Anything begins a lease.
    mutating func startLease(
        _ vendor: inout VendorHealth, at now: SteadyTime
    ) -> (limits: LeaseLimits, pick: LeaseRequest.Pick)? {
        guard now >= nextDueAt, let plan = plan(&vendor, at: now) else { return nil }
        (isLeasing, leaseAskedAt, asked) = (true, now, plan.limits)
        return plan
    }

    /// Whether a lease could begin now, if only there were work.
    func isIdle(_ vendor: inout VendorHealth, at now: SteadyTime) -> Bool { plan(&vendor, at: now) != nil }

    private func plan(
        _ vendor: inout VendorHealth, at now: SteadyTime
    ) -> (limits: LeaseLimits, pick: LeaseRequest.Pick)? {
        guard !isLeasing, !isRetired, room > 0 else { return nil }
        let pick: LeaseRequest.Pick
        var limits = vendor.limits(at: now).bounded(by: places)
        switch vendor.allowance(at: now) {
        case .all: pick = .urgent
        case .trial: (pick, limits) = (.trial, limits.bounded(by: LeaseLimits(1)))
        case .freshOpen: (pick, limits) = (.freshOpen, limits.bounded(by: LeaseLimits(1)))
        case .none: return nil
        }
        return limits.total > 0 ? (limits, pick) : nil
    }

    /// The lease was answered with so many jobs; the next is due in so many milliseconds.
    mutating func endLease(taken: Int, nextDueIn: Int, at now: SteadyTime) {
        isLeasing = false
        // Due, and yet not taken: it is not urgent enough for the pace, or the trial was another one.
        let wait = nextDueIn == 0 && taken < asked.total ? Self.leftBehindMilliseconds : nextDueIn
        nextDueAt = now.adding(milliseconds: wait)
    }

    /// The lease failed.
    mutating func endLease(retryAt time: SteadyTime) {
        isLeasing = false
        nextDueAt = time
    }

    mutating func expectWork(at time: SteadyTime) { nextDueAt = min(nextDueAt, time) }

    /// When ``startLease(_:at:)`` might ask for something, or nil when only an answer can change that.
    func nextLease(_ vendor: inout VendorHealth, at now: SteadyTime) -> SteadyTime? {
        guard !isLeasing, !isRetired, room > 0 else { return nil }
        let times = [true, false].compactMap { vendor.nextRequest(at: now, onlyFresh: $0) }
        return times.min().map { max($0, nextDueAt) }
    }

    // MARK: Places

    private var room: Int { min(spec.concurrencyMax - runningCount, Self.pausedMax - pausedCount) }

    /// The free places, of which a quarter is kept for opens: a vendor that lets requests hang must not keep
    /// an alarm waiting behind them.
    private var places: LeaseLimits {
        let kept = spec.concurrencyMax > 1 ? max(1, spec.concurrencyMax / 4) : 0
        let others = max(room - kept, 0)
        return LeaseLimits(total: room, follows: others, remarks: others, followsFirst: others)
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
}
