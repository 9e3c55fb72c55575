/// What a vendor allows, and how it takes a request that comes twice.
public struct AdapterTraits: Sendable, Hashable {
    /// How an incident that is open pages a second time.
    public enum PagingAgain: Sendable, Hashable {
        /// Its resolve and a new open do it.
        case byReopening
        /// An open under another name does it.
        case byAnotherKey
        /// Nothing does.
        case never
    }

    /// What the adapter can do; an update with another action ends without a request.
    public let actions: Set<IncidentUpdate.Action>
    /// Whether the vendor folds a repeated request into the first one.
    ///
    /// Where it does not, no `POST` and no `PATCH` goes over a connection that was used before: a client may
    /// repeat a request when such a connection turns out to be closed.
    public let folds: Bool
    /// The pace that the vendor allows; nil when it publishes none.
    ///
    /// It holds for one destination, or for each ``OutboundRequest/paceKey`` where requests name one.
    public let rateLimit: RateLimit?
    /// The pace for each ``OutboundRequest/paceKey`` where it is not ``rateLimit``.
    public let rateLimitOfPaceKeys: RateLimit?
    /// How an incident pages again that gets worse while it is open, or begins again after a person has
    /// acknowledged it.
    public let pagesAgain: PagingAgain
    /// Whether what it sends has texts or severities of ours; one that passes the sender's event on as it
    /// came has neither.
    public let usesWording: Bool
    /// How often an open incident is refreshed; for what comes, no relay does it yet.
    ///
    /// - Unit: seconds. Nil for a vendor that needs no refresh.
    public let refreshSeconds: Int?

    /// The traits of a vendor.
    public init(
        folds: Bool, rateLimit: RateLimit? = nil,
        actions: Set<IncidentUpdate.Action> = [.open, .acknowledge, .resolve, .annotate],
        pagesAgain: PagingAgain = .byReopening, refreshSeconds: Int? = nil,
        rateLimitOfPaceKeys: RateLimit? = nil, usesWording: Bool = true
    ) {
        self.actions = actions
        self.folds = folds
        self.rateLimit = rateLimit
        self.rateLimitOfPaceKeys = rateLimitOfPaceKeys ?? rateLimit
        self.pagesAgain = pagesAgain
        self.refreshSeconds = refreshSeconds
        self.usesWording = usesWording
    }
}

/// So many requests in so much time.
public struct RateLimit: Sendable, Hashable {
    /// The most requests in any window; at least 1.
    public let requestsMax: Int
    /// The window's length in seconds; at least 1.
    public let windowSeconds: Int

    /// A limit of `requestsMax` in any `windowSeconds`.
    public init(requestsMax: Int, windowSeconds: Int) {
        precondition(
            requestsMax > 0 && windowSeconds > 0, "A rate limit lets something through in some time.")
        self.requestsMax = requestsMax
        self.windowSeconds = windowSeconds
    }
}
