import AdapterKit
import OpenSenseWebhooks

/// A vendor that folds nothing: every POST is another incident.
struct LookingFirst: IncidentAdapter {
    let baseURL: BaseURL
    let traits = AdapterTraits(folds: false, actions: [.open])

    // snippet: looking
    func begin(_ update: IncidentUpdate, context: AdapterContext) throws(AdapterError) -> AdapterStep {
        guard context.progress == "creating" else { return .send(try create(update), progress: "creating") }
        // An attempt before this one may have created it: what it made shows within 5 s.
        return .askLater(look(update), after: .seconds(5))
    }

    func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) throws(AdapterError) -> AdapterStep {
        guard answer.status == 200 else { return answer.usualStep(explanation: "") }
        let body = JSONBody.decode(answer.body)
        if request.method == .post { return .done(state: kept(body?["id"]?.text)) }
        guard let found = body?.items?.first?["id"]?.text else { return .send(try create(update)) }
        return .done(state: kept(found))
    }
    // snippet end

    /// What of an id can be kept, whatever the vendor has sent.
    private func kept(_ id: String?) -> String? {
        id.map { String(String.UnicodeScalarView($0.unicodeScalars.prefix(64).filter { $0.value != 0 })) }
    }

    private func look(_ update: IncidentUpdate) -> OutboundRequest {
        OutboundRequest(method: .get, url: baseURL.url("incidents", query: ["key": update.key.text]))
    }

    private func create(_ update: IncidentUpdate) throws(AdapterError) -> OutboundRequest {
        let body: JSONValue = ["key": .string(update.key.text), "title": .string(update.title)]
        return OutboundRequest(
            method: .post, url: baseURL.url("incidents"), fields: [.init("Content-Type", "application/json")],
            body: try JSONBody.encode(body))
    }

    static let type = AdapterType(
        name: "looking", title: "Looking",
        settings: [
            AdapterSetting(
                name: "baseURL", environmentVariable: "LOOKING_BASE_URL", role: .locates,
                defaultValue: "https://incidents.example", summary: "Where the API is.")
        ]
    ) { settings throws(AdapterSettingError) in
        LookingFirst(baseURL: try settings.baseURL("baseURL"))
    }
}
