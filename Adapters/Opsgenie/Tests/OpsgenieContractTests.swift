import AdapterKit
import AdapterTesting
import OpsgenieAdapter
import Testing

@Suite struct `Opsgenie contract` {
    static let keys = ["eb243592-faa2-4ba2-a551-1afdf565c889", #"odd"key\with/marks%21"#]

    @Test(arguments: keys)
    func `the adapter keeps the contract`(_ apiKey: String) { keeps(Opsgenie.type, apiKey) }

    @Test func `Jira Service Management's adapter keeps the contract`() {
        keeps(JiraServiceManagement.type, Self.keys[0])
    }

    private func keeps(_ type: AdapterType, _ apiKey: String) {
        let contract = AdapterContract(
            type, settings: ["apiKey": apiKey],
            limits: [
                .text("message", TextLimit(max: 130)), .text("alias", TextLimit(max: 512)),
                .text("description", TextLimit(max: 15_000)), .text("entity", TextLimit(max: 512)),
                .text("source", TextLimit(max: 100)), .text("user", TextLimit(max: 100)),
                .text("note", TextLimit(max: 25_000)), .text("tags.*", TextLimit(max: 50)),
                .items("tags", countMax: 20), .totalText("details", unitsMax: 8_000),
            ],
            hiddenRefusals: [
                HiddenRefusal(
                    .check,
                    body: #"{"data":{"success":false,"isSuccess":false,"action":"Create","status":"No."}}"#)
            ],
            incidentName: { AdapterContract.text("alias", in: $0) ?? Self.aliasInURL($0) })
        #expect(contract.violations() == [])
    }

    /// `…/v2/alerts/{alias}/close?identifierType=alias`, where `:` and `=` are percent-encoded.
    private static func aliasInURL(_ request: OutboundRequest) -> String? {
        let parts = request.url.split(separator: "/")
        guard let index = parts.firstIndex(of: "alerts"), index + 1 < parts.count else { return nil }
        return parts[index + 1].split(separator: "%3A", omittingEmptySubsequences: false).joined(
            separator: ":"
        )
        .split(separator: "%3D", omittingEmptySubsequences: false).joined(separator: "=")
    }
}
