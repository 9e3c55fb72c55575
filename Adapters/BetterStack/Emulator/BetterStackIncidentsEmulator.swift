public import VendorSandbox

/// The incidents API of Better Stack: creates, lists, acknowledges, resolves and comments, and folds nothing.
///
/// Unconfirmed: that a validation error is 422, and its texts but for one; that 401 is a refused token's
/// status (the page on comments has 403); that the newest incidents are listed first; how long a new one is
/// missing in the list; that acknowledging what is resolved is 409; and that an unknown member is refused,
/// which no source says and which finds spelling mistakes. A filter by metadata is not applied.
///
/// - Source: betterstack.com/docs/uptime/api: create-a-new-incident, list-all-incidents, pagination,
///   acknowledge-an-ongoing-incident, resolve-an-ongoing-incident, create-a-new-comment (read 2026-11-26).
public struct BetterStackIncidentsEmulator: VendorEmulator {
    /// The API tokens that exist; nil takes any that is not empty.
    public var apiTokens: Set<String>?
    /// How long a new incident is missing in the list; seconds.
    public var visibilitySeconds: Double

    /// The most details of incidents kept; those of incidents that are gone go first.
    static let recordsMax = 20_000
    static let name: SandboxVendor = "better-stack-incidents"

    private var history = SandboxHistory(vendor: Self.name, idPrefix: "BI")
    private var records: [String: BetterStackRecord] = [:]

    /// An emulator with nothing in it.
    public init(apiTokens: Set<String>? = nil, visibilitySeconds: Double = 0.2) {
        self.apiTokens = apiTokens
        self.visibilitySeconds = visibilitySeconds
    }

    /// The name of the adapter `BetterStackIncidents`.
    public var vendor: SandboxVendor { Self.name }
    /// The vendor's product.
    public var title: String { "Better Stack incidents" }
    /// A made-up token and a made-up member of the team.
    public var adapterSettings: [String: String] {
        ["apiToken": "demo-api-token", "requesterEmail": "oncall@example.com"]
    }

    /// All incidents, oldest first.
    public var incidents: [SandboxIncident] { history.incidents }
    /// What was done with the last requests, oldest first.
    public var log: [SandboxLogEntry] { history.log }

    /// Takes what is at and below the incidents of both versions of the API.
    public func takes(path: String) -> Bool {
        ["/api/v3/incidents", "/api/v2/incidents"].contains { path == $0 || path.hasPrefix("\($0)/") }
    }

    /// The answer with its JSON body.
    public func fault(status: Int, headers: [HeaderField]) -> SandboxResponse {
        .json(status, ["errors": "Something went wrong"] as SandboxJSON, headers: headers)
    }

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - request: A request at or below the incidents.
    ///   - now: Seconds since 1970-01-01T00:00:00Z.
    public mutating func respond(to request: SandboxRequest, at now: Double) -> SandboxResponse {
        guard isAuthentic(request) else { return refuse(401, "Invalid API token", at: now) }
        let parts = Array(request.pathParts.dropFirst(1))  // without `api`
        switch (request.method, parts.first, parts.count) {
        case ("GET", "v3", 2): return list(request, at: now)
        case ("POST", "v3", 2): return create(request, at: now)
        case ("POST", "v3", 4) where parts[3] == "acknowledge": return acknowledge(parts[2], request, at: now)
        case ("POST", "v3", 4) where parts[3] == "resolve": return resolve(parts[2], request, at: now)
        case ("POST", "v2", 4) where parts[3] == "comments": return comment(parts[2], request, at: now)
        default: return refuse(404, "Not found", at: now)
        }
    }

    private func list(_ request: SandboxRequest, at now: Double) -> SandboxResponse {
        let query = BetterStackQuery(request)
        let shown = history.incidents.reversed().compactMap { incident -> SandboxJSON? in
            guard let record = records[Self.apiID(incident.id)], incident.openedAt + visibilitySeconds <= now,
                query.asks(for: incident)
            else { return nil }
            return record.item(incident, id: Self.apiID(incident.id))
        }
        return .json(200, query.page(of: shown))
    }

    private mutating func create(_ request: SandboxRequest, at now: Double) -> SandboxResponse {
        guard let fields = body(request) else { return refuse(400, "The body is no JSON object", at: now) }
        let record = BetterStackRecord(fields: fields)
        let faults = record.faults
        guard faults.isEmpty else { return refuse(faults, at: now) }
        let incident = record.incident(id: history.nextID, vendor: Self.name, at: now)
        let id = Self.apiID(incident.id)
        history.add(incident, lookup: id)
        if records.count >= Self.recordsMax { forgetRecords() }
        records[id] = record
        history.record(.accepted, at: now, key: id, "create: opened and paged")
        return .json(201, ["data": record.item(incident, id: id)] as SandboxJSON)
    }

    private mutating func acknowledge(_ id: String, _ request: SandboxRequest, at now: Double)
        -> SandboxResponse
    {
        change(id, request, by: "acknowledged_by", at: now) { incident in
            guard incident.status == .triggered else { return "Incident was already acknowledged" }
            incident.status = .acknowledged
            incident.acknowledgedAt = now
            return nil
        }
    }

    private mutating func resolve(_ id: String, _ request: SandboxRequest, at now: Double) -> SandboxResponse
    {
        change(id, request, by: "resolved_by", at: now) { incident in
            incident.status = .resolved
            incident.resolvedAt = now
            return nil
        }
    }

    /// Changes an incident that is open; `apply` gives the reason for a 409.
    private mutating func change(
        _ id: String, _ request: SandboxRequest, by name: String, at now: Double,
        _ apply: (inout SandboxIncident) -> String?
    ) -> SandboxResponse {
        guard let record = records[id] else { return refuse(404, "Not found", at: now) }
        guard
            request.body.isEmpty
                || body(request)?.allSatisfy({ $0.key == name && $0.value.text != nil }) == true
        else { return refuse([name: "is invalid."], at: now) }
        var conflict: String? = "Incident was already resolved"
        history.update(id) { conflict = apply(&$0) }
        guard conflict == nil, let incident = incident(id) else {
            history.record(.dropped, at: now, key: id, "409: \(conflict ?? "")")
            return .json(409, ["errors": .string(conflict ?? "")] as SandboxJSON)
        }
        history.record(.accepted, at: now, key: id, incident.status.rawValue)
        return .json(200, ["data": record.item(incident, id: id)] as SandboxJSON)
    }

    private mutating func comment(_ id: String, _ request: SandboxRequest, at now: Double) -> SandboxResponse
    {
        guard records[id] != nil else { return refuse(404, "Not found", at: now) }
        guard let content = body(request)?["content"]?.text, !content.allSatisfy(\.isWhitespace) else {
            return refuse(["content": "Can't be blank."], at: now)
        }
        history.update(id) { $0.notes.append(content) }
        history.record(.accepted, at: now, key: id, "comment")
        let attributes: SandboxJSON = ["content": .string(content)]
        return .json(
            201,
            ["data": ["id": "1", "type": "incident_comment", "attributes": attributes]] as SandboxJSON)
    }

    private func incident(_ id: String) -> SandboxIncident? {
        history.incidents.last { Self.apiID($0.id) == id }
    }

    private mutating func forgetRecords() {
        let kept = Set(history.incidents.map { Self.apiID($0.id) })
        records = records.filter { kept.contains($0.key) }
    }

    /// Better Stack's ids are numbers.
    private static func apiID(_ id: String) -> String { String(id.drop { !$0.isNumber }) }

    private func body(_ request: SandboxRequest) -> [String: SandboxJSON]? {
        guard request.header("Content-Type")?.hasPrefix("application/json") == true else { return nil }
        return SandboxJSON.fields(of: request.body)
    }

    private func isAuthentic(_ request: SandboxRequest) -> Bool {
        let prefix = "Bearer "
        guard let value = request.header("Authorization"), value.hasPrefix(prefix) else { return false }
        let token = String(value.dropFirst(prefix.count))
        return !token.isEmpty && (apiTokens?.contains(token) ?? true)
    }

    private mutating func refuse(_ status: Int, _ message: String, at now: Double) -> SandboxResponse {
        history.record(.refused, at: now, "\(status): \(message)")
        return .json(status, ["errors": .string(message)] as SandboxJSON)
    }

    private mutating func refuse(_ faults: [String: String], at now: Double) -> SandboxResponse {
        history.record(.refused, at: now, "422: \(faults.keys.sorted().joined(separator: ", "))")
        return .json(422, ["errors": .object(faults.mapValues { [.string($0)] })] as SandboxJSON)
    }
}
