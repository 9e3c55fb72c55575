/// What is done next for an update: an adapter's answer to each call.
@nonexhaustive public enum AdapterStep: Sendable, Hashable {
    /// Send `request`; ``IncidentAdapter/next(_:to:for:context:)`` gets the answer.
    ///
    /// `progress` is on disk before the request is sent, so that an attempt after a crash begins with it. Nil
    /// leaves what is kept as it is.
    case send(OutboundRequest, progress: String? = nil)
    /// Send `request` after the wait: the vendor decides later, or does not show yet what it has.
    ///
    /// `progress` is kept as with ``send(_:progress:)``, before the wait begins. After 2 minutes of such
    /// steps the update counts as done when the request is an ``OutboundRequest/Purpose/check``, and is tried
    /// again from the beginning otherwise.
    case askLater(OutboundRequest, after: RetryAfter, progress: String? = nil)
    /// The vendor has the update, or has no use for it.
    ///
    /// `state` is kept with the episode at this destination until that is resolved, and stands in the context
    /// of its later updates: the vendor's id, for example. Nil leaves what is kept as it is.
    ///
    /// The remark stands in the job's trail and in the log: what a person should know of a success that did
    /// less than it seems, such as an alert that a rule of theirs suppressed. It holds no secret; what is
    /// longer than 400 bytes is cut.
    case done(state: String? = nil, remark: String? = nil)
    /// Not now: the same update from ``IncidentAdapter/begin(_:context:)`` again, no sooner than the vendor
    /// asked for. The reason is for a person and holds no secret.
    case retry(after: RetryAfter?, reason: String)
    /// The vendor does not take it. The reason has the vendor's words, without secrets.
    case refused(Refusal, reason: String)

    /// The longest ``AdapterContext/progress``; what is longer is refused before anything is sent.
    ///
    /// - Unit: bytes of UTF-8. It is written to disk for each step, and may not hold a NUL.
    public static var progressBytesMax: Int { 1_024 }

    /// The longest ``AdapterContext/state``.
    ///
    /// - Unit: bytes of UTF-8. It is stored with each open incident, and may not hold a NUL.
    public static var stateBytesMax: Int { 1_024 }
}

/// What a vendor does not take.
@nonexhaustive public enum Refusal: Sendable, Hashable {
    /// This update: no later attempt could succeed.
    case content
    /// The credentials: every update to this destination is refused until a person changes them.
    case credentials
}

/// A vendor's `Retry-After`, in either of its two forms (RFC 9110, section 10.2.3).
public enum RetryAfter: Sendable, Hashable {
    /// So many seconds from the answer.
    case seconds(Int)
    /// Not before this moment, in seconds since 1970-01-01T00:00:00Z.
    case unixTime(Int)

    /// The seconds to wait at `now`; never negative.
    public func secondsToWait(at now: Int) -> Int {
        switch self {
        case .seconds(let seconds): max(seconds, 0)
        case .unixTime(let time): max(time - now, 0)
        }
    }
}
