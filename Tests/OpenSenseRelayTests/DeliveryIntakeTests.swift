import OpenSenseRelay
import OpenSenseWebhooks
import RelayCore
import Testing

@Suite struct `Delivery intake` {
    /// When the sender signed, in seconds: 2026-05-17T08:10:01Z.
    static let signedAt = 1_779_005_401

    static func step(openedAt: String, receivedAt: Int) throws -> TimelineStep? {
        let body = Array(
            #"{"event":{"kind":"alarm_opened","site_id":"s","opened_at":"\#(openedAt)"}}"#.utf8)
        let secret = try Secret("a secret for this test")
        let header = try WebhookSigner(secret: secret).signatureHeader(body: body.span, timestamp: signedAt)
        let proof = try WebhookVerifier(secrets: [secret]).verify(
            body: body.span, signatureHeaders: [header], at: signedAt)
        let acceptance = DeliveryIntake(router: Router([Route(destinations: ["a"])])).acceptance(
            body: body, path: "/opensense", headerID: nil, proof: proof,
            receivedAt: WallTime(unixMilliseconds: receivedAt))
        guard case .step(_, let step) = acceptance.content else { return nil }
        return step
    }

    /// A relay whose clock is behind must not take the sender's times for future ones: cut to its own clock, they would
    /// be in the order in which they came, and a clear that overtook its open would not count.
    @Test(arguments: [-600_000, -1, 0, 600_000])
    func `believes the sender's times, whatever its own clock says`(
        _ error: Int
    ) throws {
        let step = try Self.step(
            openedAt: "2026-05-17T08:10:00Z", receivedAt: Self.signedAt * 1_000 + error)
        #expect(step?.openedAt == WallTime(unixSeconds: 1_779_005_400))
        #expect(step?.reference == WallTime(unixSeconds: 1_779_005_400))
    }

    @Test func `cuts a time that was in the sender's own future`() throws {
        let step = try Self.step(
            openedAt: "2027-05-17T08:10:00Z", receivedAt: Self.signedAt * 1_000 + 600_000)
        #expect(step?.openedAt == WallTime(unixSeconds: Self.signedAt + 1))
    }
}
