package import AdapterKit

/// When a failed job is tried again, and when it is given up.
///
/// Exponential backoff with full jitter: the wait is uniform between nothing and a bound that doubles with
/// each attempt, so that many jobs that failed together do not come back together.
package struct RetryPolicy: Sendable, Hashable {
    /// The bound before the second attempt, in milliseconds.
    package var firstMilliseconds = 1_000
    /// The bound never exceeds this many milliseconds.
    package var capMilliseconds = 300_000
    /// The longest pause that a vendor's `Retry-After` can cause, in seconds.
    ///
    /// No documented rate limit is longer, and a date in the wrong year or a number in the wrong unit must
    /// not delay an alarm for a day.
    package static let believedSecondsMax = 3_600

    /// A job older than this many seconds is given up.
    package var giveUpAfterSeconds = 86_400

    /// The defaults: 1 s, doubling, at most 5 min, given up after 24 h.
    package init() {}

    /// How long a job waits after its `attempts`-th failure.
    ///
    /// - Parameters:
    ///   - attempts: How often it was tried, at least 1.
    ///   - triedMilliseconds: For how long it has been tried.
    ///   - askedMilliseconds: The wait that the vendor asked for, as ``askedMilliseconds(_:at:)`` gives it;
    ///     the jitter comes on top of it.
    ///   - random: Uniform random bits.
    /// - Returns: Milliseconds until the next attempt, or nil to give up.
    package func waitMilliseconds(
        attempts: Int, triedMilliseconds: Int, askedMilliseconds asked: Int, random: UInt64
    ) -> Int? {
        // Judged by the time that has passed, not by the time that was asked for.
        guard triedMilliseconds < giveUpAfterSeconds * 1_000 else { return nil }
        let bound = min(firstMilliseconds << min(max(attempts - 1, 0), 20), capMilliseconds)
        let jitter = Int(random % UInt64(bound + 1))
        return asked > 0 ? asked + min(jitter, firstMilliseconds) : max(jitter, firstMilliseconds / 10)
    }

    /// How long requests to a vendor that asks for a pause are suspended, in milliseconds; 0 when it asks for
    /// none.
    ///
    /// Honoured in full up to ``believedSecondsMax``.
    ///
    /// - Parameter now: The wall clock, by which a vendor's date is read.
    package func askedMilliseconds(_ retryAfter: RetryAfter?, at now: WallTime) -> Int {
        min(retryAfter?.secondsToWait(at: now.unixSeconds) ?? 0, Self.believedSecondsMax) * 1_000
    }
}
