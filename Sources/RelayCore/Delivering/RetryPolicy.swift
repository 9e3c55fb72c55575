package import AdapterKit

/// When a failed job is tried again, and when it is given up.
///
/// Exponential backoff with full jitter: the wait is uniform between nothing and a bound that doubles with each
/// attempt, so that many jobs that failed together do not come back together.
package struct RetryPolicy: Sendable, Hashable {
    /// The bound before the second attempt, in milliseconds.
    package var firstMilliseconds = 1_000
    /// The bound never exceeds this many milliseconds.
    package var capMilliseconds = 300_000
    /// A job older than this many seconds is given up.
    package var giveUpAfterSeconds = 86_400

    /// The defaults: 1 s, doubling, at most 5 min, given up after 24 h.
    package init() {}

    /// What becomes of a job after its `attempts`-th failure.
    ///
    /// - Parameters:
    ///   - attempts: How often it was tried, at least 1.
    ///   - acceptedAt: When it was accepted, in milliseconds.
    ///   - now: The clock, in milliseconds.
    ///   - retryAfter: What the vendor asked for; honoured in full, the jitter comes on top of it.
    ///   - random: Uniform random bits.
    /// - Returns: When to try again, in milliseconds, or nil to give up.
    package func nextAttempt(
        attempts: Int, acceptedAt: Int, now: Int, retryAfter: RetryAfter?, random: UInt64
    ) -> Int? {
        let bound = min(firstMilliseconds << min(max(attempts - 1, 0), 20), capMilliseconds)
        let jitter = Int(random % UInt64(bound + 1))
        // A vendor that asks for more than we would ever wait is asking us to give up.
        let asked = min(retryAfter?.secondsToWait(at: now / 1_000) ?? 0, giveUpAfterSeconds) * 1_000
        let due =
            now + (asked > 0 ? asked + min(jitter, firstMilliseconds) : max(jitter, firstMilliseconds / 10))
        return due - acceptedAt > giveUpAfterSeconds * 1_000 ? nil : due
    }
}
