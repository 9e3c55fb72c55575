internal import FoundationEssentials

/// One webhook request's body: an event, and how it was sent.
///
/// Create it only from a body whose signature holds. The raw bytes stay with it, so that whatever the sender
/// wrote survives byte for byte.
public struct Delivery: Sendable, Hashable {
    /// The signed id of the delivery, the same on every retry; the key for deduplication.
    public let id: String?
    /// Which attempt the sender counts this as, from 1.
    public let attempt: Int?
    /// What happened.
    public let event: Event

    /// The body as it was received.
    public var body: [UInt8] { event.body }

    /// Reads a body.
    ///
    /// As Foundation's decoder does, it takes the first of two fields of one name, a byte order mark, and
    /// UTF-16; the signature says who wrote it, so lenience costs nothing and refusing would lose an alarm.
    ///
    /// - Throws: ``DeliveryError`` when there is no `event.kind`.
    public init(body: [UInt8]) throws(DeliveryError) {
        guard !body.isEmpty else { throw .empty }
        let envelope: Envelope
        do {
            envelope = try JSON.decoder.decode(Envelope.self, from: Data(body))
        } catch let error as DecodingError {
            throw DeliveryError(error)
        } catch {
            throw .notJSON
        }
        id = envelope.delivery.id
        attempt = envelope.delivery.attempt
        event = envelope.event.event(body: body)
    }
}

/// Why a body is not a delivery.
@nonexhaustive public enum DeliveryError: Error, Hashable, CustomStringConvertible {
    /// The body has no bytes.
    case empty
    /// The body is not JSON, or nested deeper than 512 levels.
    case notJSON
    /// There is no `event` object with a text `kind`.
    case kindMissing

    /// The stable name used in logs, metrics and `--json`.
    public var code: String {
        switch self {
        case .empty: "body-empty"
        case .notJSON: "body-not-json"
        case .kindMissing: "event-kind-missing"
        }
    }

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .empty: "The body is empty; a redirect on the way may have lost it."
        case .notJSON: "The body is not JSON, or nested deeper than 512 levels."
        case .kindMissing: "The body has no event with a kind, so there is no telling what happened."
        }
    }

    init(_ error: DecodingError) {
        if case .dataCorrupted(let context) = error, context.codingPath.isEmpty {
            self = .notJSON
        } else {
            self = .kindMissing
        }
    }
}

private struct Envelope: Decodable {
    let event: EventFields
    let delivery: DeliveryFields

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: FieldName.self)
        event = try container.decode(EventFields.self, forKey: "event")
        delivery = container.lenient(DeliveryFields.self, "delivery") ?? DeliveryFields()
    }
}

private struct DeliveryFields: Decodable {
    var id: String?
    var attempt: Int?

    init() {}

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: FieldName.self)
        id = container.lenient(String.self, "id").flatMap { $0.isEmpty ? nil : $0 }
        attempt = container.lenient(Int.self, "attempt")
    }
}

private struct EventFields: Decodable {
    let kind: EventKind
    let container: KeyedDecodingContainer<FieldName>

    init(from decoder: any Decoder) throws {
        container = try decoder.container(keyedBy: FieldName.self)
        kind = EventKind(name: try container.decode(String.self, forKey: "kind"))
    }

    func event(body: [UInt8]) -> Event {
        Event(
            kind: kind, id: container.lenient(String.self, "id"),
            severity: container.lenient(String.self, "severity"),
            siteID: container.lenient(String.self, "site_id"),
            deviceID: container.lenient(String.self, "device_id"),
            channelID: container.lenient(String.self, "channel_id"),
            times: times, body: body)
    }

    private var times: [String: EventTime] {
        var times: [String: EventTime] = [:]
        for name in container.allKeys
        where name.stringValue.hasSuffix("_at") && name.stringValue != "value_at" {
            times[name.stringValue] = container.lenient(String.self, name).flatMap(EventTime.init)
        }
        return times
    }
}
