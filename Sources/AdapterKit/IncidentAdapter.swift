/// Translates incident updates into one vendor's requests, and the vendor's answers into decisions.
///
/// An adapter is pure: it does no I/O, holds no clock and keeps nothing between calls, so the same input
/// always gives the same bytes. Everything else (order, retries, pace, storage) is the relay's.
///
/// Run `AdapterContract` from the module `AdapterTesting` over every adapter.
public protocol IncidentAdapter: Sendable {
    /// What the vendor allows, and how it takes a request that comes twice.
    var traits: AdapterTraits { get }

    /// The requests that bring `update` to the vendor, to be sent in this order, each after the one before it
    /// was delivered. When one fails the whole update is sent again from the first, so each must be harmless
    /// to repeat. Empty when the vendor has no use for the update.
    ///
    /// - Parameters:
    ///   - update: What happened to which incident.
    ///   - correlation: What ``Disposition/delivered(correlation:)`` of an earlier update of this incident
    ///     asked to keep, if anything.
    /// - Throws: ``AdapterError`` when no retry could ever succeed; the update becomes a dead letter.
    func requests(
        for update: IncidentUpdate, correlation: String?
    ) throws(AdapterError) -> [OutboundRequest]

    /// What the vendor's answer to `request` means.
    func disposition(of response: VendorResponse, to request: OutboundRequest) -> Disposition
}

/// What a vendor allows, and how it takes a request that comes twice.
public struct AdapterTraits: Sendable, Hashable {
    /// Whether the vendor folds a repeated request into the first one.
    public let deduplicates: Bool
    /// The pace the vendor allows for one set of credentials; nil when it publishes none.
    public let rateLimit: RateLimit?

    /// The traits of a vendor.
    public init(deduplicates: Bool, rateLimit: RateLimit?) {
        self.deduplicates = deduplicates
        self.rateLimit = rateLimit
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
