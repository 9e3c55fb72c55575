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
    /// The longest wait asked for by a vendor that is believed, in seconds: nobody's limit is longer, and a date in
    /// the wrong year or a number in the wrong unit must not mute an alarm for a day.
    package static let believedSecondsMax = 3_600

    /// A job older than this many seconds is given up.
    package var giveUpAfterSeconds = 86_400

    /// The defaults: 1 s, doubling, at most 5 min, given up after 24 h.
    package init() {}

    /// What becomes of a job after its `attempts`-th failure.
    ///
    /// - Parameters:
    ///   - attempts: How often it was tried, at least 1.
    ///   - startedAt: When it was first tried, in milliseconds.
    ///   - now: The clock, in milliseconds.
    ///   - retryAfter: What the vendor asked for; honoured in full up to ``believedSecondsMax``, the jitter comes on
    ///     top of it.
    ///   - random: Uniform random bits.
    /// - Returns: When to try again, in milliseconds, or nil to give up.
    package func nextAttempt(
        attempts: Int, startedAt: Int, now: Int, retryAfter: RetryAfter?, random: UInt64
    ) -> Int? {
        let bound = min(firstMilliseconds << min(max(attempts - 1, 0), 20), capMilliseconds)
        let jitter = Int(random % UInt64(bound + 1))
        let asked = believed(retryAfter, at: now)
        let due =
            now + (asked > 0 ? asked + min(jitter, firstMilliseconds) : max(jitter, firstMilliseconds / 10))
        // Judged by the time that has passed, not by the time that was asked for.
        return now - startedAt >= giveUpAfterSeconds * 1_000 ? nil : due
    }

    /// How long a vendor that asks for a wait is left alone, in milliseconds.
    package func believed(_ retryAfter: RetryAfter?, at now: Int) -> Int {
        min(retryAfter?.secondsToWait(at: now / 1_000) ?? 0, Self.believedSecondsMax) * 1_000
    }
}
