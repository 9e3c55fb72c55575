internal import OpenSenseWebhooks

/// One place at a vendor with several credentials, of which any that is valid will do.
///
/// An update begins with the first; where the vendor refuses that, with the next. Nothing is kept between
/// updates, so that the first one is used as soon as the vendor takes it.
package struct CredentialFallback: IncidentAdapter {
    private let adapters: [any IncidentAdapter]

    /// The adapters of one type that differ in their credentials alone, at least one.
    package init(_ adapters: [any IncidentAdapter]) {
        precondition(!adapters.isEmpty, "A destination has at least one adapter.")
        self.adapters = adapters
    }

    /// Those of the first: what a vendor allows does not depend on a password.
    package var traits: AdapterTraits { adapters[0].traits }

    /// Those of the first, as no answer to them is followed by anything.
    package var standing: [StandingState] { adapters[0].standing }

    /// That of the first: the others differ in their credentials alone.
    package var advice: [String] { adapters[0].advice }

    /// The first step with the first credentials.
    package func begin(
        _ update: IncidentUpdate, context: AdapterContext
    ) throws(AdapterError) -> AdapterStep {
        try adapters[0].begin(update, context: context)
    }

    /// The step that follows an answer; a refusal of credentials is followed by the first step with the next.
    package func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) throws(AdapterError) -> AdapterStep {
        let index = min(request.credential, adapters.count - 1)
        let step = try adapters[index].next(answer, to: request, for: update, context: context)
        guard case .refused(.credentials, _) = step, index + 1 < adapters.count else {
            return step.with(credential: index)
        }
        return try adapters[index + 1].begin(update, context: context).with(credential: index + 1)
    }
}

extension AdapterStep {
    /// The same step with the place of its request's credentials among several.
    func with(credential: Int) -> AdapterStep {
        switch self {
        case .send(var request, let progress):
            request.credential = credential
            return .send(request, progress: progress)
        case .askLater(var request, let after, let progress):
            request.credential = credential
            return .askLater(request, after: after, progress: progress)
        default: return self
        }
    }
}
