package import AdapterKit

/// Keeps the pace that a vendor allows.
///
/// A vendor that counts 120 requests in any 60 s would refuse the 121st after a burst, so the bucket holds a
/// burst and refills such that no window of the vendor's length ever sees more than the limit: burst plus
/// refill in one window is the limit.
package struct TokenBucket: Sendable {
    private let burst: Double
    private let tokensPerMillisecond: Double
    private var tokens: Double
    private var filledAt: SteadyTime

    /// A full bucket at `now` that keeps `limit`.
    package init(_ limit: RateLimit, at now: SteadyTime) {
        let most = Double(limit.requestsMax)
        burst = max(1, (most / 4).rounded(.down))
        tokensPerMillisecond = max(most - burst, most / 2) / Double(limit.windowSeconds * 1_000)
        tokens = burst
        filledAt = now
    }

    /// How many requests may go now.
    package mutating func available(at now: SteadyTime) -> Int {
        fill(now)
        return Int(tokens)
    }

    /// Takes one token; without one left, those that come later wait for it.
    package mutating func spendToken(at now: SteadyTime) {
        fill(now)
        tokens -= 1
    }

    /// When the next token is there; `now` when one is.
    package mutating func nextToken(at now: SteadyTime) -> SteadyTime {
        fill(now)
        guard tokens < 1 else { return now }
        return now.adding(milliseconds: Int(((1 - tokens) / tokensPerMillisecond).rounded(.up)))
    }

    /// Takes one token, which may not be there yet, and returns in how many milliseconds it is; nil, and
    /// none is taken, when that is more than `within`.
    package mutating func reserveToken(at now: SteadyTime, within: Int) -> Int? {
        let wait = nextToken(at: now).milliseconds(since: now)
        guard wait <= within else { return nil }
        spendToken(at: now)
        return wait
    }

    /// Whether nothing was taken for so long that it makes no difference.
    package func isFull(at now: SteadyTime) -> Bool {
        var filled = self
        filled.fill(now)
        return filled.tokens >= burst
    }

    private mutating func fill(_ now: SteadyTime) {
        tokens = min(burst, tokens + Double(max(now.milliseconds(since: filledAt), 0)) * tokensPerMillisecond)
        filledAt = now
    }
}
