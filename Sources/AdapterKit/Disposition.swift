/// What a vendor's answer means for the update that was sent.
@nonexhaustive public enum Disposition: Sendable, Hashable {
    /// The vendor has it. `correlation` is kept with the incident and given to the adapter on later updates.
    case delivered(correlation: String?)
    /// The vendor decides later: after the wait, `request` asks for the outcome. Its answer is judged by
    /// the same adapter, and may be this case again.
    case checkLater(OutboundRequest, after: RetryAfter)
    /// Not now: the same update again, no sooner than the vendor asked for.
    case retry(after: RetryAfter?, reason: String)
    /// Never: the update becomes a dead letter. The reason has the vendor's own words, without secrets.
    case rejected(reason: String)
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
