import OpenSenseRelay
import OpenSenseWebhooks
import RelayCore
import Testing

@Suite struct `An odd body` {
    static let rows: [(event: String, oddities: [String])] = [
        (#""kind":"alarm_opened","opened_at":"2026-05-17T08:10:00Z""#, []),
        (#""kind":"alarm_opened","value_at":+5,"x":[1,]"#, ["plus-sign", "trailing-comma"]),
        (#""kind":"alarm_opened","opened_at":"0001-01-01T00:00:00Z""#, ["implausible-opened_at"]),
        (#""kind":"alarm_opened","next_report_at":"0001-01-01T00:00:00Z""#, []),
    ]

    @Test(arguments: rows) func `is accepted, and what is odd about it is named`(
        _ row: (event: String, oddities: [String])
    ) throws {
        let body = Array("{\"event\":{\(row.event)}}".utf8)
        let secret = try Secret("a secret for this test")
        let header = try WebhookSigner(secret: secret).signatureHeader(
            body: body.span, timestamp: 1_779_005_401)
        let proof = try WebhookVerifier(secrets: [secret]).verify(
            body: body.span, signatureHeaders: [header], at: 1_779_005_401)
        let acceptance = DeliveryIntake(router: Router([Route(destinations: ["a"])])).acceptance(
            body: body, path: "/opensense", headerID: nil, proof: proof,
            receivedAt: WallTime(unixSeconds: 1_779_005_401))
        guard case .step = acceptance.content else {
            Issue.record("it is not a step: \(acceptance.content)")
            return
        }
        #expect(acceptance.oddities == row.oddities)
    }
}
