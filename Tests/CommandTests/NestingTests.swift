import Foundation
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// JSON that is short and costs a reader with time in proportion to values times depth minutes.
@Suite struct `JSON that is nested deep` {
    /// `numbers` numbers within `depth` lists.
    private static func nested(_ depth: Int, numbers: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "1,", count: numbers - 1) + "1"
            + String(repeating: "]", count: depth)
    }

    @Test func `holds up no alarm when a sender signs it`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            var deep = TestDelivery.like(id: "wh_deep", channel: "chn_deep")
            let text = String(decoding: deep.body, as: UTF8.self)
            let field = "\"deep\": \(Self.nested(500, numbers: 40_000)), \"kind\":"
            deep.body = Array(text.replacingOccurrences(of: "\"kind\":", with: field).utf8)
            #expect(deep.body.count > 80_000)
            #expect(try relay.deliver(deep).code == "accepted")
            #expect(try relay.deliver(.documented).code == "accepted")
            try await vendors.incidents { $0.map(\.status) == ["triggered", "triggered"] }
            #expect(try vendors.changes().contains { $0.body.contains("[[[[1,1,1") })
            #expect(try await relay.stop() == .exit(0))
        }
    }

    @Test func `stops no other destination when a vendor answers with it`() async throws {
        let answer = #"{"message":"no","errors":\#(Self.nested(500, numbers: 8_000))}"#
        #expect(answer.utf8.count > 17_000)
        let failing = try FixedVendor(status: 503, body: Array(answer.utf8))
        try await World.run { world in
            let vendors = try await world.vendors()
            var environment = World.environment(["pagerduty", "opsgenie"], at: vendors.url)
            environment["PAGERDUTY_BASE_URL"] = failing.url
            let relay = try await world.relay(world.start(world.serveWords, environment: environment))
            #expect(try relay.deliver(.documented).code == "accepted")
            try await eventually("the failing vendor has answered") { failing.answeredCount > 0 ? true : nil }
            #expect(try relay.deliver(.like(id: "wh_next", channel: "chn_next")).code == "accepted")
            try await vendors.incidents { $0.map(\.vendor) == ["opsgenie", "opsgenie"] }
            #expect(try await relay.stop() == .exit(0))
        }
    }

    @Test func `does not keep verify from its verdict`() async throws {
        let body = #"{"event":{"kind":"alarm_opened","deep":\#(Self.nested(400, numbers: 1_000))}}"#
        let signature = "t=1779005400,v1=\(Data(repeating: 1, count: 32).base64EncodedString())"
        let capture = "POST / HTTP/1.1\nX-OpenSense-Signature: \(signature)\n\n\(body)"
        try await World.run { world in
            let program = try world.start(
                ["verify", "-"], environment: ["OPENSENSE_SECRET": Keys.secret], input: Array(capture.utf8))
            #expect(try await program.end(withinSeconds: 10) == .exit(1))
            #expect(program.out.contains("NOT VERIFIED (signature-mismatch)"))
            #expect(program.out.contains("no-hypothesis-fits"))
        }
    }
}
