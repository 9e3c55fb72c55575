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
            deduplicates: true,
            rateLimit: hasRateLimit ? RateLimit(requestsMax: 20, windowSeconds: 60) : nil)
    }

    func requests(
        for update: IncidentUpdate, correlation: String?
    ) throws(AdapterError) -> [OutboundRequest] {
        let body = "\(update.key.text)\n\(update.deliveryID)\n\(update.action.rawValue)"
        return [OutboundRequest(method: .post, url: name, body: Array(body.utf8))]
    }

    func disposition(of response: VendorResponse, to request: OutboundRequest) -> Disposition {
        let check = OutboundRequest(purpose: .check, method: .get, url: name, body: request.body)
        if response.status == Self.decidesLaterStatus { return .checkLater(check, after: .seconds(2)) }
        let usual = response.usualDisposition(explanation: "")
        guard request.purpose == .check, case .retry(let after, _) = usual else { return usual }
        return .checkLater(check, after: after ?? .seconds(2))
    }
}
