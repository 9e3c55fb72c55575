import AdapterKit
import AdapterTesting
import OpenSenseWebhooks

/// A small adapter that keeps the contract, each part of which can be replaced by a broken one.
struct ScriptedAdapter: IncidentAdapter, CustomStringConvertible {
    typealias Requests = @Sendable (IncidentUpdate, Secret) throws(AdapterError) -> [OutboundRequest]
    typealias Judge = @Sendable (VendorResponse, OutboundRequest) -> AdapterStep
    typealias Begin =
        @Sendable (IncidentUpdate, Secret, AdapterContext) throws(AdapterError) -> AdapterStep
    typealias Next =
        @Sendable (VendorResponse, OutboundRequest, IncidentUpdate, Secret, AdapterContext)
        throws(AdapterError) -> AdapterStep

    var description = "ScriptedAdapter"
    var token: Secret
    var traits = AdapterTraits(folds: true)
    var requests: Requests = { update, token throws(AdapterError) in [try Self.request(update, token)] }
    var judge: Judge = { response, request in
        response.usualStep(explanation: request.quote(String(decoding: response.body, as: UTF8.self)))
    }
    /// In place of `requests`, with several steps.
    var script: (begin: Begin, next: Next)?

    func begin(_ update: IncidentUpdate, context: AdapterContext) throws(AdapterError) -> AdapterStep {
        if let script { return try script.begin(update, token, context) }
        guard let request = try requests(update, token).first else { return .done() }
        return .send(request)
    }

    func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) throws(AdapterError) -> AdapterStep {
        if let script { return try script.next(answer, request, update, token, context) }
        return judge(answer, request)
    }

    /// A request that keeps every rule, but for what is replaced.
    static func request(
        _ update: IncidentUpdate, _ token: Secret, purpose: OutboundRequest.Purpose = .deliver,
        method: OutboundRequest.Method = .post, url: String = "https://vendor.example/alerts",
        title: String? = nil,
        name: String? = nil, fields: [HeaderField] = [], body: [UInt8]? = nil,
        extra: JSONValue = .null,
        secrets: [Secret]? = nil
    ) throws(AdapterError) -> OutboundRequest {
        let value: JSONValue = [
            "name": .string(name ?? update.key.vendorKey(charactersMax: 200)),
            "title": .string(title ?? TextLimit(max: 100).cutLine(update.title)),
            "action": .string(update.action.rawValue), "extra": extra,
        ]
        let authorization = HeaderField("Authorization", "Bearer \(token.revealedText())")
        let contentType = HeaderField("Content-Type", "application/json")
        let own = method == .get ? [authorization] : [contentType, authorization]
        let written: [UInt8]
        if let body { written = body } else { written = try JSONBody.encode(value) }
        return OutboundRequest(
            purpose: purpose, method: method, url: url, fields: own + fields,
            body: method == .get ? [] : written, secrets: secrets ?? [token])
    }

    static let exampleToken = "0123456789abcdef-0123456789"

    /// The contract of the adapter that `change` makes of the good one.
    static func contract(
        limits: [ContractLimit] = [.text("title", TextLimit(max: 100)), .body(bytesMax: 1_000)],
        hiddenRefusals: [HiddenRefusal] = [],
        _ change: @escaping @Sendable (inout ScriptedAdapter) -> Void = { _ in }
    ) -> AdapterContract {
        contract(
            limits: limits, hiddenRefusals: hiddenRefusals,
            making: { settings throws(AdapterSettingError) in
                var adapter = ScriptedAdapter(token: try settings.secret("token"))
                change(&adapter)
                return adapter
            })
    }

    /// The contract of whatever `make` makes.
    static func contract(
        limits: [ContractLimit] = [], hiddenRefusals: [HiddenRefusal] = [],
        role: AdapterSetting.Role = .authenticates,
        making make: @escaping @Sendable (AdapterSettings) throws(AdapterSettingError) -> any IncidentAdapter
    ) -> AdapterContract {
        let token = AdapterSetting(
            name: "token", environmentVariable: "TOKEN", isSecret: true, role: role, summary: "A token.")
        return AdapterContract(
            AdapterType(name: "scripted", title: "Scripted", settings: [token], make: make),
            settings: ["token": exampleToken], limits: limits, hiddenRefusals: hiddenRefusals,
            answer: { request in
                let body = request.method == .get ? "[]" : #"{"id":"i-1"}"#
                return VendorResponse(status: 202, body: Array(body.utf8))
            },
            incidentName: { AdapterContract.text("name", in: $0) })
    }
}
