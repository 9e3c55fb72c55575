import AdapterKit
import AdapterTesting
import Testing
import WebhookAdapter

@Suite struct `Webhook contract` {
    /// Settings, and where the title and the incident's name stand in the body.
    struct Case: Row {
        let testDescription: String
        let changes: [String: String]
        var prefix: String?

        var settings: [String: String] {
            ["url": Given.url, "secret": Given.standardSecret].merging(changes) { $1 }
        }

        /// The limits are ours, and those of one payload show that texts are cut rightly.
        var limits: [ContractLimit] {
            guard let prefix else { return [] }
            let sizes: [ContractLimit] = [
                .totalText("\(prefix)title", unitsMax: 1_024), .totalText("\(prefix)text", unitsMax: 6_144),
                .totalText("\(prefix)delivery.id", unitsMax: 255), .body(bytesMax: 65_536),
            ]
            guard testDescription == "relay" else { return sizes }
            return sizes + [
                .text("title", TextLimit(max: 1_024)), .text("incident.key", TextLimit(max: 512)),
                .text("incident.place", TextLimit(max: 512)),
            ]
        }
    }

    static let cases: [Case] = [
        .init(testDescription: "opensense", changes: ["deduplicates": "yes"]),
        .init(
            testDescription: "relay",
            changes: ["deduplicates": "yes", "payload": "relay", "signature": "hex"],
            prefix: ""),
        .init(
            testDescription: "CloudEvents",
            changes: ["deduplicates": "yes", "payload": "cloudevents", "signature": "standard-webhooks"],
            prefix: "data."),
        .init(
            testDescription: "binary CloudEvents",
            changes: ["deduplicates": "yes", "payload": "cloudevents-binary", "signature": "bearer"],
            prefix: ""),
        .init(
            testDescription: "by PUT, without deduplication",
            changes: ["method": "PUT", "payload": "relay", "signature": "none"], prefix: ""),
    ]

    @Test(arguments: cases) func `the adapter keeps the contract`(_ row: Case) {
        var name: (@Sendable (OutboundRequest) -> String?)?
        if let prefix = row.prefix { name = { AdapterContract.text("\(prefix)incident.key", in: $0) } }
        let contract = AdapterContract(
            Webhook.type, settings: row.settings, limits: row.limits, incidentName: name)
        #expect(contract.violations() == [])
    }

    /// There is no way to look what a receiver has: without deduplication a crash can bring a request twice,
    /// which the README says.
    @Test func `a receiver that does not deduplicate can get a request twice after a crash, and no more`() {
        let contract = AdapterContract(Webhook.type, settings: ["url": Given.url, "secret": Given.secret])
        let violations = contract.violations()
        #expect(violations.map(\.rule) == [.crashes])
        #expect(violations.allSatisfy { "\($0)".contains("creates again") }, "\(violations)")
    }

    @Test func `statuses that the owner of the receiver calls a success are one`() {
        let settings = [
            "url": Given.url, "secret": Given.secret, "deduplicates": "yes", "doneStatuses": "200-204, 409",
        ]
        let contract = AdapterContract(Webhook.type, settings: settings, statusesTakenForDone: [409])
        #expect(contract.violations(of: [.statuses, .credentials, .retryAfter, .reasons]) == [])
        let strict = AdapterContract(Webhook.type, settings: settings)
        #expect(strict.violations(of: [.statuses]).contains { "\($0)".contains("409") })
    }
}
