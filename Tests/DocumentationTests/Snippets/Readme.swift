import OpenSenseWebhooks

/// The snippets of the README and of the comments in the sources.
struct Readme {
    let service: Service

    func receive(
        _ method: String, _ headers: [(String, String)], _ bytes: [UInt8]
    ) async throws -> WebhookResponse {
        let (page, keepForAPerson) = (service.page, service.keepForAPerson)
        // snippet: README receiver
        let receiver = WebhookReceiver(
            verifier: try WebhookVerifier(secrets: [Secret("a long random string")]),
            ledger: try InMemoryDeliveryLedger()
        ) { received in
            try await page(received.delivery.event)  // returning means: it is safe; throwing: send it again
        } unreadable: { received in
            try await keepForAPerson(received.body)  // authentic, but no event that can be read
        }

        // bytes: [UInt8], the raw body; headers: pairs of strings, such as [(String, String)]
        let request = WebhookRequest(method: method, headers: headers, body: bytes) { ($0.0, $0.1) }
        let answer = await receiver.receive(request)
        // answer.status, answer.headers and answer.body are the response
        // snippet end
        return answer
    }

    func verify(_ headers: [String], _ body: [UInt8], _ now: Int) throws -> (VerifiedSignature, String?) {
        // snippet: README verify
        let verifier = try WebhookVerifier(secrets: [Secret("a long random string")])

        // body: the raw bytes as they came; headers: every value of X-OpenSense-Signature; now: seconds since 1970
        let proof = try verifier.verify(body: body.span, signatureHeaders: headers, at: now)
        let delivery = try Delivery(body: body)  // delivery.event.kind is what happened
        let id = delivery.id  // signed, the same on every retry; nil when the sender gave none
        // snippet end
        return (proof, id)
    }

    func receiveAsCommented(
        _ headers: [(name: String, value: String)], _ bytes: [UInt8]
    ) async throws -> WebhookResponse {
        let (page, keepForAPerson) = (service.page, service.keepForAPerson)
        // snippet: comment of WebhookReceiver
        let receiver = try WebhookReceiver(
            verifier: WebhookVerifier(secrets: [Secret("a long random string")]),
            ledger: InMemoryDeliveryLedger()
        ) { received in
            try await page(received.delivery.event)
        } unreadable: { received in
            try await keepForAPerson(received.body)
        }
        let response = await receiver.receive(WebhookRequest(headers: headers, body: bytes) { ($0.0, $0.1) })
        // snippet end
        return response
    }

    func verifyAsCommented(_ bytes: [UInt8], _ now: Int) throws -> VerifiedSignature {
        // snippet: comment of WebhookVerifier
        let verifier = try WebhookVerifier(secrets: [Secret("a long random string")])
        let proof = try verifier.verify(body: bytes.span, signatureHeaders: ["t=…,v1=…"], at: now)
        // snippet end
        return proof
    }
}
