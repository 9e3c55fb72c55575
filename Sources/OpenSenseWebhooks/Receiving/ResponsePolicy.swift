/// What a receiver answers where there is a choice.
///
/// ``standard`` loses nothing: OpenSense drops a delivery for ever on any 4xx but 429, and tries again on 429
/// and 5xx. Every other choice is named for what it does.
public struct ResponsePolicy: Sendable, Hashable {
    /// What to answer when the signature is right but its time is outside the tolerance.
    public enum Staleness: Sendable, Hashable {
        /// 429 with `Retry-After: 60`: only OpenSense can make such a request, and it may be this clock that
        /// is wrong.
        case askAgain
        /// 401, after which the sender drops the delivery.
        case reject
    }

    /// What to do when an unsigned header says something else than what was signed.
    public enum HeaderDisagreement: Sendable, Hashable {
        /// Report it and use what was signed.
        case report
        /// Report it and answer 401, after which the sender drops the delivery.
        case reject
    }

    /// What to answer to a delivery that is being handled at this moment.
    public enum InFlight: Sendable, Hashable {
        /// 429 with `Retry-After: 1`: should the first attempt fail, this one is still there.
        case askAgain
        /// 200: should the first attempt fail, the delivery is lost.
        case acknowledgeUnfinished
    }

    /// The choices that lose nothing.
    public static let standard = ResponsePolicy()

    /// A right signature with a time outside the tolerance.
    public var staleness = Staleness.askAgain
    /// A header that disagrees with what was signed.
    public var headerDisagreement = HeaderDisagreement.report
    /// A delivery that is being handled.
    public var inFlight = InFlight.askAgain
    /// The longest body, in bytes; a longer one is answered 413.
    ///
    /// 1 MiB, far above anything OpenSense documents.
    public var bodyBytesMax = 1_048_576
    /// When a request is answered 429 although its handler is not done, in seconds; the handler goes on and
    /// its result counts.
    ///
    /// The sender gives up after 5 s and tries again, so 4 s answers before that.
    ///
    /// - Range: 1 to 4; with more the sender has already given up, with 0 every delivery is answered 429 at
    ///   first.
    /// - Source: OpenSense webhook documentation, "Retry policy": a timeout over 5 s counts as 5xx.
    public var answerWithinSeconds = 4
    /// How long a claim on a delivery holds without being renewed, in seconds; it is renewed while its
    /// handler runs.
    ///
    /// After a crash this is how long a retry is put off.
    ///
    /// - Range: at least 1; less is taken as 1.
    public var leaseSeconds = 60
    /// The most handlers that run at once; more are answered 429 with `Retry-After: 1` to `30`.
    ///
    /// - Range: at least 1; with 0 every delivery is put off.
    public var handlersMax = 256
    /// The most deliveries that wait for the ledger at once; more are answered 429 with `Retry-After: 1` to
    /// `30`.
    ///
    /// - Range: at least 1; with 0 every delivery is put off.
    public var claimsMax = 1_024
    /// The most requests that are being put into the quarantine at once; more are answered 429.
    ///
    /// Strangers fill it, so it is small, and apart from what is authentic.
    ///
    /// - Range: at least 1; with 0 nothing is kept.
    public var quarantinesMax = 8
    /// The most requests in a minute of the clock that go to the quarantine.
    ///
    /// - Range: at least 0; with 0 nothing is kept.
    public var quarantinedPerMinuteMax = 60
    /// When the sender is asked to try again after a handler has failed, in seconds.
    ///
    /// The answer is 503, for which OpenSense documents its own retry schedule, beginning with 5 s.
    public var failureRetryAfterSeconds = 5

    /// The choices that lose nothing.
    public init() {}
}
