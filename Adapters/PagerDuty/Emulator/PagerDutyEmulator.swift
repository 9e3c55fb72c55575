public import VendorSandbox

/// The Events API v2 of PagerDuty, as strict as its documentation and without its network.
///
/// - Source: developer.pagerduty.com, Events API v2; PagerDuty/api-schema, events-v2 (read 2026-11-20).
public struct PagerDutyEmulator: VendorEmulator {
    /// The most bytes of a body; answering more with 400 is unconfirmed, and so is 512,000 for "512 KB".
    static let bodyBytesMax = 512_000
    /// The documented pace for one routing key.
    public static let requestsPerMinuteMax = 120
    /// The most routing keys whose pace is followed; beyond it the count of all begins anew.
    static let routingKeysMax = 10_000

    /// The routing keys that exist; nil takes every well-formed one.
    public var routingKeys: Set<String>?
    /// The requests let through in any 60 seconds for one routing key; nil lets all through.
    public var requestsPerMinuteMax: Int?

    private static let name: SandboxVendor = "pagerduty"

    private var history = SandboxHistory(vendor: Self.name, idPrefix: "PD")
    private var calls: [String: [Double]] = [:]
    private var keysMade = 0

    /// An emulator with nothing in it.
    public init(routingKeys: Set<String>? = nil, requestsPerMinuteMax: Int? = Self.requestsPerMinuteMax) {
        self.routingKeys = routingKeys
        self.requestsPerMinuteMax = requestsPerMinuteMax
    }

    /// The name of the adapter `PagerDuty`.
    public var vendor: SandboxVendor { Self.name }
    /// The vendor's product.
    public var title: String { "PagerDuty" }
    /// A made-up routing key of the right form.
    public var adapterSettings: [String: String] { ["routingKey": "demo0routing0key0of032characters"] }

    /// All incidents, oldest first.
    public var incidents: [SandboxIncident] { history.incidents }
    /// What was done with the last requests, oldest first.
    public var log: [SandboxLogEntry] { history.log }

    /// The routing key, which is part of the body.
    public var secretNames: [String] { ["routing_key"] }

    /// Takes the two paths of the API.
    public func takes(path: String) -> Bool { ["/v2/enqueue", "/v2/change/enqueue"].contains(path) }

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - request: A request to `/v2/enqueue` or `/v2/change/enqueue`.
    ///   - now: Seconds since 1970-01-01T00:00:00Z.
    public mutating func respond(to request: SandboxRequest, at now: Double) -> SandboxResponse {
        let isChange: Bool
        switch request.path {
        case "/v2/enqueue": isChange = false
        case "/v2/change/enqueue": isChange = true
        default: return SandboxResponse(status: 404)
        }
        guard request.method == "POST" else {
            return SandboxResponse(status: 405, headers: [.init("Allow", "POST")])
        }
        guard request.body.count <= Self.bodyBytesMax else {
            return refuse(["Event is too large (\(request.body.count) bytes)"], key: nil, at: now)
        }
        guard let fields = SandboxJSON.fields(of: request.body) else {
            history.record(.refused, at: now, "400: JSON parse error")
            return .json(400, Self.unrecognized)
        }
        let event = PagerDutyEvent(fields: fields, isChange: isChange)
        if let routingKey = event.wellFormedRoutingKey, !isWithinPace(routingKey, at: now) {
            history.record(
                .throttled, at: now, key: event.dedupKey, "429: over \(requestsPerMinuteMax ?? 0) a minute")
            return SandboxResponse(status: 429)  // without a body, as PagerDuty answers
        }
        let errors = event.errors
        guard errors.isEmpty, let routingKey = event.wellFormedRoutingKey else {
            return refuse(errors, key: event.dedupKey, at: now)
        }
        // Seen in the wild for keys of another API; what an unknown key gets is unconfirmed.
        guard routingKeys?.contains(routingKey) ?? true, !(isChange && routingKey.hasPrefix("R")) else {
            return refuse(["Invalid routing key"], key: event.dedupKey, at: now)
        }
        return isChange ? change(event, at: now) : apply(event, routingKey: routingKey, at: now)
    }

    private mutating func apply(_ event: PagerDutyEvent, routingKey: String, at now: Double)
        -> SandboxResponse
    {
        let key = event.dedupKey ?? makeKey()
        let lookup = "\(routingKey) \(key)"  // an incident belongs to the routing key that opened it
        switch (event.action, history.open(lookup)) {
        case ("trigger", nil):
            history.add(incident(event, key: key, routingKey: routingKey, at: now), lookup: lookup)
            history.record(.accepted, at: now, key: key, "trigger: opened and paged")
        case ("trigger", _?):
            history.update(lookup) { incident in
                incident.opens += 1
                incident.summary = event.summary ?? incident.summary
            }
            history.record(.accepted, at: now, key: key, "trigger: added to the open incident, nobody paged")
        case ("acknowledge", let open?):
            history.update(lookup) { incident in
                incident.status = .acknowledged
                incident.acknowledgedAt = open.acknowledgedAt ?? now
            }
            history.record(.accepted, at: now, key: key, "acknowledge")
        case ("resolve", _?):
            history.update(lookup) { incident in
                incident.status = .resolved
                incident.resolvedAt = now
            }
            history.record(.accepted, at: now, key: key, "resolve")
        default:
            history.record(
                .dropped, at: now, key: key, "\(event.action ?? ""): no open incident of this routing key")
        }
        return .json(
            202,
            ["status": "success", "message": "Event processed", "dedup_key": .string(key)] as SandboxJSON)
    }

    private mutating func change(_ event: PagerDutyEvent, at now: Double) -> SandboxResponse {
        history.record(.accepted, at: now, "change event: \(event.summary ?? "")")
        // The body for a change event is unconfirmed; the documentation shows the same shape without a key.
        return .json(202, ["status": "success", "message": "Change event processed"] as SandboxJSON)
    }

    private func incident(
        _ event: PagerDutyEvent, key: String, routingKey: String, at now: Double
    ) -> SandboxIncident {
        var incident = SandboxIncident(
            vendor: Self.name, id: history.nextID, key: key, summary: event.summary ?? "",
            severity: event.severity ?? "", source: event.source ?? "", openedAt: now)
        incident.credentialEnd = String(routingKey.suffix(4))
        return incident
    }

    private mutating func refuse(_ errors: [String], key: String?, at now: Double) -> SandboxResponse {
        history.record(.refused, at: now, key: key, "400: \(errors.joined(separator: "; "))")
        return .json(
            400,
            [
                "status": "invalid event", "message": "Event object is invalid",
                "errors": .array(errors.map(SandboxJSON.string)),
            ] as SandboxJSON)
    }

    /// Counts the call when it is let through; a throttled call does not lengthen the wait.
    private mutating func isWithinPace(_ routingKey: String, at now: Double) -> Bool {
        guard let requestsPerMinuteMax else { return true }
        if calls.count >= Self.routingKeysMax, calls[routingKey] == nil { calls = [:] }
        var recent = calls[routingKey, default: []]
        recent.removeAll { $0 <= now - 60 }
        defer { calls[routingKey] = recent }
        guard recent.count < requestsPerMinuteMax else { return false }
        recent.append(now)
        return true
    }

    /// PagerDuty makes a UUID; this one counts, so that the same requests give the same answers.
    private mutating func makeKey() -> String {
        keysMade += 1
        return "sandbox-\(keysMade)"
    }

    private static let unrecognized: SandboxJSON = [
        "status": "Unrecognized object", "message": "Event object format is unrecognized",
        "errors": ["JSON parse error"],
    ]
}
