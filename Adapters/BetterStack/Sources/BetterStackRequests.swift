internal import AdapterKit
internal import OpenSenseWebhooks

/// The requests to the incidents API.
struct BetterStackRequests {
    let account: BetterStackAccount

    /// Asks for a page of the incidents that are open; the first is 1.
    ///
    /// How a query names metadata is unconfirmed, and one that is misunderstood would hide incidents, so
    /// that all are asked for.
    func list(page: Int) -> OutboundRequest {
        OutboundRequest(
            method: .get,
            url: account.baseURL.url(
                "api", "v3", "incidents",
                query: [
                    "resolved": "false", "per_page": "\(BetterStackLimits.incidentsPerPage)",
                    Self.pageName: "\(page)",
                ]),
            fields: [authorization], secrets: [account.apiToken])
    }

    /// The page that ``list(page:)`` asked for.
    static func page(of request: OutboundRequest) -> Int {
        let digits = request.url.reversed().prefix { $0.isASCII && $0.isNumber }
        return Int(String(digits.reversed())) ?? 1
    }

    /// Creates an incident, whose metadata say whose it is.
    func create(_ update: IncidentUpdate, nonce: String) throws(AdapterError) -> OutboundRequest {
        var fields = account.createFields
        fields["name"] = .string(update.title(within: BetterStackLimits.line))
        fields["summary"] = .string(update.title(within: BetterStackLimits.line))
        fields["description"] = .string(
            BetterStackLimits.description.cut(BetterStackDetails(update).description(update.briefing)))
        fields["metadata"] = .object(BetterStackMark(update, nonce: nonce).metadata(of: update))
        return post("v3", [], try JSONBody.encode(.object(fields)))
    }

    /// Acknowledges the incident `id`.
    func acknowledge(_ id: String) throws(AdapterError) -> OutboundRequest {
        post("v3", [id, "acknowledge"], try JSONBody.encode(["acknowledged_by": .string(Self.name)]))
    }

    /// Resolves the incident `id`.
    func resolve(_ id: String) throws(AdapterError) -> OutboundRequest {
        post("v3", [id, "resolve"], try JSONBody.encode(["resolved_by": .string(Self.name)]))
    }

    /// Comments on the incident `id`.
    func comment(_ id: String, _ update: IncidentUpdate) throws(AdapterError) -> OutboundRequest {
        let content = update.title(within: BetterStackLimits.note)
        return post("v2", [id, "comments"], try JSONBody.encode(["content": .string(content)]))
    }

    private func post(_ version: String, _ path: [String], _ body: [UInt8]) -> OutboundRequest {
        let incidents = account.baseURL.url("api", version, "incidents")
        return OutboundRequest(
            method: .post, url: ([incidents] + path).joined(separator: "/"),
            fields: [authorization, .init("Content-Type", "application/json")], body: body,
            secrets: [account.apiToken])
    }

    private var authorization: HeaderField {
        .init("Authorization", "Bearer \(account.apiToken.revealedText())")
    }

    private static let name = "OpenSense"
    /// Last in the query, where ``page(of:)`` looks for it.
    private static let pageName = "page"
}
