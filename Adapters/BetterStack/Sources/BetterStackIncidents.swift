public import AdapterKit
internal import OpenSenseWebhooks

/// Creates, acknowledges and resolves Better Stack incidents through the incidents API.
///
/// A create has no idempotency key, so the adapter looks among the open incidents first, and again after a
/// crash. ``BetterStack`` needs none of that and is the better choice where a webhook can be set up.
///
/// - Folds: nothing; incidents of ours are found by their metadata and then by their id.
/// - Limits: see `Adapters/BetterStack/README.md`; each is a named constant in `BetterStackLimits`.
public struct BetterStackIncidents: IncidentAdapter {
    private let requests: BetterStackRequests

    /// An adapter for one account.
    ///
    /// - Parameter settings: The settings that ``type`` lists.
    /// - Throws: ``/AdapterKit/AdapterSettingError`` for a setting that Better Stack would refuse.
    public init(settings: AdapterSettings) throws(AdapterSettingError) {
        requests = BetterStackRequests(account: try BetterStackAccount(settings))
    }

    /// Nothing is folded, and Better Stack publishes no pace.
    public var traits: AdapterTraits {
        AdapterTraits(
            folds: false, actions: [.open, .update, .acknowledge, .resolve], pagesAgain: .byReopening)
    }

    /// Looks among the open incidents, unless the id is known.
    ///
    /// What an attempt before this one has created may not be in the list yet, so it is asked for later then.
    ///
    /// - Throws: ``/AdapterKit/AdapterError`` when the request cannot be written as JSON.
    public func begin(
        _ update: IncidentUpdate, context: AdapterContext
    ) throws(AdapterError) -> AdapterStep {
        if let id = context.state, BetterStackList.isID(id), update.action != .open {
            return try follow(id, update)
        }
        switch update.action {
        case .open, .update, .acknowledge, .resolve: break
        case .annotate, .refresh: return .done()
        }
        return context.progress == nil ? .send(requests.list(page: 1)) : lookLater(nil)
    }

    /// What Better Stack's answer means, and what follows from a list of incidents.
    ///
    /// - Throws: ``/AdapterKit/AdapterError`` when a request cannot be written as JSON.
    public func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) throws(AdapterError) -> AdapterStep {
        let step = answer.usualStep(
            explanation: request.quote(BetterStackWords.explanation(of: answer)))
        switch (request.method, update.action, step) {
        case (.get, _, .done): return try looked(answer, request, update, context)
        case (.get, _, _): return step
        case (_, .open, .done): return created(answer)
        case (_, .open, _): return step
        // It is acknowledged or over already, or was deleted: nothing is left to do.
        case (_, _, .refused) where [404, 409].contains(answer.status): return .done()
        default: return step
        }
    }

    private func looked(
        _ answer: VendorResponse, _ request: OutboundRequest, _ update: IncidentUpdate,
        _ context: AdapterContext
    ) throws(AdapterError) -> AdapterStep {
        guard let list = BetterStackList(answer) else {
            return .retry(after: nil, reason: "status \(answer.status) without a list of incidents")
        }
        let mark = BetterStackMark(update, nonce: context.nonce)
        if update.action == .open, let id = list.created(by: mark) { return .done(state: id) }
        // An open is to page: what another update has opened, and what may be acknowledged, is not it.
        if update.action != .open, let id = list.incident(of: mark) { return try follow(id, update) }
        let page = BetterStackRequests.page(of: request)
        if list.hasNext, page < BetterStackLimits.pagesMax { return .send(requests.list(page: page + 1)) }
        return try foundNothing(update, context, isAll: !list.hasNext)
    }

    private func foundNothing(
        _ update: IncidentUpdate, _ context: AdapterContext, isAll: Bool
    ) throws(AdapterError) -> AdapterStep {
        if update.action == .open {
            return .send(
                try requests.create(update, nonce: context.nonce), progress: Progress.creating.rawValue)
        }
        // Without an id its create may have been a moment ago.
        if context.progress == nil { return lookLater(.lookingAgain) }
        let count = BetterStackLimits.pagesMax * BetterStackLimits.incidentsPerPage
        return .done(
            remark: isAll
                ? nil
                : "its incident is not among the \(count) open ones that were looked at; look for it by hand")
    }

    /// A 201 without an id has created all the same, and another create would page again.
    ///
    /// What follows looks for it. Any other 2xx is not documented and may come from a proxy.
    private func created(_ answer: VendorResponse) -> AdapterStep {
        if let id = BetterStackList.id(of: JSONBody.decode(answer.body)?["data"]) { return .done(state: id) }
        return answer.status == 201
            ? .done() : .retry(after: nil, reason: "status \(answer.status) without the incident's id")
    }

    private func follow(_ id: String, _ update: IncidentUpdate) throws(AdapterError) -> AdapterStep {
        switch update.action {
        case .acknowledge: .send(try requests.acknowledge(id))
        case .resolve: .send(try requests.resolve(id))
        case .update: .send(try requests.comment(id, update))
        case .open, .annotate, .refresh: .done()
        }
    }

    private func lookLater(_ progress: Progress?) -> AdapterStep {
        .askLater(
            requests.list(page: 1), after: .seconds(BetterStackLimits.visibilitySeconds),
            progress: progress?.rawValue)
    }

    /// What is kept with a step; any of them has the next attempt wait before it looks.
    private enum Progress: String {
        /// A create may have been sent.
        case creating
        /// What the list showed is looked at once more.
        case lookingAgain = "looking-again"
    }
}
