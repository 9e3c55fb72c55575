import AdapterKit
import OpenSenseWebhooks
import Testing
import VendorSandbox
import WebhookAdapter
import WebhookEmulator

@Suite struct `Webhook emulator` {
    static let now = 1_779_007_200

    /// The settings of the adapter by which a payload and a signature reach the receiver.
    static func changes(_ payload: String, _ signature: String) -> [String: String] {
        WebhookEmulator().adapterSettings.merging(["payload": payload, "signature": signature]) { $1 }
    }

    /// What the adapter sends for an update, as the receiver gets it.
    static func sent(
        _ update: IncidentUpdate, _ changes: [String: String] = changes("opensense", "opensense"),
        nonce: String = "n-1", at time: Int = now
    ) throws -> SandboxRequest {
        let context = AdapterContext(time: time, nonce: nonce)
        let request = try #require(try Given.request(update, changes, context: context))
        return SandboxRequest(
            method: request.method.rawValue, target: "/webhook", headers: request.fields, body: request.body)
    }

    static let payloads = ["opensense", "relay", "cloudevents", "cloudevents-binary"]
    static let signatures = ["opensense", "hex", "standard-webhooks", "bearer"]

    @Test(arguments: payloads, signatures)
    func `an alarm opens, is acknowledged and resolved, whatever its payload and signature`(
        _ payload: String, _ signature: String
    ) throws {
        var receiver = WebhookEmulator()
        let changes = Self.changes(payload, signature)
        let story: [(String, IncidentUpdate.Action, SandboxIncident.Status)] = [
            ("alarm_opened", .open, .triggered), ("alarm_ack", .acknowledge, .acknowledged),
            ("alarm_cleared", .resolve, .resolved),
        ]
        for (kind, action, status) in story {
            let update = try Given.update(kind, action, delivery: "wh_\(kind)")
            let request = try Self.sent(update, changes, nonce: "n-\(kind)")
            for answer in ["accepted", "duplicate"] {
                let response = receiver.respond(to: request, at: Double(Self.now))
                #expect(response.status == 200)
                #expect(SandboxJSON.fields(of: response.body)?["status"]?.text == answer)
            }
            #expect(receiver.incidents.map(\.status) == [status])
        }
        #expect(receiver.incidents.map(\.opens) == [1])
        #expect(receiver.incidents.map(\.pages) == [1])
        #expect(
            receiver.log.map(\.outcome) == [.accepted, .dropped, .accepted, .dropped, .accepted, .dropped])
    }

    @Test(arguments: signatures)
    func `a request that was changed, or signed with another secret, is refused and logged`(
        _ signature: String
    ) throws {
        var receiver = WebhookEmulator()
        var other = WebhookEmulator(secret: Given.standardSecret)
        let request = try Self.sent(Given.update(), Self.changes("relay", signature))
        #expect(other.respond(to: request, at: Double(Self.now)).status == 401)
        #expect(other.log.map(\.outcome) == [.refused])
        #expect(other.incidents.isEmpty)
        guard signature != "bearer" else { return }
        var changed = request
        changed.body.append(0x20)
        #expect(receiver.respond(to: changed, at: Double(Self.now)).status == 401)
        #expect(receiver.respond(to: request, at: Double(Self.now)).status == 200)
    }

    @Test(arguments: ["opensense", "standard-webhooks"])
    func `a signature is good for 300 seconds, on either side`(_ signature: String) throws {
        for (age, status) in [(300, 200), (-300, 200), (301, 401), (-301, 401)] {
            var receiver = WebhookEmulator()
            let request = try Self.sent(
                Given.update(), Self.changes("opensense", signature), at: Self.now - age)
            #expect(receiver.respond(to: request, at: Double(Self.now)).status == status, "\(age)")
        }
    }

    struct Spoilt: Row {
        let testDescription: String
        let status: Int
        let spoil: @Sendable (inout SandboxRequest) -> Void
    }

    static let spoilt: [Spoilt] = [
        .init(testDescription: "a GET", status: 405) { $0.method = "GET" },
        .init(testDescription: "no signature", status: 401) {
            $0.headers.removeAll { $0.name != "Content-Type" }
        },
        .init(testDescription: "no delivery id", status: 401) {
            $0.headers.removeAll { $0.name == "X-OpenSense-Delivery-Id" }
        },
        .init(testDescription: "another timestamp", status: 401) {
            $0.headers = $0.headers.map {
                HeaderField($0.name, $0.name == "X-OpenSense-Timestamp" ? "1" : $0.value)
            }
        },
        .init(testDescription: "plain text", status: 415) { $0.headers[0].value = "text/plain" },
        .init(testDescription: "a body over 4 MiB", status: 413) {
            $0.body = [UInt8](repeating: 0x20, count: 4_194_305)
        },
    ]

    @Test(arguments: spoilt) func `a request that is not as documented is refused`(_ row: Spoilt) throws {
        var receiver = WebhookEmulator()
        var request = try Self.sent(Given.update())
        row.spoil(&request)
        #expect(receiver.respond(to: request, at: Double(Self.now)).status == row.status)
        #expect(receiver.incidents.isEmpty)
    }

    @Test(arguments: [
        "not JSON", "[]", "{}", #"{"event":{}}"#, #"{"version":1,"id":"x"}"#, #"{"version":2}"#,
        #"{"event":{"kind":7}}"#,
    ])
    func `a body that is no payload is refused`(_ body: String) {
        var receiver = WebhookEmulator(acceptsUnsigned: true)
        let request = SandboxRequest(
            method: "POST", target: "/webhook", headers: [HeaderField("Content-Type", "application/json")],
            body: Array(body.utf8))
        #expect(receiver.respond(to: request, at: 0).status == 400)
        #expect(receiver.log.map(\.outcome) == [.refused])
    }

    @Test(arguments: ["ce-id", "ce-source", "ce-type", "ce-subject"])
    func `a CloudEvent without an attribute, or with one that disagrees with its data, is refused`(
        _ name: String
    ) throws {
        for value in [nil, "other"] where value == nil || name == "ce-type" || name == "ce-subject" {
            var receiver = WebhookEmulator()
            var request = try Self.sent(Given.update(), Self.changes("cloudevents-binary", "bearer"))
            request.headers.removeAll { $0.name == name }
            if let value { request.headers.append(HeaderField(name, value)) }
            #expect(receiver.respond(to: request, at: 0).status == 400, "\(value ?? "missing")")
        }
    }

    @Test func `an update that got worse changes the incident and leaves a note`() throws {
        var receiver = WebhookEmulator()
        let changes = Self.changes("relay", "opensense")
        let updates = [
            try Given.update(), try Given.update("alarm_opened", .update, note: "warning → alarm"),
            try Given.update("silence_opened", .annotate),
        ]
        for (number, update) in updates.enumerated() {
            let request = try Self.sent(update, changes, nonce: "n-\(number)")
            #expect(receiver.respond(to: request, at: Double(Self.now)).status == 200)
        }
        #expect(receiver.incidents.map(\.status) == [.triggered])
        #expect(receiver.incidents.first?.notes == ["warning → alarm"])
        #expect(receiver.incidents.first?.summary.contains("warning → alarm") == true)
        #expect(receiver.log.allSatisfy { $0.outcome == .accepted })
    }
}
