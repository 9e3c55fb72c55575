import AdapterKit
import BetterStackAdapter
import BetterStackEmulator
import OpenSenseWebhooks
import Testing
import VendorSandbox

@Suite struct `Better Stack emulator` {
    static func call(_ fields: [String: Any], token: String = "t") -> SandboxRequest {
        post("/api/v1/incoming-webhook/\(token)", fields)
    }

    @Test func `an incident starts once, is acknowledged and resolved by its alert id, and starts anew`() {
        var emulator = BetterStackEmulator()
        let statuses = ["started", "started", "acknowledged", "updated", "resolved", "resolved", "started"]
        for (time, status) in statuses.enumerated() {
            let request = Self.call(["status": status, "alert_id": "a", "title": "Too warm"])
            #expect(emulator.respond(to: request, at: Double(time)).status == 200)
        }
        #expect(emulator.incidents.map(\.status) == [.resolved, .triggered])
        #expect(emulator.incidents.map(\.opens) == [2, 1])
        #expect(emulator.incidents.map(\.pages) == [1, 1])
        #expect(emulator.incidents.map(\.acknowledgedAt) == [2, nil])
        #expect(emulator.incidents.map(\.resolvedAt) == [4, nil])
        #expect(
            emulator.log.map(\.outcome) == [
                .accepted, .accepted, .accepted, .dropped, .accepted, .dropped, .accepted,
            ])
    }

    @Test func `without an alert id each start is another incident, which no request resolves`() {
        var emulator = BetterStackEmulator()
        for status in ["started", "started", "resolved"] {
            _ = emulator.respond(to: Self.call(["status": status]), at: 1)
        }
        #expect(emulator.incidents.map(\.status) == [.triggered, .triggered])
    }

    @Test func `two webhooks do not know each other's incidents`() {
        var emulator = BetterStackEmulator()
        _ = emulator.respond(to: Self.call(["status": "started", "alert_id": "a"]), at: 1)
        _ = emulator.respond(to: Self.call(["status": "resolved", "alert_id": "a"], token: "u"), at: 2)
        #expect(emulator.incidents.map(\.status) == [.triggered])
    }

    @Test func `an unknown token is 404, another method 405, and what is no JSON object 400`() {
        var emulator = BetterStackEmulator(tokens: ["t"])
        func status(_ method: String, _ token: String, _ body: String = "{}") -> Int {
            let request = SandboxRequest(
                method: method, target: "/api/v1/incoming-webhook/\(token)", body: Array(body.utf8))
            return emulator.respond(to: request, at: 1).status
        }
        #expect(status("POST", "t") == 200)
        #expect(status("POST", "") == 404)
        #expect(status("POST", "u") == 404)
        #expect(status("GET", "t") == 405)
        #expect(status("POST", "t", "[]") == 400)
        #expect(status("POST", "t", "{") == 400)
        #expect(emulator.takes(path: "/api/v1/incoming-webhook/t"))
        #expect(!emulator.takes(path: "/api/v3/incidents"))
    }

    @Test func `an alarm that gets worse pages again once it is resolved and opened, and not by an update`()
        throws
    {
        var emulator = BetterStackEmulator()
        let url = try #require(emulator.adapterSettings(at: "https://vendor.example")["url"])
        let adapter = try BetterStack(url: Secret(url))
        for (time, action) in [IncidentUpdate.Action.open, .update, .open, .resolve, .open].enumerated() {
            let step = try adapter.begin(
                alarm(action), context: AdapterContext(time: time, nonce: "n\(time)"))
            guard case .send(let request, nil) = step else {
                Issue.record("Nothing is sent.")
                return
            }
            let asked = SandboxRequest(
                method: request.method.rawValue,
                target: String(request.url.dropFirst("https://vendor.example".count)),
                headers: request.fields, body: request.body)
            #expect(emulator.respond(to: asked, at: Double(time)).status == 200)
        }
        #expect(emulator.incidents.map(\.status) == [.resolved, .triggered])
        #expect(emulator.incidents.map(\.pages) == [1, 1])
        #expect(emulator.incidents.map(\.opens) == [2, 1])
    }
}
