import AdapterKit
import OpenSenseWebhooks

/// Posts each update to a chat room that folds messages by key: `POST /rooms/alarms`, with a token.
struct ChatRoom: IncidentAdapter {
    let token: Secret
    let baseURL: BaseURL

    let traits = AdapterTraits(deduplicates: true, rateLimit: nil)

    static let type = AdapterType(
        name: "chatroom", title: "Chat room",
        settings: [
            AdapterSetting(
                name: "token", environmentVariable: "CHATROOM_TOKEN", isSecret: true,
                summary: "The room's token."),
            AdapterSetting(
                name: "baseURL", environmentVariable: "CHATROOM_BASE_URL",
                defaultValue: "https://chat.example.org", summary: "Where the chat server is."),
        ]
    ) { settings throws(AdapterSettingError) in
        ChatRoom(token: try settings.secret("token"), baseURL: try settings.baseURL("baseURL"))
    }

    func requests(
        for update: IncidentUpdate, correlation: String?
    ) throws(AdapterError) -> [OutboundRequest] {
        let message: JSONValue = [
            "action": .string(update.action.rawValue), "key": .string(update.key.text),
            "text": .string(update.title),
        ]
        return [
            OutboundRequest(
                method: .post, url: baseURL.url("rooms", "alarms"),
                fields: [
                    .init("Content-Type", "application/json"),
                    .init("Authorization", "Bearer \(token.revealedText())"),
                ], body: try JSONBody.encode(message), secrets: [token])
        ]
    }

    func disposition(of response: VendorResponse, to request: OutboundRequest) -> Disposition {
        response.usualDisposition(explanation: "")
    }
}
