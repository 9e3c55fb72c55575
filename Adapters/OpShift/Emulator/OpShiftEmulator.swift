public import VendorSandbox

/// OpShift's pings and webhook alerts, as strict as its documentation and without its network.
///
/// Made by hand after the documented model: monitors that are idle, up, down or paused, whose first ping
/// starts them and whose missed heartbeat raises an alert; alerts that are created, get occurrences, are
/// filtered, open again, are acknowledged and resolved. That an `up` ping resolves the monitor's alert is
/// unconfirmed, and so are the length of the reopen window and that of quotas.
///
/// - Source: OpShift's documentation of pings, alerts and its Python SDK (read 2026-11-26).
public struct OpShiftEmulator: VendorEmulator {
    /// The most pings of one monitor in any 60 seconds.
    public static let pingsPerMinuteMax = 10
    /// The most monitors that are followed; beyond it all begin anew.
    static let monitorsMax = 10_000

    static let name: SandboxVendor = "opshift"

    /// The team's webhook secret, whose text is the key of every signature.
    public var secret: String
    /// The webhooks that exist; nil takes any.
    public var webhooks: Set<String>?
    /// The webhooks that a person has disabled.
    public var disabledWebhooks: Set<String> = []
    /// The monitors that exist; nil takes any.
    public var monitorTokens: Set<String>?
    /// How long a monitor may be silent once it was heard; nil for ever.
    public var heartbeatSeconds: Double?
    /// For how long a resolved alert opens again; seconds.
    public var reopenSeconds = 300.0
    /// The most alerts of one webhook in any 60 seconds; nil lets all through.
    public var alertsPerMinuteMax: Int?
    /// Alerts that are dropped: where a field of the body has the text, with the reason.
    public var filters: [(field: String, text: String, reason: String)] = []
    /// Whether the team's subscription has expired.
    public var isExpired = false
    /// Whether the database of pings is away: they are accepted, and monitors are shown with a state by
    /// default.
    public var hasOutage = false

    var monitors: [String: OpShiftMonitor] = [:]
    var history = SandboxHistory(vendor: Self.name, idPrefix: "OS")
    /// The last alert of each group key that is over.
    var resolved: [String: (id: String, at: Double)] = [:]
    private var calls: [String: [Double]] = [:]

    /// An emulator with nothing in it.
    public init(secret: String = Self.demoSecret) { self.secret = secret }

    /// A made-up secret of the right form.
    public static let demoSecret = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

    /// The name of the adapter `OpShift`.
    public var vendor: SandboxVendor { Self.name }
    /// The vendor's product.
    public var title: String { "OpShift" }
    /// A made-up secret of the right form, a webhook, and a monitor for the sandbox's own sensor.
    public var adapterSettings: [String: String] {
        [
            "secret": Self.demoSecret, "webhook": "cold-rooms",
            "monitors": "alarm/site_4f3c/dev_b1d2/chn_a1b2=freezer-3",
        ]
    }
    /// No: a person acknowledges an alert in OpShift.
    public var takesAcknowledgements: Bool { false }

    /// All alerts, oldest first.
    public var incidents: [SandboxIncident] { history.incidents }
    /// What was done with the last requests, oldest first.
    public var log: [SandboxLogEntry] { history.log }

    /// Takes what is below `/api/ping/` and `/api/alerts/trigger/`.
    public func takes(path: String) -> Bool {
        path.hasPrefix("/api/ping/") || path.hasPrefix("/api/alerts/trigger/")
    }

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - request: A request below `/api/ping/` or `/api/alerts/trigger/`.
    ///   - now: Seconds since 1970-01-01T00:00:00Z.
    public mutating func respond(to request: SandboxRequest, at now: Double) -> SandboxResponse {
        advance(to: now)
        let parts = request.pathParts
        guard isSigned(request) else { return refuse(401, "Invalid or missing signature", at: now) }
        guard !isExpired else { return refuse(403, "Team subscription expired", at: now) }
        switch (request.method, parts.count) {
        case ("GET", 3) where parts[1] == "ping", ("POST", 3) where parts[1] == "ping":
            return ping(request, parts[2], at: now)
        case ("POST", 4) where parts[1] == "alerts": return alert(request, parts[3], at: now)
        case (_, 3), (_, 4):
            return refuse(405, "Method not allowed", at: now)
        default: return refuse(404, "Not found", at: now)
        }
    }

    /// Raises the alerts of monitors that were silent for too long.
    public mutating func advance(to now: Double) {
        guard let heartbeatSeconds else { return }
        for (token, monitor) in monitors.sorted(by: { $0.key < $1.key })
        where monitor.status == .up && now - monitor.heardAt > heartbeatSeconds {
            monitors[token]?.status = .down
            raise(token, reason: "missed heartbeat", at: now)
        }
    }

    // MARK: People

    /// A person acknowledges an alert.
    public mutating func acknowledge(_ id: String, at now: Double) {
        change(id) { ($0.status, $0.acknowledgedAt) = (.acknowledged, now) }
    }

    /// A person resolves an alert.
    public mutating func resolve(_ id: String, at now: Double) {
        guard let incident = history.incidents.last(where: { $0.id == id }) else { return }
        resolved[incident.key] = (id, now)
        change(id) { ($0.status, $0.resolvedAt) = (.resolved, now) }
    }

    private mutating func change(_ id: String, _ change: (inout SandboxIncident) -> Void) {
        guard let key = history.incidents.last(where: { $0.id == id })?.key else { return }
        history.update(key, change)
    }

    // MARK: Requests

    /// The code is that of the body as it was sent, also of one without bytes; either case of its digits.
    private func isSigned(_ request: SandboxRequest) -> Bool {
        guard let code = SandboxHMAC.hexadecimal(of: request.body, key: Array(secret.utf8)) else {
            return false
        }
        return request.header("X-Webhook-Signature")?.lowercased() == code
    }

    mutating func refuse(_ status: Int, _ message: String, at now: Double) -> SandboxResponse {
        history.record(status == 429 ? .throttled : .refused, at: now, "\(status): \(message)")
        return .json(status, ["error": .string(message)] as SandboxJSON)
    }

    /// Whether one more request of `name` is within `max` in any 60 seconds.
    mutating func isWithinPace(_ name: String, max: Int?, at now: Double) -> Bool {
        guard let max else { return true }
        if calls.count > Self.monitorsMax { calls = [:] }
        let recent = calls[name, default: []].filter { $0 > now - 60 }
        calls[name] = recent.count < max ? recent + [now] : recent
        return recent.count < max
    }

    func isJSON(_ request: SandboxRequest) -> Bool {
        request.header("Content-Type")?.lowercased().hasPrefix("application/json") ?? false
    }
}
