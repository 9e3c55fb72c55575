import AdapterKit
import AdapterTesting
import OpenSenseWebhooks

/// A small adapter that keeps the contract, each part of which can be replaced by a broken one.
struct ScriptedAdapter: IncidentAdapter, CustomStringConvertible {
    typealias Requests = @Sendable (IncidentUpdate, Secret) throws(AdapterError) -> [OutboundRequest]
    typealias Judge = @Sendable (VendorResponse, OutboundRequest) -> Disposition

    var description = "ScriptedAdapter"
    var token: Secret
    var requests: Requests = { update, token throws(AdapterError) in [try Self.request(update, token)] }
    var judge: Judge = { response, request in
        response.usualDisposition(explanation: request.quote(String(decoding: response.body, as: UTF8.self)))
    }

    var traits: AdapterTraits { AdapterTraits(deduplicates: true, rateLimit: nil) }

    func requests(for update: IncidentUpdate, correlation: String?) throws(AdapterError) -> [OutboundRequest]
    {
        try requests(update, token)
    }

    func disposition(of response: VendorResponse, to request: OutboundRequest) -> Disposition {
        judge(response, request)
    }

    /// A request that keeps every rule, but for what is replaced.
    static func request(
        _ update: IncidentUpdate, _ token: Secret, url: String = "https://vendor.example/alerts",
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
        let own: [HeaderField] = [
            .init("Content-Type", "application/json"),
            .init("Authorization", "Bearer \(token.revealedText())"),
        ]
        let written: [UInt8]
        if let body { written = body } else { written = try JSONBody.encode(value) }
        return OutboundRequest(
            method: .post, url: url, fields: own + fields, body: written, secrets: secrets ?? [token])
    }

    static let exampleToken = "0123456789abcdef-0123456789"

    /// The contract of the adapter that `change` makes of the good one.
    static func contract(
        limits: [ContractLimit] = [.text("title", TextLimit(max: 100)), .body(bytesMax: 1_000)],
        _ change: @escaping @Sendable (inout ScriptedAdapter) -> Void = { _ in }
    ) -> AdapterContract {
        contract(
            limits: limits,
            making: { settings throws(AdapterSettingError) in
                var adapter = ScriptedAdapter(token: try settings.secret("token"))
                change(&adapter)
                return adapter
            })
    }

    /// The contract of whatever `make` makes.
    static func contract(
        limits: [ContractLimit] = [],
        making make: @escaping @Sendable (AdapterSettings) throws(AdapterSettingError) -> any IncidentAdapter
    ) -> AdapterContract {
        let token = AdapterSetting(
            name: "token", environmentVariable: "TOKEN", isSecret: true, summary: "A token.")
        return AdapterContract(
            AdapterType(name: "scripted", title: "Scripted", settings: [token], make: make),
            settings: ["token": exampleToken], limits: limits,
            incidentName: { AdapterContract.text("name", in: $0) })
    }
}
