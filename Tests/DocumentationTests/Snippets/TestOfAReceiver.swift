import OpenSenseWebhooks
import Testing

@Suite struct `A receiver of the documentation` {
    let receiver: WebhookReceiver

    init() throws { receiver = try Service().receiver("a long random string") }

    // snippet: test
    @Test func `an alarm gets through, a stranger's does not`() async throws {
        let body = Array(#"{"event":{"kind":"alarm_opened"},"delivery":{"id":"wh_1"}}"#.utf8)
        let now = ReceiverClock.system.unixSeconds()
        for (secret, status) in [("a long random string", 200), ("the secret of a stranger", 401)] {
            let signer = try WebhookSigner(secret: Secret(secret))
            let answer = await receiver.receive(try signer.request(body: body, timestamp: now))
            #expect(answer.status == status)
        }
    }
    // snippet end
}
