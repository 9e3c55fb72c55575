import OpenSenseWebhooks
import Synchronization

/// What the snippets call: a service that notes what it is given.
final class Service: Sendable {
    private let notes = Mutex<[String]>([])
    var all: [String] { notes.withLock { $0 } }
    func log(_ line: String) { notes.withLock { $0.append(line) } }
    func store(_ delivery: Delivery) async throws { log("stored \(delivery.id ?? "-")") }
    func page(_ event: Event) async throws { log("paged \(event.kind)") }
    func keepForAPerson(_ body: [UInt8]) async throws { log("kept \(body.count)") }

    func receiver(_ secretText: String) throws -> WebhookReceiver {
        let (log, store, keepForAPerson) = (log, store, keepForAPerson)
        // snippet: receiver
        let receiver = WebhookReceiver(
            verifier: try WebhookVerifier(secrets: [Secret(secretText)]),
            ledger: try InMemoryDeliveryLedger(),
            report: { event in log(event.code) }
        ) { received in
            try await store(received.delivery)
        } unreadable: { received in
            try await keepForAPerson(received.body)
        }
        // snippet end
        return receiver
    }
}

/// The snippets that receive and verify.
struct Receiving {
    let receiver: WebhookReceiver
    let secretText: String

    func receive(
        _ method: String, _ headers: [(name: String, value: String)], _ body: [UInt8]
    ) async -> WebhookResponse {
        // snippet: request
        let request = WebhookRequest(method: method, headers: headers, body: body)
        let answer = await receiver.receive(request)
        // snippet end
        return answer
    }

    func verify(_ signatures: [String], _ body: [UInt8], _ unixSeconds: Int) throws -> (Delivery, Int) {
        // snippet: verify
        let verifier = try WebhookVerifier(secrets: [Secret(secretText)])
        let proof = try verifier.verify(body: body.span, signatureHeaders: signatures, at: unixSeconds)
        let delivery = try Delivery(body: body)
        // snippet end
        return (delivery, proof.ageSeconds)
    }
}
