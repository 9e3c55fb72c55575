internal import AdapterKit
internal import OpenSenseWebhooks

/// What a request consists of before it is signed.
struct WebhookMessage {
    /// What the receiver knows a repeated request by.
    let id: String
    let fields: [HeaderField]
    let body: [UInt8]
}

/// In which words an update is sent.
enum WebhookPayload: String, CaseIterable {
    /// The bytes of the delivery that caused it.
    case opensense
    /// JSON of ours.
    case relay
    /// A CloudEvent in one JSON document.
    case cloudEvents = "cloudevents"
    /// A CloudEvent whose attributes are header fields.
    case cloudEventsBinary = "cloudevents-binary"

    /// Whether an update can be said.
    ///
    /// A new alarm closes the one before it and may repeat an acknowledgement that came early. The event of
    /// such an update is the new alarm's, which is sent with its own open: as a resolve it would open twice.
    func hasWords(for update: IncidentUpdate) -> Bool {
        guard update.action != .refresh else { return false }
        guard self == .opensense else { return true }
        switch (update.event.kind, update.action) {
        case (.alarmOpened, .resolve), (.alarmOpened, .acknowledge), (.deviceOffline, .resolve),
            (.deviceOffline, .acknowledge):
            return false
        default: return true
        }
    }

    /// The request's parts.
    ///
    /// The id of an event is that of its delivery, by which receivers know it: two updates of one delivery
    /// have the same bytes then, and the second is nothing new. In words of ours they differ, so the id is
    /// the update's nonce, the same on each attempt.
    func message(_ update: IncidentUpdate, _ context: AdapterContext) throws(AdapterError) -> WebhookMessage {
        guard self != .opensense else {
            return WebhookMessage(
                id: try HeaderID.text(update.deliveryID), fields: [Self.json], body: update.event.body)
        }
        let data = RelayPayload(update: update, context: context)
        let event = CloudEvent(data)
        return switch self {
        case .opensense, .relay:
            WebhookMessage(
                id: data.id, fields: [Self.json], body: try JSONBody.encode(.object(data.fitted())))
        case .cloudEvents:
            WebhookMessage(id: data.id, fields: [CloudEvent.contentType], body: try event.structured())
        case .cloudEventsBinary:
            WebhookMessage(
                id: data.id, fields: [Self.json] + event.fields,
                body: try JSONBody.encode(.object(data.fitted())))
        }
    }

    private static let json = HeaderField("Content-Type", "application/json")
}
