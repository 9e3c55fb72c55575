internal import AdapterKit

/// Speaks to a simulated vendor in as few bytes as it needs.
struct SimulatedAdapter: IncidentAdapter {
    /// The status by which a vendor accepts an update and reports its outcome on request.
    static let decidesLaterStatus = 299

    let traits: AdapterTraits
    let name: String

    init(name: String, hasRateLimit: Bool) {
        self.name = name
        traits = AdapterTraits(
            folds: true,
            rateLimit: hasRateLimit ? RateLimit(requestsMax: 20, windowSeconds: 60) : nil)
    }

    func begin(_ update: IncidentUpdate, context: AdapterContext) -> AdapterStep {
        let body = "\(update.key.text)\n\(update.deliveryID)\n\(update.action.rawValue)"
        return .send(OutboundRequest(method: .post, url: name, body: Array(body.utf8)))
    }

    func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) -> AdapterStep {
        let check = OutboundRequest(purpose: .check, method: .get, url: name, body: request.body)
        if answer.status == Self.decidesLaterStatus { return .askLater(check, after: .seconds(2)) }
        let usual = answer.usualStep(explanation: "")
        guard request.purpose == .check, case .retry(let after, _) = usual else { return usual }
        return .askLater(check, after: after ?? .seconds(2))
    }
}
