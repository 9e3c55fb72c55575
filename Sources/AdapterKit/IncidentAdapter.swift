/// Translates incident updates into one vendor's requests, and the vendor's answers into decisions.
///
/// An adapter is pure: it does no I/O, holds no clock and keeps nothing between calls, so the same input
/// always gives the same step. Everything else (order, retries, pace, storage) is the relay's.
///
/// An update begins with ``begin(_:context:)`` and goes on with ``next(_:to:for:context:)`` for each answer.
/// A vendor that folds a repeated request into the first one needs neither progress nor state: `begin` gives
/// the one request, and `next` says what the answer means, most often by
/// ``VendorResponse/usualStep(explanation:isAddressCredential:)``. The guide <doc:WriteAnAdapter> has both
/// kinds.
///
/// Run `AdapterContract` from the module `AdapterTesting` over every adapter.
public protocol IncidentAdapter: Sendable {
    /// What the vendor allows, and how it takes a request that comes twice.
    var traits: AdapterTraits { get }

    /// What stands at the vendor for an incident and is to hear its state also while nothing happens; none
    /// unless implemented.
    ///
    /// Of each the relay says regularly that its incident is closed, while that is so and no update of it is
    /// on its way.
    var standing: [StandingState] { get }

    /// What a person should know who has chosen this adapter with these settings, a sentence each; none
    /// unless implemented.
    ///
    /// `check-config` shows them as warnings. They hold no secret.
    var advice: [String] { get }

    /// The first step for `update`.
    ///
    /// It is called for each attempt. When an attempt before this one has kept progress, that stands in
    /// `context`: what it describes may have been sent, and its answer may be lost.
    ///
    /// - Parameters:
    ///   - update: What happened to which incident; its action is one of ``AdapterTraits/actions``.
    ///   - context: The update's time, nonce, state and progress.
    /// - Throws: ``AdapterError`` when no retry could ever succeed: the same as ``Refusal/content``.
    func begin(_ update: IncidentUpdate, context: AdapterContext) throws(AdapterError) -> AdapterStep

    /// The step that follows the vendor's answer to `request`.
    ///
    /// - Parameters:
    ///   - answer: What the vendor answered.
    ///   - request: The request of the step before.
    ///   - update: The update that began.
    ///   - context: As at the beginning, but for the progress, which is what was kept last.
    /// - Throws: ``AdapterError`` when no retry could ever succeed: the same as ``Refusal/content``.
    func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) throws(AdapterError) -> AdapterStep
}

extension IncidentAdapter {
    /// None.
    public var advice: [String] { [] }

    /// None.
    public var standing: [StandingState] { [] }
}
