import AdapterKit
import OpShiftClient
import OpenSenseWebhooks
import Testing

/// Line by line what OpShift's documentation asks of a client: S the SDK, P the ping, T the alert.
@Suite struct `The OpShift client` {
    static let secret = String(repeating: "0123456789abcdef", count: 4)
    let transport = RecordingTransport()

    func client(baseURL: String = OpShift.defaultBaseURL, timeout: Duration = .seconds(30)) throws -> OpShift
    {
        try OpShift(secret: Self.secret, baseURL: baseURL, timeout: timeout, transport: transport)
    }

    // MARK: The surface

    @Test(arguments: [
        ("https://www.opshift.io", "https://www.opshift.io/api/ping/a"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/api/ping/a"),
        ("https://proxy.example/opshift", "https://proxy.example/opshift/api/ping/a"),
    ]) func `S2 has a base URL`(_ base: String, _ url: String) async throws {
        try await client(baseURL: base).ping("a")
        #expect(transport.requests.map(\.url) == [url])
    }

    @Test func `S1, S2, S3 refuses what cannot be one, without the secret in the error`() throws {
        for (argument, make) in [
            ("secret", { try OpShift(secret: "") }),
            ("baseURL", { try OpShift(secret: Self.secret, baseURL: "www.opshift.io") }),
            ("baseURL", { try OpShift(secret: Self.secret, baseURL: "https://a:b@host") }),
            ("timeout", { try OpShift(secret: Self.secret, timeout: .zero) }),
        ] as [(String, () throws -> OpShift)] {
            let error = #expect(throws: OpShiftError.self) { _ = try make() }
            #expect(error?.cause == .argument(argument))
            #expect(error?.statusCode == nil)
            #expect(error?.description.contains(Self.secret) == false)
        }
    }

    @Test func `S3 S4 gives its transport all that it needs`() async throws {
        try await client().ping("a")
        try await client(timeout: .milliseconds(1_500)).ping("a")
        #expect(transport.requests.map(\.timeout) == [.seconds(30), .milliseconds(1_500)])
        let names = transport.requests[0].headers.map(\.name)
        #expect(names == ["Content-Type", "X-Webhook-Signature"])
    }

    // MARK: Pings

    @Test func `S6 P4 needs the token alone`() async throws {
        try await client().ping("payments-worker")
        #expect(transport.body == "{}")
        #expect(transport.requests[0].url.hasSuffix("/api/ping/payments-worker"))
    }

    @Test func `S7 P5 P6 P7 P8 sends what is given and nothing else`() async throws {
        try await client().ping(
            "a", status: .down, reason: "stripe-timeout", groupKey: "g", metadata: ["batch": 1247])
        #expect(
            transport.body
                == #"{"group_key":"g","metadata":{"batch":1247},"reason":"stripe-timeout","status":"down"}"#)
    }

    /// - Source: computed with `openssl dgst -sha256 -hmac`, as OpShift's example does.
    @Test func `P2 P3 T2 signs the very bytes with the secret's text`() async throws {
        try await client().ping("a", status: .up, metadata: ["batch": 1247, "durationMs": 832])
        let request = transport.requests[0]
        let expected = try HMACSHA256(of: request.body, key: Secret(Self.secret)).hexadecimal
        #expect(request.headers.map(\.value) == ["application/json", expected])
        #expect(expected == expected.lowercased() && expected.count == 64)
    }

    @Test func `S8 P9 P10 P11 reads the answer`() async throws {
        transport.answer(
            200,
            #"{"message":"First ping received — monitoring started","monitor":{"name":"Payments worker","#
                + #""status":"paused-for-now","monitoringActive":true},"pingStatus":"up"}"#)
        let ping = try await client().ping("a")
        #expect(ping.message == "First ping received \u{2014} monitoring started")
        #expect(
            ping.monitor == .init(name: "Payments worker", status: "paused-for-now", monitoringActive: true))
        #expect(ping.pingStatus == .up)
    }

    /// As OpShift says it may while its analytics are down.
    @Test func `P13 reads an answer without a monitor`() async throws {
        transport.answer(200, #"{"message":"Ping received"}"#)
        let ping = try await client().ping("a")
        #expect(ping.monitor == nil && ping.pingStatus == nil)
    }

    // MARK: Alerts

    @Test func `S9 T1 T3 sends an alert`() async throws {
        try await client().alert(
            "deploy-failures", title: "Deploy failed", description: "code 137", severity: .sev1,
            metadata: ["commit": "a1b2c3"], groupKey: "deploy:api-gateway")
        #expect(transport.requests[0].url.hasSuffix("/api/alerts/trigger/deploy-failures"))
        #expect(
            transport.body
                == #"{"description":"code 137","group_key":"deploy:api-gateway","metadata":{"commit":"a1b2c3"},"#
                + #""severity":"sev1","title":"Deploy failed"}"#)
    }

    @Test func `S10 T4 reads all four outcomes, and one that is new`() async throws {
        for status in ["created", "occurrence_added", "reopened", "merged"] {
            transport.answer(
                200, #"{"alertId":"al_1","status":"\#(status)","message":"m","occurrenceCount":2}"#)
            let alert = try await client().alert("w", title: "t")
            #expect(alert.status == .init(rawValue: status))
            #expect((alert.alertID, alert.occurrenceCount, alert.message) == ("al_1", 2, "m"))
        }
        transport.answer(
            200, #"{"status":"filtered","message":"Alert suppressed by filter rule","reason":"rule 7"}"#)
        let filtered = try await client().alert("w", title: "t")
        #expect(filtered.status == .filtered)
        #expect(filtered.alertID == nil && filtered.occurrenceCount == nil)
        #expect(filtered.reason == "rule 7")
    }

    // MARK: Limits

    @Test func `S7 S9 takes what is at the limit`() async throws {
        let (two, twenty) = (String(repeating: "é", count: 200), String(repeating: "x", count: 2_000))
        try await client().ping("a", reason: two, groupKey: two)
        try await client().alert(
            "w", title: two, description: twenty, metadata: Self.nested(levels: 10), groupKey: two)
        #expect(transport.requests.count == 2)
    }

    static func nested(levels: Int) -> JSONObject {
        (1..<levels).reduce(["x": 1]) { inner, _ in ["x": .object(inner)] }
    }

    @Test func `S7 S9 refuses what is beyond it before anything is sent`() async throws {
        let client = try client()
        let long = String(repeating: "x", count: 201)
        let calls: [(String, () async throws -> Void)] = [
            ("reason", { try await client.ping("a", reason: long) }),
            ("groupKey", { try await client.ping("a", groupKey: long) }),
            ("metadata", { try await client.ping("a", metadata: Self.nested(levels: 11)) }),
            ("pingToken", { try await client.ping("") }), ("pingToken", { try await client.ping("..") }),
            ("webhookURL", { try await client.alert("", title: "t") }),
            ("title", { try await client.alert("w", title: long) }),
            ("title", { try await client.alert("w", title: "") }),
            // 200 characters for a person, more for a computer.
            ("title", { try await client.alert("w", title: String(repeating: "👩‍🚒", count: 100)) }),
            (
                "description",
                { try await client.alert("w", title: "t", description: String(repeating: "x", count: 2_001)) }
            ),
            (
                "metadata",
                {
                    try await client.alert(
                        "w", title: "t", metadata: ["x": .string(String(repeating: "x", count: 100_000))])
                }
            ),
            ("groupKey", { try await client.alert("w", title: "t", groupKey: long) }),
        ]
        for (argument, call) in calls {
            let error = await #expect(throws: OpShiftError.self) { try await call() }
            #expect(error?.cause == .argument(argument))
            #expect(error?.statusCode == nil)
        }
        #expect(transport.requests.isEmpty)
    }

    @Test func `an identifier is one part of the path`() async throws {
        try await client().ping("a/b?c#d")
        #expect(transport.requests[0].url.hasSuffix("/api/ping/a%2Fb%3Fc%23d"))
    }

    // MARK: Failures

    @Test(arguments: [400, 401, 403, 404, 429, 500, 302])
    func `S11 S12 P12 T5 a refusal has its status, a sentence and the JSON`(_ status: Int) async throws {
        transport.answer(status, #"{"error":"no such thing"}"#)
        let error = await #expect(throws: OpShiftError.self) { try await client().ping("a") }
        #expect(error?.cause == .refusal)
        #expect(error?.statusCode == status)
        #expect(error?.description == "OpShift answered \(status): no such thing")
        #expect(error?.body == ["error": "no such thing"])
    }

    @Test(arguments: ["<html>", "", "[1]", "\"x\"", String(repeating: "{", count: 1_000)])
    func `S12 garbage is no answer, and no crash`(_ body: String) async throws {
        transport.answer(200, body)
        let error = await #expect(throws: OpShiftError.self) { try await client().alert("w", title: "t") }
        #expect(error?.cause == .answer)
        transport.answer(404, body)
        let refused = await #expect(throws: OpShiftError.self) { try await client().ping("w") }
        #expect(refused?.statusCode == 404)
        #expect(refused?.message.isEmpty == false)
    }

    @Test func `S11 a transport that fails is a failure of the network`() async throws {
        struct Broken: Error {}
        transport.fail(Broken())
        let error = await #expect(throws: OpShiftError.self) { try await client().ping("a") }
        #expect(error?.cause == .network)
        #expect(error?.statusCode == 0)
        transport.fail(OpShiftError.network("no route"))
        let own = await #expect(throws: OpShiftError.self) { try await client().ping("a") }
        #expect(own?.description == "OpShift could not be reached: no route")
    }
}
