public import VendorSandbox

/// An incoming webhook of Better Stack, set up as the adapter's guide says.
///
/// Unconfirmed, since Better Stack documents neither: the status and the body of every answer, and that a
/// body which is no JSON object is refused. It is documented that an alert id folds requests and finds the
/// incident again.
///
/// - Source: betterstack.com/docs/uptime/incoming-webhooks (read 2026-11-20); the Terraform provider,
///   betteruptime_incoming_webhook.md (read 2026-11-26).
public struct BetterStackEmulator: VendorEmulator {
    /// The tokens of the webhooks that exist; nil takes any that is not empty.
    public var tokens: Set<String>?

    private static let name: SandboxVendor = "better-stack"
    private static let path = "/api/v1/incoming-webhook/"

    private var history = SandboxHistory(vendor: Self.name, idPrefix: "BW")

    /// An emulator with nothing in it.
    public init(tokens: Set<String>? = nil) { self.tokens = tokens }

    /// The name of the adapter `BetterStack`.
    public var vendor: SandboxVendor { Self.name }
    /// The vendor's product.
    public var title: String { "Better Stack" }
    /// A made-up webhook at Better Stack itself.
    public var adapterSettings: [String: String] { adapterSettings(at: "https://uptime.betterstack.com") }

    /// A made-up webhook at `address`.
    public func adapterSettings(at address: String) -> [String: String] {
        ["url": "\(address)\(Self.path)demo-token"]
    }

    /// All incidents, oldest first.
    public var incidents: [SandboxIncident] { history.incidents }
    /// What was done with the last requests, oldest first.
    public var log: [SandboxLogEntry] { history.log }

    /// Takes every incoming webhook's path.
    public func takes(path: String) -> Bool { path.hasPrefix(Self.path) }

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - request: A request to a webhook.
    ///   - now: Seconds since 1970-01-01T00:00:00Z.
    public mutating func respond(to request: SandboxRequest, at now: Double) -> SandboxResponse {
        let token = String(request.path.dropFirst(Self.path.count))
        guard !token.isEmpty, tokens?.contains(token) ?? true else {
            return refuse(404, "Not found", at: now)
        }
        guard request.method == "POST" else { return refuse(405, "Method not allowed", at: now) }
        guard let fields = SandboxJSON.fields(of: request.body) else {
            return refuse(400, "The body is no JSON object", at: now)
        }
        let call = Call(fields: fields, token: token)
        apply(call, at: now)
        return .json(200, ["message": "OK"] as SandboxJSON)
    }

    /// What the fields and rules of the guide read from a body.
    private struct Call {
        let fields: [String: SandboxJSON]
        let token: String

        var status: String { text("status") }
        var alertID: String? { fields["alert_id"]?.text.flatMap { $0.isEmpty ? nil : $0 } }
        /// Two webhooks do not know each other's incidents.
        var lookup: String? { alertID.map { "\(token) \($0)" } }

        func text(_ name: String) -> String { fields[name]?.text ?? "" }
    }

    private mutating func apply(_ call: Call, at now: Double) {
        switch (call.status, call.lookup.flatMap(history.open)) {
        case ("started", nil): start(call, at: now)
        case ("started", _?):
            history.update(call.lookup ?? "") { $0.opens += 1 }
            history.record(.accepted, at: now, key: call.alertID, "started: the incident is there already")
        case ("acknowledged", let open?):
            history.update(call.lookup ?? "") { incident in
                incident.status = .acknowledged
                incident.acknowledgedAt = open.acknowledgedAt ?? now
            }
            history.record(.accepted, at: now, key: call.alertID, "acknowledged")
        case ("resolved", _?):
            history.update(call.lookup ?? "") { incident in
                incident.status = .resolved
                incident.resolvedAt = now
            }
            history.record(.accepted, at: now, key: call.alertID, "resolved")
        case ("acknowledged", nil), ("resolved", nil):
            history.record(.dropped, at: now, key: call.alertID, "\(call.status): no open incident")
        default: history.record(.dropped, at: now, key: call.alertID, "no rule takes this status")
        }
    }

    private mutating func start(_ call: Call, at now: Double) {
        let id = history.nextID
        // Without an alert id an incident is made that no request finds again.
        history.add(
            SandboxIncident(
                vendor: Self.name, id: id, key: call.alertID ?? id, summary: call.text("title"),
                severity: call.text("severity"), source: call.text("place"), openedAt: now),
            lookup: call.lookup ?? id)
        history.record(.accepted, at: now, key: call.alertID, "started: opened and paged")
    }

    private mutating func refuse(_ status: Int, _ message: String, at now: Double) -> SandboxResponse {
        history.record(.refused, at: now, "\(status): \(message)")
        return .json(status, ["errors": .string(message)] as SandboxJSON)
    }
}
