import Foundation
import Testing

@Suite struct `What the sender is answered` {
    @Test func `a wrong secret, no signature and a malformed one get the very same 401`() async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            var stranger = TestDelivery.documented
            stranger.secret = Keys.otherSecret
            var (unsigned, malformed) = (
                try TestDelivery.documented.request(), try TestDelivery.documented.request()
            )
            unsigned.headers = []
            malformed.headers = [("X-OpenSense-Signature", "t=yesterday;v1")]
            let answers =
                try [relay.deliver(stranger)] + [unsigned, malformed].map { try $0.send(to: relay.port) }
            for answer in answers {
                #expect(answer.status == 401)
                #expect(answer.code == "unauthenticated")
                #expect(answer.body == answers[0].body)
                #expect(answer.deliveryID == nil)
                for word in ["x-opensense", "header", "secret", "v1", "hmac", "time"] {
                    #expect(!answer.body.lowercased().contains(word), "it tells of the \(word)")
                }
            }
        }
    }

    @Test(arguments: [
        (age: 300, staleness: "defer", status: 200), (age: 301, staleness: "defer", status: 429),
        (age: -300, staleness: "defer", status: 200), (age: -301, staleness: "defer", status: 429),
        (age: 300, staleness: "reject", status: 200), (age: 301, staleness: "reject", status: 401),
        (age: -301, staleness: "reject", status: 401),
    ])
    func `an authentic delivery is judged by its age`(_ row: (age: Int, staleness: String, status: Int))
        async throws
    {
        try await World.run { world in
            let file = try world.write(Self.configuration(staleness: row.staleness), to: "relay.json5")
            let relay = try await world.relay(at: "http://127.0.0.1:9", arguments: ["--config", file])
            let answer = try answerWithinOneSecond(relay, ageSeconds: row.age)
            #expect(answer.status == row.status)
            #expect(answer.headers["retry-after"] == (row.status == 429 ? "60" : nil))
            #expect(answer.code == (row.status == 200 ? "accepted" : "timestamp-outside-tolerance"))
        }
    }

    private static func configuration(staleness: String) -> String {
        """
        {
          sources: [{ secrets: ["env:OPENSENSE_SECRET"], staleness: "\(staleness)" }],
          destinations: { oncall: { adapter: "pagerduty", routingKey: "env:PAGERDUTY_ROUTING_KEY" } },
          routes: [{ kinds: ["device_*"], to: ["oncall"] }],
        }
        """
    }

    /// The answer to a delivery that was signed and judged in the same second, so that its age is exact.
    private func answerWithinOneSecond(_ relay: Relay, ageSeconds: Int) throws -> Answer {
        for attempt in 0..<50 {
            let before = unixSeconds()
            var delivery = TestDelivery.like(id: "wh_\(attempt)")
            delivery.ageSeconds = ageSeconds
            let answer = try relay.deliver(delivery)
            if unixSeconds() == before { return answer }
        }
        throw NeverCame(description: "No answer came within the second that it was asked for in.")
    }

    static let bodies: [(name: String, body: String, code: String)] = [
        ("not JSON", "alarm!", "not-understood"), ("no bytes", "", "not-understood"),
        ("no kind", #"{"event":{"id":"evt_1"}}"#, "not-understood"),
        ("JSON of another shape", "[1,2,3]", "not-understood"),
        ("bytes that are no UTF-8, and NUL", "\u{0}\u{FFFD}", "not-understood"),
        ("100,000 arrays in each other", String(repeating: "[", count: 100_000), "not-understood"),
        ("100,000 objects in each other", String(repeating: #"{"event":"#, count: 100_000), "not-understood"),
        ("1 MiB", String(repeating: "x", count: 1_048_576), "not-understood"),
        ("an unknown kind", #"{"event":{"kind":"door_opened"},"delivery":{"id":"wh_door"}}"#, "accepted"),
    ]

    @Test(arguments: bodies)
    func `a signed body is acknowledged whatever it holds, since a 4xx would lose it`(
        _ row: (name: String, body: String, code: String)
    ) async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            let bytes = row.body.utf8.flatMap { $0 == 0xEF ? [0xFF, 0xFE] : [$0] }
            // A delivery without an id is identified by its signature, so the same request is sent again.
            let request = try TestDelivery(body: bytes).request()
            let answer = try request.send(to: relay.port)
            #expect(answer.status == 200, "\(row.name)")
            #expect(answer.code == row.code, "\(row.name)")
            #expect(try request.send(to: relay.port).code == "duplicate", "\(row.name), again")
            #expect(try relay.get("/healthz").status == 200)
        }
    }

    static let misdirected: [(request: Request, status: Int, code: String, allow: String?)] = [
        (Request(path: "/"), 404, "not-found", nil), (Request(path: "/opensense/x"), 404, "not-found", nil),
        // The same path, written in another way.
        (Request(path: "/opensense/"), 401, "unauthenticated", nil),
        (Request(method: "GET"), 405, "method-not-allowed", "POST"),
        (Request(path: "/healthz"), 405, "method-not-allowed", "GET, HEAD"),
        (Request(body: [UInt8](repeating: 0x78, count: 1_048_577)), 413, "body-too-large", nil),
        (Request(method: "GET", path: "/healthz"), 200, "ok", nil),
        (Request(method: "GET", path: "/readyz"), 200, "ready", nil),
    ]

    @Test func `a request that is no delivery gets its own status and code`() async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            for row in Self.misdirected {
                let answer = try row.request.send(to: relay.port)
                #expect(answer.status == row.status, "\(row.request.method) \(row.request.path)")
                #expect(answer.code == row.code, "\(row.request.method) \(row.request.path)")
                #expect(answer.headers["allow"] == row.allow, "\(row.request.method) \(row.request.path)")
                #expect(answer.headers["content-type"] == "application/json")
            }
            let large = TestDelivery(body: [UInt8](repeating: 0x78, count: 1_048_577))
            #expect(try relay.deliver(large).status == 413)
        }
    }
}
