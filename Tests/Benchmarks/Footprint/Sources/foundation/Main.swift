internal import Foundation
internal import OpenSenseWebhooks

/// The least that verifies and reads, in a program that uses all of Foundation.
@main
enum Main {
    static func main() throws {
        let formatter = DateFormatter()
        formatter.dateStyle = .short
        print(formatter.string(from: Date()))
        let body = Array(#"{"event":{"kind":"alarm_opened"},"delivery":{"id":"wh_1"}}"#.utf8)
        let secret = try Secret("a long random string")
        let header = try WebhookSigner(secret: secret).signatureHeader(body: body.span, timestamp: 1)
        let verifier = try WebhookVerifier(secrets: [secret])
        let proof = try verifier.verify(body: body.span, signatureHeaders: [header], at: 1)
        print(proof.ageSeconds, try Delivery(body: body).event.kind.name)
    }
}
