/// What OpenSense does with an answer.
///
/// - Source: OpenSense webhook documentation, "Retry policy".
package struct SenderRetries: Sendable {
    /// The waits after the failures, in seconds; after the last one the delivery is dropped.
    package static let backoffSeconds = [5, 30, 300, 1_800, 3_600, 21_600]
    /// Answers later than this count as 5xx.
    package static let timeoutSeconds = 5
    /// The most redirects that are followed.
    package static let redirectsMax = 3
    /// The wait after a 429 that does not say how long; the documentation is silent about it.
    package static let retryAfterMissingSeconds = 60

    /// The longest `Retry-After` that is followed, in seconds: a day.
    ///
    /// What OpenSense does is not documented.
    package static let retryAfterSecondsMax = 86_400

    /// What comes next.
    package enum Step: Sendable, Hashable {
        /// It arrived.
        case done
        /// It is sent again after so many seconds.
        case again(afterSeconds: Int)
        /// It is lost.
        case dropped
    }

    private var failures = 0

    /// No attempt has been made.
    package init() {}

    /// What follows an attempt.
    ///
    /// - Parameters:
    ///   - status: The answer's status; nil for none, which counts as 5xx.
    ///   - retryAfterSeconds: The answer's `Retry-After`.
    package mutating func next(status: Int?, retryAfterSeconds: Int?) -> Step {
        switch status {
        case .some(200...299): return .done
        case .some(429):
            let asked = retryAfterSeconds ?? Self.retryAfterMissingSeconds
            return .again(afterSeconds: min(max(asked, 0), Self.retryAfterSecondsMax))
        case .none, .some(500...599):
            guard failures < Self.backoffSeconds.count else { return .dropped }
            failures += 1
            return .again(afterSeconds: Self.backoffSeconds[failures - 1])
        default: return .dropped
        }
    }
}
