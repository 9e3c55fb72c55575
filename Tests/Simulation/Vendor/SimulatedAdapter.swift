internal import AdapterKit

/// Speaks to a simulated vendor in as few bytes as it needs.
///
/// Where the vendor folds nothing, it keeps that it is about to create before it does, looks before it
/// creates again, and keeps the name of what it made until the resolve.
struct SimulatedAdapter: IncidentAdapter {
    /// The status by which a vendor accepts an update and reports its outcome on request.
    static let decidesLaterStatus = 299
    /// The pace of a vendor that has one.
    static let rateLimit = RateLimit(requestsMax: 20, windowSeconds: 60)

    let traits: AdapterTraits
    /// Where its requests go: the vendor's name, and behind it which key the vendor is to find incidents by.
    let name: String
    /// What its requests are counted under; nil for the destination as a whole.
    let paceKey: String?

    init(name: String, hasRateLimit: Bool, folds: Bool, paceKey: String?) {
        (self.name, self.paceKey) = (name, paceKey)
        traits = AdapterTraits(
            folds: folds, rateLimit: hasRateLimit ? Self.rateLimit : nil,
            actions: [.open, .update, .acknowledge, .resolve, .annotate])
    }

    func begin(_ update: IncidentUpdate, context: AdapterContext) -> AdapterStep {
        guard !traits.folds, update.action == .open else { return .send(request(update, context)) }
        guard context.progress != nil else { return .send(request(update, context), progress: "creating") }
        return .askLater(request(update, context, method: .get), after: .seconds(1))
    }

    func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) -> AdapterStep {
        if request.isLook { return looked(answer, update, context) }
        let check = OutboundRequest(
            purpose: .check, method: .get, url: name, body: request.body, paceKey: paceKey)
        if answer.status == Self.decidesLaterStatus { return .askLater(check, after: .seconds(2)) }
        let usual = answer.usualStep(explanation: "")
        if case .done = usual, update.action == .open { return .done(state: update.deliveryID) }
        guard request.purpose == .check, case .retry(let after, _) = usual else { return usual }
        return .askLater(check, after: after ?? .seconds(2))
    }

    private func looked(
        _ answer: VendorResponse, _ update: IncidentUpdate, _ context: AdapterContext
    ) -> AdapterStep {
        switch answer.status {
        case 200: .done(state: update.deliveryID)
        case 404: .send(request(update, context))
        default: answer.usualStep(explanation: "")
        }
    }

    private func request(
        _ update: IncidentUpdate, _ context: AdapterContext, method: OutboundRequest.Method = .post
    ) -> OutboundRequest {
        let words = [update.key.text, update.deliveryID, update.action.rawValue, context.state ?? ""]
        return OutboundRequest(
            method: method, url: name, body: Array(words.joined(separator: "\n").utf8), paceKey: paceKey)
    }
}
