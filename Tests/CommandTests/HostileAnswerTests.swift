import Foundation
import Testing

/// What any of the vendors, or something that stands in its place, can answer, in the whole program.
@Suite struct `A hostile answer` {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let answer: HostileVendor.Answer
        /// What becomes of an open at each destination, unless named in `but`.
        let event: String
        var but: [String: String] = [:]

        static func http(
            _ name: String, _ head: String, _ body: String, _ event: String, but: [String: String] = [:]
        ) -> Row {
            let text =
                "HTTP/1.1 \(head)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
            return Row(testDescription: name, answer: .bytes(Array(text.utf8)), event: event, but: but)
        }
    }

    static let page = "<!DOCTYPE html><html><body>Sign in to the guest network</body></html>"
    static let html = "Content-Type: text/html"
    static let filler = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)

    /// A receiver of the user's may answer with a page; what no vendor says is never a success.
    static let rows = [
        Row.http(
            "a page for a success", "200 OK\r\n\(html)", page, "job.retried",
            but: ["receiver": "job.delivered"]),
        .http(
            "a page for an acceptance", "202 Accepted\r\n\(html)", "\n \(page)", "job.retried",
            but: ["receiver": "job.delivered"]),
        .http("a page for a failure", "503 Busy\r\n\(html)", page, "job.retried"),
        .http("a page for a refusal", "400 Bad Request\r\n\(html)", page, "job.dead"),
        .http("a redirect", "302 Found\r\nLocation: /trap", page, "job.retried"),
        .http("a redirect for ever", "308 Moved\r\nLocation: /trap", "", "job.retried"),
        .http(
            "a refusal of 60,000 characters", "422 No\r\nContent-Type: application/json",
            #"{"message":"\#(String(repeating: "ü\\n", count: 30_000))"}"#, "job.dead"),
        .http(
            "a refusal nested deep", "400 No\r\nContent-Type: image/png",
            String(repeating: "[", count: 60_000), "job.dead"),
        Row(
            testDescription: "what is no HTTP", answer: .bytes([0, 0xFF, 0x0D, 0x0A, 0x0D, 0x0A]),
            event: "job.retried"),
        Row(testDescription: "an end at once", answer: .bytes([]), event: "job.retried"),
        Row(
            testDescription: "a body without end",
            answer: .endless(Array("HTTP/1.1 503 Busy\r\n\r\n".utf8), filler), event: "job.retried"),
        Row(
            testDescription: "a head without end",
            answer: .endless(
                Array("HTTP/1.1 200 OK\r\n".utf8),
                Array("X-More: \(String(repeating: "x", count: 200))\r\n".utf8)),
            event: "job.retried"),
        Row(testDescription: "nothing", answer: .nothing, event: "job.retried"),
    ]

    @Test(arguments: rows) func `is bounded and loses nothing at any destination`(_ row: Row) async throws {
        try await World.run { world in
            let vendor = try HostileVendor(row.answer)
            defer { vendor.stop() }
            let relay = try await relay(world, at: vendor.url)
            #expect(try relay.deliver(AlarmEvent(id: "wh_1", times: ["opened_at": -60])) == "accepted")
            for name in Self.names {
                let event = row.but[name] ?? row.event
                let line = try await eventually("\(name): \(event); \(relay.program.error.suffix(4_000))") {
                    relay.program.error.split(separator: "\n").first {
                        $0.contains("event=\(event) ") && $0.contains("destination=\(name) ")
                    }
                }
                #expect(line.utf8.count < 4_096, "a line of the log is bounded")
            }
            #expect(!vendor.requests.contains { $0.contains("/trap") }, "no redirect is followed")
            #expect(vendor.sentMax < 8 << 20, "what is answered without end is not read to its end")
            #expect(!Keys.isIn(relay.program.error))
            #expect(try relay.get("/healthz").status == 200)
            relay.program.signal(SIGKILL)
        }
    }

    /// A destination of each adapter.
    static let names = [
        "pagerduty", "opsgenie", "jsm", "webhook-of-better-stack", "incidents", "opshift", "monitor",
        "receiver",
    ]

    private func relay(_ world: World, at url: String) async throws -> Relay {
        try await world.relay(
            destinations: """
                pagerduty: { adapter: "pagerduty", routingKey: "env:PAGER_KEY", baseURL: "\(url)" },
                opsgenie: { adapter: "opsgenie", apiKey: "env:API_KEY", baseURL: "\(url)" },
                jsm: { adapter: "jira-service-management", apiKey: "env:API_KEY", baseURL: "\(url)" },
                "webhook-of-better-stack": { adapter: "better-stack", url: "env:BETTER_STACK" },
                incidents: { adapter: "better-stack-incidents", apiToken: "env:API_KEY",
                             requesterEmail: "a@b.example", baseURL: "\(url)" },
                opshift: { adapter: "opshift", secret: "env:OPSHIFT", webhook: "w", baseURL: "\(url)" },
                monitor: { adapter: "opshift", secret: "env:OPSHIFT", webhook: "w", baseURL: "\(url)",
                           monitors: "alarm/site_4f3c/dev_b1d2/chn_a1b2=m" },
                receiver: { adapter: "webhook", url: "env:RECEIVER", secret: "env:OPENSENSE_SECRET" },
                """, more: "trouble: { to: [] }",
            environment: [
                "BETTER_STACK": "\(url)/api/v1/incoming-webhook/\(Keys.apiKey)", "RECEIVER": "\(url)/hook",
                "OPSHIFT": String(repeating: "0123456789abcdef", count: 4),
            ])
    }
}
