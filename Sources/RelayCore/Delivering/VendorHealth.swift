internal import AdapterKit

/// What is known of a vendor under one set of credentials: its pace and whether it answers.
///
/// Destinations that have the same share it.
struct VendorHealth: Sendable {
    /// The most pace keys that are remembered at once.
    static let paceKeysMax = 4_096
    /// The first pause after a 429 that names none, in milliseconds; it doubles while they go on.
    static let unnamedPauseMilliseconds = 1_000
    /// The longest of these.
    static let unnamedPauseMillisecondsMax = 60_000
    /// The longest pause before one open is tried, in milliseconds.
    static let openPauseMillisecondsMax = 120_000

    var breaker = CircuitBreaker()
    /// Until when the vendor asked for a pause, and when it did.
    private(set) var pause: (from: SteadyTime, until: SteadyTime)?
    private var unnamedPause = 0
    /// When it last took something.
    private(set) var tookAt: SteadyTime?
    private let rateLimit: RateLimit?
    private let finerLimit: RateLimit?
    private var bucket: TokenBucket?
    /// The pace by ``OutboundRequest/paceKey``, without keys that were not used for long.
    private var finerBuckets: [String: TokenBucket] = [:]

    init(_ traits: AdapterTraits, now: SteadyTime) {
        (rateLimit, finerLimit) = (traits.rateLimit, traits.rateLimitOfPaceKeys)
        bucket = rateLimit.map { TokenBucket($0, at: now) }
    }

    /// The same vendor under another pace.
    func with(_ traits: AdapterTraits, now: SteadyTime) -> VendorHealth {
        guard (traits.rateLimit, traits.rateLimitOfPaceKeys) != (rateLimit, finerLimit) else { return self }
        var changed = VendorHealth(traits, now: now)
        (changed.breaker, changed.pause, changed.unnamedPause) = (breaker, pause, unnamedPause)
        return changed
    }

    /// Whether requests are suspended: the vendor does not answer, or has answered 429 with a pause.
    func isResting(at now: SteadyTime) -> Bool { breaker.isOpen || isPaused(at: now) }

    private func isPaused(at now: SteadyTime) -> Bool { pause.map { now < $0.until } ?? false }

    /// What may be sent at `now`.
    func allowance(at now: SteadyTime) -> CircuitBreaker.Allowance {
        guard let pause, now < pause.until else { return breaker.allowance(at: now) }
        guard now >= openTrial(of: pause) else { return .none }
        return breaker.allowance(at: now) == .none ? .none : .freshOpen
    }

    private func openTrial(of pause: (from: SteadyTime, until: SteadyTime)) -> SteadyTime {
        min(pause.until, pause.from.adding(milliseconds: Self.openPauseMillisecondsMax))
    }

    /// How many requests may go now, by what they are for.
    mutating func limits(at now: SteadyTime) -> LeaseLimits { bucket?.limits(at: now) ?? LeaseLimits(.max) }

    /// When something might be sent; nil when only an answer can change that.
    ///
    /// - Parameter onlyFresh: Whether an open that has not failed is meant, for which less is in the way.
    mutating func nextRequest(at now: SteadyTime, onlyFresh: Bool) -> SteadyTime? {
        var time = bucket?.nextToken(at: now) ?? now
        if let pause, now < pause.until { time = max(time, onlyFresh ? openTrial(of: pause) : pause.until) }
        if breaker.isOpen {
            guard let trial = onlyFresh ? breaker.freshTrial : breaker.nextTrial else { return nil }
            time = max(time, trial)
        }
        return time
    }

    /// For how long requests are suspended still, in milliseconds; 0 when one may go now.
    func restMilliseconds(for urgency: Urgency, at now: SteadyTime) -> Int {
        switch allowance(at: now) {
        case .all, .trial: return 0
        case .freshOpen where urgency.isOfFreshOpen: return 0
        case .freshOpen, .none: break
        }
        // While a trial runs, nothing says when it ends.
        var until = breaker.isOpen ? breaker.nextTrial ?? now.adding(milliseconds: 1_000) : now
        if let pause, now < pause.until { until = max(until, pause.until) }
        return max(until.milliseconds(since: now), 1)
    }

    /// A place in the pace of a request's key.
    ///
    /// At once for a request without a key: the destination's pace was looked at when its job was leased.
    mutating func reservePace(
        of request: OutboundRequest, for urgency: Urgency, at now: SteadyTime, within: Int
    ) -> TokenBucket.Reservation {
        guard let key = request.paceKey, let finerLimit else { return .taken(inMilliseconds: 0) }
        if finerBuckets[key] == nil, finerBuckets.count >= Self.paceKeysMax {
            finerBuckets = finerBuckets.filter { !$0.value.isFull(at: now) }
            // Where so many keys are busy at once, the vendor's 429 has to do.
            if finerBuckets.count >= Self.paceKeysMax { finerBuckets = [:] }
        }
        return finerBuckets[key, default: TokenBucket(finerLimit, at: now)]
            .reserveToken(for: urgency, at: now, within: within)
    }

    mutating func requestStarted(_ request: OutboundRequest, for urgency: Urgency, at now: SteadyTime) {
        if request.paceKey == nil { bucket?.spendToken(for: urgency, at: now) }
        breaker.started()
    }

    /// The vendor has answered something else than 429.
    ///
    /// - Parameters:
    ///   - isWell: Whether it is there.
    ///   - tookIt: Whether it has done what it was asked, or has refused that alone.
    mutating func answered(_ isWell: Bool, tookIt: Bool, lane: String, at now: SteadyTime) {
        if tookIt { tookAt = now }
        if isWell {
            breaker.answered()
            (pause, unnamedPause) = (nil, 0)
        } else {
            breaker.failed(lane: lane, at: now)
        }
    }

    /// Whether it has taken something of late.
    func isWell(at now: SteadyTime) -> Bool {
        tookAt.map { now.milliseconds(since: $0) <= LanePatience.openMilliseconds } ?? false
    }

    /// The vendor has answered 429, and asks for a pause or leaves that open.
    mutating func limited(pauseMilliseconds asked: Int?, at now: SteadyTime) {
        breaker.answered()
        if asked == nil {
            unnamedPause = min(
                max(unnamedPause * 2, Self.unnamedPauseMilliseconds), Self.unnamedPauseMillisecondsMax)
        }
        pause = (now, now.adding(milliseconds: asked ?? unnamedPause))
    }
}
