import AdapterKit
import VendorSandbox

/// A chat server with one room, for `sandbox` and `demo`.
struct ChatRoomEmulator: VendorEmulator {
    let vendor = SandboxVendor(rawValue: "chatroom")
    let title = "Chat room"
    let adapterSettings = ["token": "demo-token"]
    private(set) var incidents: [SandboxIncident] = []
    private(set) var log: [SandboxLogEntry] = []

    func takes(path: String) -> Bool { path == "/rooms/alarms" }

    mutating func respond(to request: SandboxRequest, at now: Double) -> SandboxResponse {
        guard let message = JSONBody.decode(request.body), let key = message["key"]?.text,
            let action = message["action"]?.text
        else { return SandboxResponse(status: 400) }
        let open = incidents.lastIndex { $0.key == key && $0.status != .resolved }
        switch (action, open) {
        case ("open", nil):
            incidents.append(
                SandboxIncident(
                    vendor: vendor, id: "CR-\(incidents.count + 1)", key: key,
                    summary: message["text"]?.text ?? "", severity: "", source: "", openedAt: now))
        case ("open", let index?): incidents[index].opens += 1
        case ("acknowledge", let index?): incidents[index].status = .acknowledged
        case ("resolve", let index?):
            incidents[index].status = .resolved
            incidents[index].resolvedAt = now
        default: break
        }
        log = log.suffix(999) + [.init(at: now, vendor: vendor, outcome: .accepted, key: key, text: action)]
        return SandboxResponse(status: 204)
    }
}
