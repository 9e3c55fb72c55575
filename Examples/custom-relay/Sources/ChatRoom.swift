import AdapterKit
import OpenSenseWebhooks

/// Posts alarms to a chat room, marks the message when a person acknowledges, and deletes it when it is over.
struct ChatRoom: IncidentAdapter {
    let token: Secret
    let baseURL: BaseURL

    // The server folds requests with the same idempotency key.
    let traits = AdapterTraits(folds: true, actions: [.open, .acknowledge, .resolve])

    static let type = AdapterType(
        name: "chatroom", title: "Chat room",
        settings: [
            AdapterSetting(
                name: "token", environmentVariable: "CHATROOM_TOKEN", isSecret: true, role: .authenticates,
                summary: "The room's token."),
            AdapterSetting(
                name: "baseURL", environmentVariable: "CHATROOM_BASE_URL", role: .locates,
                defaultValue: "https://chat.example.org", addedPaths: ["/messages"],
                summary: "Where the chat server is."),
        ]
    ) { settings throws(AdapterSettingError) in
        ChatRoom(token: try settings.secret("token"), baseURL: try settings.baseURL("baseURL"))
    }

    func begin(_ update: IncidentUpdate, context: AdapterContext) throws(AdapterError) -> AdapterStep {
        if update.action == .open {
            let message: JSONValue = ["key": .string(update.key.text), "text": .string(update.title)]
            return .send(try request(.post, baseURL.url("messages"), message, nonce: context.nonce))
        }
        guard let id = context.state else { return .done() }  // there is no message
        let url = baseURL.url("messages", id)
        if update.action == .resolve { return .send(try request(.delete, url)) }
        return .send(try request(.patch, url, ["acknowledged": true]))
    }

    func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) -> AdapterStep {
        let body = JSONBody.decode(answer.body)
        let step = answer.usualStep(explanation: request.quote(body?["error"]?.text ?? ""))
        switch (request.method, step) {
        case (.post, .done):
            guard let id = body?["id"]?.text, !id.isEmpty, id.utf8.allSatisfy(isLetterOrDigit), id.count <= 64
            else { return .retry(after: nil, reason: "status \(answer.status) without the message's id") }
            return .done(state: id)
        case (.delete, .refused), (.patch, .refused): return answer.status == 404 ? .done() : step
        default: return step
        }
    }

    private func request(
        _ method: OutboundRequest.Method, _ url: String, _ body: JSONValue? = nil, nonce: String? = nil
    ) throws(AdapterError) -> OutboundRequest {
        var fields = [HeaderField("Authorization", "Bearer \(token.revealedText())")]
        if let nonce { fields.append(.init("Idempotency-Key", nonce)) }
        guard let body else {
            return OutboundRequest(method: method, url: url, fields: fields, secrets: [token])
        }
        fields.append(.init("Content-Type", "application/json"))
        return OutboundRequest(
            method: method, url: url, fields: fields, body: try JSONBody.encode(body), secrets: [token])
    }

    private func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
