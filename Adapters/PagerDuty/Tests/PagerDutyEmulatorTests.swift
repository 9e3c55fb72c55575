import Foundation
import PagerDutyEmulator
import Testing
import VendorSandbox

@Suite struct `PagerDuty emulator` {
    @Test func `a trigger opens one incident and pages once however often it comes`() {
        var emulator = PagerDutyEmulator()
        let answer = emulator.respond(to: enqueue("trigger"), at: 1)
        #expect(answer.status == 202)
        #expect(answer.object["status"] as? String == "success")
        #expect(answer.object["message"] as? String == "Event processed")
        #expect(answer.object["dedup_key"] as? String == "k")
        _ = emulator.respond(to: enqueue("trigger", ["payload": payload(["summary": "Warmer"])]), at: 2)
        #expect(emulator.incidents.count == 1)
        #expect(emulator.incidents.first?.opens == 2)
        #expect(emulator.incidents.first?.pages == 1)
        #expect(emulator.incidents.first?.summary == "Warmer", "the summary of an open alert is overwritten")
        #expect(emulator.incidents.first?.openedAt == 1)
    }

    @Test func `an incident is acknowledged and resolved and never opens again`() {
        var emulator = PagerDutyEmulator()
        _ = emulator.respond(to: enqueue("trigger"), at: 1)
        _ = emulator.respond(to: enqueue("acknowledge"), at: 2)
        #expect(emulator.incidents.map(\.status) == [.acknowledged])
        _ = emulator.respond(to: enqueue("trigger"), at: 3)
        #expect(emulator.incidents.map(\.status) == [.acknowledged], "a trigger pages nobody again")
        _ = emulator.respond(to: enqueue("resolve"), at: 4)
        #expect(emulator.incidents.map(\.status) == [.resolved])
        _ = emulator.respond(to: enqueue("trigger"), at: 5)
        #expect(emulator.incidents.map(\.status) == [.resolved, .triggered])
        #expect(emulator.incidents.map(\.id) == ["PD-1", "PD-2"])
        #expect(emulator.incidents.first?.acknowledgedAt == 2)
        #expect(emulator.incidents.first?.resolvedAt == 4)
    }

    @Test(arguments: ["acknowledge", "resolve"])
    func `a follow-up to nothing is answered 202 and dropped`(_ action: String) {
        var emulator = PagerDutyEmulator()
        #expect(emulator.respond(to: enqueue(action), at: 1).status == 202)
        _ = emulator.respond(to: enqueue("trigger"), at: 2)
        #expect(emulator.respond(to: enqueue(action, ["routing_key": otherRoutingKey]), at: 3).status == 202)
        #expect(emulator.incidents.map(\.status) == [.triggered], "another routing key changes nothing")
        #expect(emulator.log.map(\.outcome) == [.dropped, .accepted, .dropped])
    }

    @Test func `a trigger without a key always opens another incident`() {
        var emulator = PagerDutyEmulator()
        let keys = (1...2).map { at in
            emulator.respond(to: enqueue("trigger", key: nil), at: Double(at)).object["dedup_key"] as? String
        }
        #expect(Set(keys).count == 2)
        #expect(emulator.incidents.count == 2)
    }

    @Test(arguments: refusals) func `refuses what PagerDuty refuses and says why`(_ row: Refusal) {
        var emulator = PagerDutyEmulator()
        let answer = emulator.respond(to: row.request, at: 1)
        #expect(answer.status == 400)
        #expect(answer.errors.contains { $0.contains(row.error) }, "\(answer.errors)")
        #expect(emulator.incidents.isEmpty)
        #expect(emulator.log.map(\.outcome) == [.refused])
    }

    @Test(arguments: acceptances) func `takes what is within the limits`(_ row: Refusal) {
        var emulator = PagerDutyEmulator()
        #expect(emulator.respond(to: row.request, at: 1).errors == [])
        #expect(emulator.log.map(\.outcome) == [.accepted])
    }

    @Test func `the pace is 120 in any 60 seconds for each routing key`() {
        var emulator = PagerDutyEmulator()
        for _ in 1...119 { #expect(emulator.respond(to: enqueue("resolve"), at: 100).status == 202) }
        #expect(emulator.respond(to: enqueue("resolve"), at: 130).status == 202)
        let throttled = emulator.respond(to: enqueue("resolve"), at: 159.9)
        #expect(throttled.status == 429)
        #expect(throttled.body.isEmpty)
        #expect(
            emulator.respond(to: enqueue("resolve", ["routing_key": otherRoutingKey]), at: 159.9).status
                == 202)
        for _ in 1...119 { #expect(emulator.respond(to: enqueue("resolve"), at: 160).status == 202) }
        #expect(
            emulator.respond(to: enqueue("resolve"), at: 160).status == 429, "the one at 130 still counts")
    }

    @Test func `a change event opens nothing and an orchestration key may not send one`() {
        var emulator = PagerDutyEmulator()
        let change: [String: Any] = ["routing_key": routingKey, "payload": ["summary": "Silenced"]]
        #expect(emulator.respond(to: post("/v2/change/enqueue", change), at: 1).status == 202)
        let key = "R" + routingKey.dropFirst()
        let refused = change.merging(["routing_key": key]) { $1 }
        #expect(emulator.respond(to: post("/v2/change/enqueue", refused), at: 1).status == 400)
        #expect(emulator.incidents.isEmpty)
    }

    @Test func `only the routing keys that exist are taken`() {
        var emulator = PagerDutyEmulator(routingKeys: [otherRoutingKey])
        #expect(emulator.respond(to: enqueue("trigger"), at: 1).errors == ["Invalid routing key"])
        #expect(
            emulator.respond(to: enqueue("trigger", ["routing_key": otherRoutingKey]), at: 1).status == 202)
    }

    @Test func `an incident shows the end of its routing key, and the sandbox is to hide the key`() {
        var emulator = PagerDutyEmulator()
        _ = emulator.respond(to: enqueue("trigger"), at: 1)
        #expect(emulator.incidents.map(\.credentialEnd) == ["cdef"])
        #expect(emulator.secretNames == ["routing_key"])
    }

    @Test func `incidents and log are bounded and the open ones stay`() {
        var emulator = PagerDutyEmulator(requestsPerMinuteMax: nil)
        for (action, key) in [("trigger", "goes"), ("resolve", "goes"), ("trigger", "stays")] {
            _ = emulator.respond(to: enqueue(action, key: key), at: 1)
        }
        for number in 1...10_100 {
            _ = emulator.respond(to: enqueue("trigger", key: "k\(number)"), at: 2)
            _ = emulator.respond(to: enqueue("resolve", key: "k\(number)"), at: 3)
        }
        #expect(emulator.incidents.count <= 10_000)
        #expect(emulator.log.count == 1_000)
        _ = emulator.respond(to: enqueue("resolve", key: "stays"), at: 4)
        #expect(emulator.incidents.first?.key == "stays")
        #expect(emulator.incidents.first?.status == .resolved)
    }

    struct Refusal: Row {
        let testDescription: String
        let request: SandboxRequest
        var error = ""
    }

    static var refusals: [Refusal] {
        [
            Refusal(
                testDescription: "a routing key of 31",
                request: enqueue("trigger", ["routing_key": String(routingKey.dropLast())]),
                error: "Length of 'routing_key' is incorrect (should be 32 characters)"),
            Refusal(
                testDescription: "a routing key with a dash",
                request: enqueue("trigger", ["routing_key": "-" + routingKey.dropLast()]),
                error: "'routing_key' cannot contain non-alphanumeric characters."),
            Refusal(
                testDescription: "no routing key", request: enqueue("trigger", ["routing_key": NSNull()]),
                error: "'routing_key' is missing"),
            Refusal(
                testDescription: "a summary of 1025",
                request: enqueue(
                    "trigger", ["payload": payload(["summary": String(repeating: "s", count: 1_025)])]),
                error: "'summary' is too long (maiximum is 1024 characters)"),
            Refusal(
                testDescription: "a blank summary",
                request: enqueue("trigger", ["payload": payload(["summary": " "])]),
                error: "'summary' is missing"),
            Refusal(
                testDescription: "a source that is a number",
                request: enqueue("trigger", ["payload": payload(["source": 1])]),
                error: "'source'"),
            Refusal(
                testDescription: "an unknown severity",
                request: enqueue("trigger", ["payload": payload(["severity": "alarm"])]),
                error: "'severity'"),
            Refusal(
                testDescription: "a time without a T",
                request: enqueue("trigger", ["payload": payload(["timestamp": "2026-05-17 08:10:00"])]),
                error: "'timestamp'"),
            Refusal(
                testDescription: "details that are a list",
                request: enqueue("trigger", ["payload": payload(["custom_details": [1]])]),
                error: "'custom_details'"),
            Refusal(
                testDescription: "no payload", request: enqueue("trigger", ["payload": "x"]),
                error: "'payload'"),
            Refusal(testDescription: "an unknown action", request: enqueue("close"), error: "'event_action'"),
            Refusal(
                testDescription: "a key of 256",
                request: enqueue("trigger", key: String(repeating: "k", count: 256)),
                error: "'dedup_key' is too long"),
            Refusal(
                testDescription: "a resolve without a key", request: enqueue("resolve", key: nil),
                error: "'dedup_key'"),
            Refusal(
                testDescription: "an image over HTTP",
                request: enqueue("trigger", ["images": [["src": "http://x/y.png"]]]), error: "'images'"),
            Refusal(
                testDescription: "a link without an address",
                request: enqueue("trigger", ["links": [["text": "x"]]]),
                error: "'links'"),
            Refusal(
                testDescription: "no JSON",
                request: SandboxRequest(method: "POST", target: "/v2/enqueue", body: [0x7B]),
                error: "JSON parse error"),
            Refusal(testDescription: "512,001 bytes", request: sized(512_001), error: "too large"),
        ]
    }

    static var acceptances: [Refusal] {
        [
            Refusal(
                testDescription: "a summary of 1024",
                request: enqueue(
                    "trigger", ["payload": payload(["summary": String(repeating: "s", count: 1_024)])])),
            Refusal(
                testDescription: "a key of 255",
                request: enqueue("trigger", key: String(repeating: "k", count: 255))),
            Refusal(
                testDescription: "the documentation's time",
                request: enqueue(
                    "trigger", ["payload": payload(["timestamp": "2015-07-17T08:42:58.315+0000"])])),
            Refusal(
                testDescription: "a time in UTC",
                request: enqueue("trigger", ["payload": payload(["timestamp": "2026-05-17T08:10:00Z"])])),
            Refusal(testDescription: "512,000 bytes", request: sized(512_000)),
        ]
    }

    /// A trigger of exactly so many bytes.
    static func sized(_ bytes: Int) -> SandboxRequest {
        let empty = enqueue("trigger", ["payload": payload(["custom_details": ["text": ""]])]).body.count
        let text = String(repeating: "x", count: bytes - empty)
        return enqueue("trigger", ["payload": payload(["custom_details": ["text": text]])])
    }
}
