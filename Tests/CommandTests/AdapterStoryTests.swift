import Foundation
import Testing

/// The life of an alarm at each vendor, in the whole program: opened, worse, acknowledged, cleared, opened
/// again; sent twice; with faults, refused credentials and a relay that is killed in between.
@Suite struct `An alarm's life` {
    /// One adapter, as a configuration has it, and its secret.
    struct Vendor: Sendable, CustomTestStringConvertible {
        let adapter: String
        let secretName: String
        let secret: String
        /// What stands in front of the secret, below the vendors' address, where it is an address.
        var path: String?
        var more = ""
        /// How many incidents there are for an alarm that gets worse, and how often each paged.
        var pagesOfWorse = [1, 1]
        var testDescription: String { adapter }

        func destination(_ vendors: Vendors) -> String {
            let base = path == nil && adapter != "webhook" ? #", baseURL: "\#(vendors.url)\#(prefix)""# : ""
            return #"{ adapter: "\#(adapter)", \#(secretName): "env:KEY"\#(base)\#(more) }"#
        }

        func environment(_ vendors: Vendors) -> [String: String] {
            ["KEY": path.map { vendors.url + $0 + secret } ?? secret, "RECEIVER": "\(vendors.url)/webhook"]
        }

        private var prefix: String { adapter == "jira-service-management" ? "/jsm/ops/integration" : "" }
    }

    static let vendors = [
        Vendor(adapter: "pagerduty", secretName: "routingKey", secret: "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"),
        Vendor(adapter: "opsgenie", secretName: "apiKey", secret: "a-key-that-is-a-secret"),
        Vendor(adapter: "jira-service-management", secretName: "apiKey", secret: "a-key-that-is-a-secret"),
        Vendor(
            adapter: "better-stack", secretName: "url", secret: "a-token-that-is-a-secret",
            path: "/api/v1/incoming-webhook/"),
        Vendor(
            adapter: "better-stack-incidents", secretName: "apiToken", secret: "a-token-that-is-a-secret",
            more: #", requesterEmail: "a@b.example""#),
        webhook("relay", "standard-webhooks"), webhook("cloudevents", "hex"),
        webhook("opensense", "opensense"),
    ]

    /// A receiver pages by its own rules, so one that gets worse is an update of its incident.
    private static func webhook(_ payload: String, _ signature: String) -> Vendor {
        Vendor(
            adapter: "webhook", secretName: "secret", secret: "whsec_VGhlIHNhbmRib3gncyByZWNlaXZlciBvbmx5",
            more:
                #", url: "env:RECEIVER", payload: "\#(payload)", signature: "\#(signature)", onWorse: "update""#,
            pagesOfWorse: [1])
    }

    @Test(arguments: vendors)
    func `pages once for each thing that is news, and leaves nothing open and no secret behind`(
        _ vendor: Vendor
    ) async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let first = try await relay(world, vendors, vendor)
            let opened = ["opened_at": -600]
            let warning = AlarmEvent(id: "wh_1", event: "evt_1", severity: "warning", times: opened)
            #expect(try first.deliver(warning) == "accepted")
            #expect(try first.deliver(warning) == "duplicate")
            try await vendors.incidents { $0.map(\.status) == ["triggered"] }
            // Its answer is lost, and the vendor fails once: neither pages again.
            try vendors.inject(
                #"{"vendor":"\#(vendor.adapter)","kind":"status","status":503,"nextRequests":1}"#)
            let worse = AlarmEvent(id: "wh_2", event: "evt_1", times: opened)
            #expect(try first.deliver(worse) == "accepted")
            try await vendors.incidents {
                $0.map(\.pages) == vendor.pagesOfWorse && $0.last?.status == "triggered"
            }
            try await first.program.killAtOnce()
            let second = try await relay(world, vendors, vendor)
            let ack = AlarmEvent(kind: "alarm_ack", id: "wh_3", times: ["opened_at": -600, "acked_at": -300])
            #expect(try second.deliver(ack) == "accepted")
            try await vendors.incidents { $0.last?.status == "acknowledged" }
            let cleared = AlarmEvent(
                kind: "alarm_cleared", id: "wh_4", times: ["opened_at": -600, "cleared_at": -200])
            #expect(try second.deliver(cleared) == "accepted")
            try await vendors.incidents { $0.allSatisfy { $0.status == "resolved" } }
            #expect(try second.deliver(AlarmEvent(id: "wh_5", times: ["opened_at": -100])) == "accepted")
            let all = try await vendors.incidents { $0.count == vendor.pagesOfWorse.count + 1 }
            #expect(all.map(\.pages) == vendor.pagesOfWorse + [1])
            #expect(try await second.stop() == .exit(0))
            for text in [first.program.error, second.program.error, second.program.out] {
                #expect(!text.contains(vendor.secret))
            }
            for name in ["relay.db", "relay.db-wal"] {
                let data = FileManager.default.contents(atPath: world.path(name)) ?? Data()
                #expect(data.range(of: Data(vendor.secret.utf8)) == nil, "\(name)")
            }
        }
    }

    private func relay(_ world: World, _ vendors: Vendors, _ vendor: Vendor) async throws -> Relay {
        try await world.relay(
            destinations: "pager: \(vendor.destination(vendors))", environment: vendor.environment(vendors))
    }
}
