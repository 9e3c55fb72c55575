import Foundation

/// An event about one alarm, with the times that a test gives it.
struct AlarmEvent {
    var kind = "alarm_opened"
    /// The delivery's id.
    var id: String
    /// The event's id; nil for one of this delivery alone.
    var event: String?
    var channel = "chn_a1b2"
    var severity: String? = "alarm"
    var value = 11.2
    /// Times by name, in seconds from now.
    var times: [String: Int] = [:]
    /// Times by name, as they are.
    var texts: [String: String] = [:]

    /// The delivery, signed now with `secret`.
    func delivery(secret: String = Keys.secret) throws -> TestDelivery {
        var fields: [String: Any] = [
            "id": event ?? "evt_\(id)", "kind": kind, "site_id": "site_4f3c", "device_id": "dev_b1d2",
            "channel_id": channel, "value_at": value,
        ]
        fields["severity"] = severity
        for (name, seconds) in times {
            let date = Date(timeIntervalSince1970: Double(unixSeconds() + seconds))
            fields[name] = date.formatted(.iso8601)
        }
        for (name, text) in texts { fields[name] = text }
        let body = try JSONSerialization.data(withJSONObject: ["event": fields, "delivery": ["id": id]])
        return TestDelivery(body: Array(body), secret: secret)
    }
}

extension Relay {
    /// Signs and sends an event, and gives the answer's code.
    func deliver(_ event: AlarmEvent) throws -> String? { try deliver(event.delivery()).code }
}

extension Vendors {
    /// Takes back all faults.
    func heal() throws { _ = try Request(method: "DELETE", path: "/faults").send(to: port) }

    /// The incidents of one vendor.
    func incidents(of vendor: String) throws -> [Incident] {
        try incidents().filter { $0.vendor == vendor }
    }
}

extension World {
    /// Starts a relay on a free port with a configuration in the folder: `destinations`, and `more` settings
    /// behind them.
    func relay(
        destinations: String, sources: String = #"{ secrets: ["env:OPENSENSE_SECRET"] }"#, more: String = "",
        environment: [String: String] = [:], store: String? = nil
    ) async throws -> Relay {
        let file = try write(
            """
            { listen: "127.0.0.1:0", store: "\(store ?? "sqlite:\(path("relay.db"))")", sources: [\(sources)],
              destinations: { \(destinations) }, \(more) }
            """, to: "relay-\(UUID().uuidString).json5")
        let keys = [
            "OPENSENSE_SECRET": Keys.secret, "OTHER_SECRET": Keys.otherSecret,
            "PAGER_KEY": Keys.routingKey, "API_KEY": Keys.apiKey,
        ]
        return try await relay(
            start(["serve", "--config", file], environment: keys.merging(environment) { $1 }))
    }

    /// The stores that what concerns a store is tried on, as far as there are servers.
    static let stores = PostgreSQLServer.isInstalled ? ["sqlite", "postgresql"] : ["sqlite"]

    /// Runs `body` with the URL of a new store of a kind.
    func withStore(_ kind: String, _ body: (String) async throws -> Void) async throws {
        guard kind == "postgresql" else { return try await body("sqlite:\(path("relay.db"))") }
        try await PostgreSQLServer.run(self) { try await body(PostgreSQLServer.address($0)) }
    }

    /// A PagerDuty destination of the emulators.
    static func pager(_ vendors: Vendors, key: String = #""env:PAGER_KEY""#, _ more: String = "") -> String {
        #"{ adapter: "pagerduty", routingKey: \#(key), baseURL: "\#(vendors.url)", \#(more) }"#
    }

    /// An Opsgenie destination of the emulators.
    static func chat(_ vendors: Vendors, key: String = #""env:API_KEY""#, _ more: String = "") -> String {
        #"{ adapter: "opsgenie", apiKey: \#(key), baseURL: "\#(vendors.url)", \#(more) }"#
    }
}
