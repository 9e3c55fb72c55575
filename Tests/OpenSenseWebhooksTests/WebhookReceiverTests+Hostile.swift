import OpenSenseWebhooks
import Testing

/// Requests that no correct sender makes: none traps, none hangs, each is answered.
extension `A webhook receiver` {
    @Test func `finds its headers among ten thousand`() async throws {
        let noise = (0..<10_000).map { (name: "X-Noise-\($0)", value: "\($0)") }
        #expect(try await World().receive(headers: noise).status == 200)
    }

    @Test func `refuses a second signature`() async throws {
        let world = try World()
        let answer = try await world.receive(headers: [(name: "X-OPENSENSE-SIGNATURE", value: "t=1,v1=")])
        #expect(answer.status == 401)
        #expect(world.events.all == ["header-malformed"])
    }

    @Test func `takes headers of a hundred megabytes without a trap`() async throws {
        let huge = String(repeating: "v1=AAAA,", count: 100 << 17)
        let world = try World()
        let answer = await world.receiver.receive(
            WebhookRequest(
                headers: [
                    (name: OpenSenseHeader.signature, value: huge), (name: huge, value: huge),
                    (name: OpenSenseHeader.deliveryID, value: huge),
                ], body: []))
        #expect(answer.status == 401)
        let signed = try await world.receive(headers: [(name: OpenSenseHeader.deliveryID, value: huge)])
        #expect(signed.status == 200)
        #expect(signed.body.count < 4_096)
    }

    @Test func `answers below 4 KB in JSON whatever the id holds`() async throws {
        let id = String(repeating: "\\u0000\\\"\u{202E}é", count: 2_000)
        let answer = try await World().receive(
            #"{"event":{"kind":"x"},"delivery":{"id":"\#(id)"}}"#)
        #expect(answer.status == 200)
        #expect(answer.body.count < 4_096)
        #expect(answer.body.allSatisfy { $0 >= 0x20 || $0 == 0x0A })
    }

    static let oddBodies: [[UInt8]] = [
        [], [0], [0xFF, 0xFE], Array("NaN".utf8), Array("[NaN]".utf8),
        Array(#"{"event":{"kind":"x","value_at":1e999999}}"#.utf8),
        Array(#"{"event":{"kind":"x"},"delivery":{"attempt":99999999999999999999}}"#.utf8),
        Array(#"{"event":{"kind":"a\#u{0}b"}}"#.utf8), [0xC3, 0x28],
        Array(String(repeating: "[", count: 100_000).utf8),
        Array(#"{"event":{"kind":"\ud800"}}"#.utf8),
    ]

    @Test(arguments: oddBodies) func `takes odd bodies without a trap`(_ body: [UInt8]) async throws {
        let world = try World()
        let header = try WebhookSigner(secret: Secret("a long random string")).signatureHeader(
            body: body.span, timestamp: Self.now)
        let answer = await world.receiver.receive(
            WebhookRequest(headers: [OpenSenseHeader.signature: header], body: body))
        #expect(answer.status == 200)
        #expect(world.handled.all.count + world.unreadable.all.count == 1)
    }

    @Test(arguments: [
        "t=999999999999,v1=", "t=9223372036854775808,v1=", "t=-1,v1=", "t=NaN,v1=", "\u{0}", "t=1,v1=\u{0}",
        String(repeating: ",", count: 4_096), "=", "t=,v1=", "é=1,t=1",
    ]) func `takes odd signatures without a trap`(_ header: String) async throws {
        let world = try World()
        let answer = await world.receiver.receive(
            WebhookRequest(headers: [OpenSenseHeader.signature: header], body: [1]))
        #expect(answer.status == 401)
    }
}
