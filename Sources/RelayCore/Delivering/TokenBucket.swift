package import AdapterKit

/// Keeps the pace that a vendor allows, and some of it for what matters most.
///
/// A vendor that counts 120 requests in any 60 s would refuse the 121st after a burst, so the bucket holds a
/// burst and refills such that no window of the vendor's length ever sees more than the limit: burst plus
/// refill in one window is the limit.
///
/// The last quarter of the burst is kept for opens, the eighth above it for acknowledgements, resolves and
/// opens; of all that goes an eighth is open to acknowledgements and resolves even while opens wait.
package struct TokenBucket: Sendable {
    private let burst: Double
    private let tokensPerMillisecond: Double
    private let keptForOpens: Double
    private let keptForFollows: Double
    private var tokens: Double
    /// How many acknowledgements and resolves may go before opens that wait.
    private var followCredit: Double
    private var filledAt: SteadyTime

    /// A full bucket at `now` that keeps `limit`.
    package init(_ limit: RateLimit, at now: SteadyTime) {
        let most = Double(limit.requestsMax)
        burst = max(1, (most / 4).rounded(.down))
        tokensPerMillisecond = max(most - burst, most / 2) / Double(limit.windowSeconds * 1_000)
        keptForOpens = max(1, (burst / 4).rounded(.down))
        keptForFollows = max(1, (burst / 8).rounded(.down))
        tokens = burst
        followCredit = keptForFollows
        filledAt = now
    }

    /// How many requests may go now, by what they are for.
    package mutating func limits(at now: SteadyTime) -> LeaseLimits {
        fill(now)
        return LeaseLimits(
            total: available(keeping: 0), follows: available(keeping: kept(for: .follow)),
            remarks: available(keeping: kept(for: .remark)), followsFirst: Int(followCredit))
    }

    /// Takes one token; without one left, those that come later wait for it.
    package mutating func spendToken(for urgency: Urgency, at now: SteadyTime) {
        fill(now)
        tokens -= 1
        if !urgency.isOfOpen { followCredit = max(followCredit - 1, 0) }
    }

    /// When the next token is there; `now` when one is.
    package mutating func nextToken(for urgency: Urgency = Urgency(rawValue: 0), at now: SteadyTime)
        -> SteadyTime
    {
        fill(now)
        let needed = min(1 + kept(for: urgency), burst)
        guard tokens < needed else { return now }
        return now.adding(milliseconds: Int(((needed - tokens) / tokensPerMillisecond).rounded(.up)))
    }

    /// Whether a token was taken, and how long it is until it is there.
    package enum Reservation: Sendable, Hashable {
        /// It was, and is there in so many milliseconds.
        case taken(inMilliseconds: Int)
        /// It was not; asking again makes sense in so many milliseconds.
        case refused(forMilliseconds: Int)
    }

    /// Takes one token, which for an open may not be there yet.
    ///
    /// What is less urgent waits without a place: an open that comes later would wait behind it.
    ///
    /// - Parameter within: The longest that an open waits for its token, in milliseconds.
    package mutating func reserveToken(
        for urgency: Urgency, at now: SteadyTime, within: Int
    ) -> Reservation {
        let wait = nextToken(for: urgency, at: now).milliseconds(since: now)
        guard wait <= (urgency.isOfOpen ? within : 0) else { return .refused(forMilliseconds: wait) }
        spendToken(for: urgency, at: now)
        return .taken(inMilliseconds: wait)
    }

    /// Whether nothing was taken for so long that it makes no difference.
    package func isFull(at now: SteadyTime) -> Bool {
        var filled = self
        filled.fill(now)
        return filled.tokens >= burst
    }

    private func kept(for urgency: Urgency) -> Double {
        if urgency.isOfOpen { return 0 }
        return urgency < .late ? keptForOpens : keptForOpens + keptForFollows
    }

    /// A full bucket lets one of every kind through: a vendor's limit may be smaller than what is kept.
    private func available(keeping kept: Double) -> Int {
        max(Int(tokens - kept), tokens >= burst ? 1 : 0, 0)
    }

    private mutating func fill(_ now: SteadyTime) {
        let refill = Double(max(now.milliseconds(since: filledAt), 0)) * tokensPerMillisecond
        tokens = min(burst, tokens + refill)
        followCredit = min(keptForFollows, followCredit + refill / 8)
        filledAt = now
    }
}
