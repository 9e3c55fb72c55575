import AdapterKit
import AdapterTesting
import Foundation
import OpenSenseWebhooks
import OpsgenieAdapter
import OpsgenieEmulator
import Testing
import VendorSandbox

@Suite struct `Opsgenie emulator` {
    static var create: [String: Any] { ["message": "Too warm", "alias": "a/b", "priority": "P1"] }

    @Test func `a request is accepted at once and its outcome known later`() {
        var emulator = OpsgenieEmulator(processingSeconds: 0.2)
        let answer = emulator.respond(to: alert("", Self.create), at: 10)
        #expect(answer.status == 202)
        #expect(answer.object["result"] as? String == "Request will be processed")
        #expect(answer.headers.contains(.init("X-Request-ID", answer.requestID)))
        #expect(emulator.incidents.isEmpty, "nothing has happened yet")
        #expect(emulator.respond(to: ask(answer.requestID), at: 10.1).status == 404)
        let outcome = emulator.respond(to: ask(answer.requestID), at: 10.2)
        #expect(outcome.status == 200)
        let data = outcome.object["data"] as? [String: Any] ?? [:]
        #expect(data["isSuccess"] as? Bool == true)
        #expect(data["success"] as? Bool == true)
        #expect(data["action"] as? String == "Create")
        #expect(data["status"] as? String == "Created alert")
        #expect(data["alias"] as? String == "a/b")
        #expect(emulator.incidents.map(\.status) == [.triggered])
    }

    @Test func `a repeated create counts and leaves the message as it was`() {
        var emulator = OpsgenieEmulator(processingSeconds: 0)
        _ = emulator.respond(to: alert("", Self.create), at: 1)
        _ = emulator.respond(to: alert("", Self.create.merging(["message": "Other"]) { $1 }), at: 2)
        emulator.advance(to: 3)
        #expect(emulator.incidents.map(\.opens) == [2])
        #expect(emulator.incidents.map(\.pages) == [1])
        #expect(emulator.incidents.map(\.summary) == ["Too warm"])
    }

    @Test func `an alert is acknowledged, noted and closed by its alias, and the next create is another`() {
        var emulator = OpsgenieEmulator(processingSeconds: 0)
        _ = emulator.respond(to: alert("", Self.create), at: 1)
        _ = emulator.respond(to: alert("/a%2Fb/acknowledge?identifierType=alias", [:]), at: 2)
        _ = emulator.respond(to: alert("/a%2Fb/notes?identifierType=alias", ["note": "Looking"]), at: 3)
        emulator.advance(to: 3)
        #expect(emulator.incidents.map(\.status) == [.acknowledged])
        #expect(emulator.incidents.map(\.notes) == [["Looking"]])
        _ = emulator.respond(to: alert("/a%2Fb/close?identifierType=alias", [:]), at: 4)
        _ = emulator.respond(to: alert("", Self.create), at: 5)
        emulator.advance(to: 5)
        #expect(emulator.incidents.map(\.status) == [.resolved, .triggered])
        #expect(emulator.incidents.map(\.pages) == [1, 1])
        #expect(emulator.incidents.map(\.resolvedAt) == [4, nil])
    }

    @Test(arguments: ["acknowledge", "close", "notes"])
    func `an action on no alert is accepted and fails later`(_ action: String) {
        var emulator = OpsgenieEmulator(processingSeconds: 0.2)
        let answer = emulator.respond(to: alert("/a/\(action)?identifierType=alias", ["note": "n"]), at: 1)
        #expect(answer.status == 202)
        let data = emulator.respond(to: ask(answer.requestID), at: 2).object["data"] as? [String: Any] ?? [:]
        #expect(data["isSuccess"] as? Bool == false)
        #expect(data["status"] as? String == "Alert does not exist")
        #expect(emulator.log.map(\.outcome) == [.dropped])
    }

    @Test func `without the query an alias is taken for an id`() {
        var emulator = OpsgenieEmulator(processingSeconds: 0)
        _ = emulator.respond(to: alert("", Self.create), at: 1)
        _ = emulator.respond(to: alert("/a%2Fb/close", [:]), at: 2)
        emulator.advance(to: 2)
        #expect(emulator.incidents.map(\.status) == [.triggered])
        _ = emulator.respond(to: alert("/OG-1/close", [:]), at: 3)
        emulator.advance(to: 3)
        #expect(emulator.incidents.map(\.status) == [.resolved])
    }

    @Test(arguments: [
        ("", 401), ("GenieKey ", 401), ("Bearer k", 401), ("GenieKey wrong", 401), ("GenieKey k", 202),
    ])
    func `only a key that exists is taken`(_ value: String, _ status: Int) {
        var emulator = OpsgenieEmulator(apiKeys: ["k"])
        let request = post("/v2/alerts", Self.create, headers: [.init("Authorization", value)])
        #expect(emulator.respond(to: request, at: 1).status == status)
    }

    @Test func `an unparsable body is 400, an unknown path 404 and a wrong method 405`() {
        var emulator = OpsgenieEmulator()
        func status(_ method: String, _ target: String, _ body: String = "{}") -> Int {
            let request = SandboxRequest(
                method: method, target: target, headers: [genieKey], body: Array(body.utf8))
            return emulator.respond(to: request, at: 1).status
        }
        #expect(status("POST", "/v2/alerts", "{") == 400)
        #expect(status("POST", "/v2/alerts", "[]") == 400)
        #expect(status("POST", "/v2/alerts/a/explode") == 404)
        #expect(status("POST", "/v2/alerts/a/create") == 404)
        #expect(status("PUT", "/v2/alerts") == 405)
        #expect(status("GET", "/v2/alerts/requests/unknown") == 404)
    }

    @Test(arguments: faults) func `names each field that is over its limit, and takes one that is not`(
        _ row: Fault
    ) {
        var emulator = OpsgenieEmulator()
        let bad = emulator.respond(to: row.bad, at: 1)
        #expect(bad.status == 422)
        #expect(bad.faults.keys.sorted() == [row.testDescription])
        #expect(
            bad.object["message"] as? String == "Request body is not processable. Please check the errors.")
        #expect(emulator.respond(to: row.good, at: 1).status == 202)
    }

    @Test func `a refused priority gets Opsgenie's documented message`() {
        var emulator = OpsgenieEmulator()
        let answer = emulator.respond(to: alert("", Self.create.merging(["priority": "p1"]) { $1 }), at: 1)
        #expect(answer.faults == ["priority": "should be one of [ P1, P2, P3, P4, P5 ]"])
    }

    @Test func `a silence is noted on the alarm that it silences`() throws {
        var emulator = OpsgenieEmulator(processingSeconds: 0)
        let adapter = try Opsgenie(
            apiKey: Secret("some-key"), baseURL: #require(BaseURL("https://vendor.example")))
        let body = #"{"event":{"kind":"alarm_opened","site_id":"s","device_id":"d","channel_id":"c"}}"#
        for action in [IncidentUpdate.Action.open, .annotate] {
            let update = try #require(ContractEvent("", body: body).update(action))
            let context = AdapterContext(time: 1, nonce: "n")
            guard case .send(let request, _) = try adapter.begin(update, context: context) else {
                Issue.record("Nothing is sent.")
                continue
            }
            let asked = SandboxRequest(
                method: request.method.rawValue,
                target: String(request.url.dropFirst("https://vendor.example".count)),
                headers: request.fields, body: request.body)
            #expect(emulator.respond(to: asked, at: 1).status == 202)
        }
        emulator.advance(to: 1)
        #expect(emulator.incidents.map(\.notes.count) == [1])
    }

    @Test func `details over 8000 characters are cut without an error`() {
        var emulator = OpsgenieEmulator(processingSeconds: 0)
        for (characters, isCut) in [(7_999, false), (8_000, true)] {
            let details = ["n": String(repeating: "x", count: characters)]
            #expect(
                emulator.respond(to: alert("", ["message": "m", "details": details]), at: 1).status == 202)
            emulator.advance(to: 1)
            #expect(emulator.log.last?.text.contains("truncated") == isCut)
        }
    }

    @Test func `an ordered 429 says that the account is throttled, and other statuses do not`() {
        let emulator = OpsgenieEmulator()
        let throttled = emulator.fault(status: 429, headers: [.init("Retry-After", "7")])
        #expect(throttled.headers.contains(.init("Retry-After", "7")))
        #expect(throttled.headers.contains(.init("X-RateLimit-Period-In-Sec", "60")))
        #expect(emulator.fault(status: 503, headers: []).headers.map(\.name) == ["Content-Type"])
    }

    private func ask(_ requestID: String) -> SandboxRequest {
        SandboxRequest(method: "GET", target: "/v2/alerts/requests/\(requestID)", headers: [genieKey])
    }

    struct Fault: Row {
        let testDescription: String
        let bad: SandboxRequest
        let good: SandboxRequest

        /// A text that may be so long.
        static func text(_ name: String, _ most: Int, path: String = "") -> Fault {
            func request(_ count: Int) -> SandboxRequest {
                let base = path.isEmpty ? create : ["note": "n"]
                return alert(path, base.merging([name: String(repeating: "x", count: count)]) { $1 })
            }
            return Fault(testDescription: name, bad: request(most + 1), good: request(most))
        }

        static func value(_ name: String, bad: Any, good: Any) -> Fault {
            Fault(
                testDescription: name, bad: alert("", create.merging([name: bad]) { $1 }),
                good: alert("", create.merging([name: good]) { $1 }))
        }
    }

    static var faults: [Fault] {
        [
            .text("message", 130), .text("alias", 512), .text("description", 15_000), .text("entity", 512),
            .text("source", 100), .text("user", 100), .text("note", 25_000),
            .text("note", 25_000, path: "/a/notes?identifierType=alias"),
            .text("source", 100, path: "/a/close?identifierType=alias"),
            .value("message", bad: " ", good: "m"),
            .value("tags", bad: Array(repeating: "t", count: 21), good: Array(repeating: "t", count: 20)),
            .value(
                "tags", bad: [String(repeating: "t", count: 51)], good: [String(repeating: "t", count: 50)]),
            .value("details", bad: ["a": ["b": "c"]], good: ["a": "b"]),
            .value("responders", bad: [["id": "x"]], good: [["id": "x", "type": "team"]]),
            .value("priority", bad: "P6", good: "P5"),
        ]
    }
}
