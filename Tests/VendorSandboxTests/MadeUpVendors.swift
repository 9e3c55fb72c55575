import VendorSandbox

/// A vendor that does not exist, with an account's token in its bodies: `POST /pigeon` with a `key` opens an
/// incident or is folded into the open one, `DELETE /pigeon/KEY` ends it.
struct Pigeon: VendorEmulator {
    /// The requests that are taken; nil for all.
    var requestsMax: Int?
    private var requests = 0
    private var history = SandboxHistory(vendor: "pigeon", idPrefix: "PP")

    init(requestsMax: Int? = nil) { self.requestsMax = requestsMax }

    var vendor: SandboxVendor { history.vendor }
    var title: String { "Pager Pigeon" }
    var adapterSettings: [String: String] { ["token": "some-token"] }
    var secretNames: [String] { ["token", "ring"] }
    var incidents: [SandboxIncident] { history.incidents }
    var log: [SandboxLogEntry] { history.log }

    func takes(path: String) -> Bool { path == "/pigeon" || path.hasPrefix("/pigeon/") }

    mutating func respond(to request: SandboxRequest, at now: Double) -> SandboxResponse {
        requests += 1
        guard requests <= requestsMax ?? .max else { return SandboxResponse(status: 429) }
        switch (request.method, request.pathParts.dropFirst().first) {
        case ("POST", nil): return open(request, at: now)
        case ("DELETE", let key?):
            history.update(key) { incident in
                incident.status = .resolved
                incident.resolvedAt = now
            }
            history.record(.accepted, at: now, key: key, "delete")
            return SandboxResponse(status: 204)
        default: return SandboxResponse(status: 404)
        }
    }

    private mutating func open(_ request: SandboxRequest, at now: Double) -> SandboxResponse {
        guard let fields = SandboxJSON.fields(of: request.body), let key = fields["key"]?.text else {
            history.record(.refused, at: now, "400: no key")
            return .json(400, ["message": "There is no key."] as SandboxJSON)
        }
        if history.open(key) == nil {
            history.add(
                SandboxIncident(
                    vendor: vendor, id: history.nextID, key: key, summary: fields["text"]?.text ?? "",
                    severity: "loud", source: "loft", openedAt: now), lookup: key)
        } else {
            history.update(key) { $0.opens += 1 }
        }
        history.record(.accepted, at: now, key: key, "post")
        return .json(202, ["key": .string(key)] as SandboxJSON)
    }
}

/// Another, of which the least is implemented: it opens an incident for each request.
struct Drum: VendorEmulator {
    let vendor: SandboxVendor = "drum"
    let title = "Pager Drum"
    let adapterSettings: [String: String] = [:]
    var incidents: [SandboxIncident] = []
    var log: [SandboxLogEntry] = []

    func takes(path: String) -> Bool { path.hasPrefix("/drum") }

    mutating func respond(to request: SandboxRequest, at now: Double) -> SandboxResponse {
        let number = incidents.count + 1
        incidents.append(
            SandboxIncident(
                vendor: vendor, id: "DR-\(number)", key: "k\(number)", summary: request.path,
                severity: "loud",
                source: "hill", openedAt: now))
        log.append(SandboxLogEntry(at: now, vendor: vendor, outcome: .accepted, text: "beat a drum"))
        return SandboxResponse(status: 204)
    }
}

/// A request to ``Pigeon`` that opens an incident.
func pigeon(_ key: String = "k") -> SandboxRequest {
    SandboxRequest(
        method: "POST", target: "/pigeon", headers: [HeaderField("Authorization", "some-password")],
        body: Array(#"{"key":"\#(key)","text":"Too warm","token":"some-token"}"#.utf8))
}

/// A request to ``Drum``.
func drum(_ path: String = "") -> SandboxRequest { SandboxRequest(method: "POST", target: "/drum\(path)") }
