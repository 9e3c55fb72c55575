import AdapterKit
import VendorSandbox

/// A chat server with one room, for `sandbox` and `demo`.
struct ChatRoomEmulator: VendorEmulator {
    let vendor = SandboxVendor(rawValue: "chatroom")
    let title = "Chat room"
    let adapterSettings = ["token": "demo-token"]
    private(set) var incidents: [SandboxIncident] = []
    private(set) var log: [SandboxLogEntry] = []
    private var ids: [String: String] = [:]

    func takes(path: String) -> Bool { path.hasPrefix("/messages") }

    mutating func respond(to request: SandboxRequest, at now: Double) -> SandboxResponse {
        let id = request.path.split(separator: "/").dropFirst().first.map(String.init)
        let index = incidents.lastIndex { $0.id == id && $0.status != .resolved }
        let entry = SandboxLogEntry(
            at: now, vendor: vendor, outcome: .accepted, key: id, text: request.method)
        log = log.suffix(999) + [entry]
        switch (request.method, index) {
        case ("POST", _): return created(request, at: now)
        case ("PATCH", let index?): incidents[index].status = .acknowledged
        case ("DELETE", let index?):
            incidents[index].status = .resolved
            incidents[index].resolvedAt = now
        default: return SandboxResponse(status: 404)
        }
        return SandboxResponse(status: 204)
    }

    private mutating func created(_ request: SandboxRequest, at now: Double) -> SandboxResponse {
        let message = JSONBody.decode(request.body)
        let nonce = request.headers.first { $0.name == "Idempotency-Key" }?.value ?? ""
        let id = ids[nonce] ?? "CR\(incidents.count + 1)"
        if ids.updateValue(id, forKey: nonce) == nil {
            incidents.append(
                SandboxIncident(
                    vendor: vendor, id: id, key: message?["key"]?.text ?? "",
                    summary: message?["text"]?.text ?? "", severity: "", source: "", openedAt: now))
        }
        return SandboxResponse(status: 201, body: Array(#"{"id":"\#(id)"}"#.utf8))
    }
}
