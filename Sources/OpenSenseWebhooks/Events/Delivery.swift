/// One webhook request's body: an event, and how it was sent.
///
/// Create it only from a body whose signature holds. The raw bytes stay with it, so that the sender's text is
/// preserved byte for byte.
public struct Delivery: Sendable, Hashable {
    /// The signed id of the delivery, the same on every retry; the key for deduplication.
    public let id: String?
    /// Which attempt the sender counts this as, from 1.
    public let attempt: Int?
    /// What happened.
    public let event: Event

    /// The body as it was received.
    public var body: [UInt8] { event.body }

    /// What the body has that JSON or OpenSense's documentation forbids and that was read as what it means;
    /// see ``JSONLeniency``.
    public var leniencies: Set<JSONLeniency> {
        let found = event.document.leniencies
        return hasIDThatIsNoText || event.hasIDThatIsNoText ? found.union([.idNotText]) : found
    }

    private let hasIDThatIsNoText: Bool

    /// Reads a body, in one pass.
    ///
    /// It takes the first of two fields of one name, and everything that ``JSONLeniency`` lists; the
    /// signature says who wrote it, so lenience costs nothing and refusing would lose an alarm. A value of
    /// another type than documented is left in ``Event/fields`` and spoils nothing else; an id that is a
    /// number is its text.
    ///
    /// - Throws: ``DeliveryError`` when there is no `event.kind`.
    public init(body: [UInt8]) throws(DeliveryError) {
        guard !body.isEmpty else { throw .empty }
        guard let document = try? JSONDocument(body) else { throw .notJSON }
        guard let place = document.member(EventField.event, of: document.root),
            let event = Event(document, at: place, body: body)
        else { throw .kindMissing }
        self.event = event
        let fields = document.member(EventField.delivery, of: document.root)
        let idPlace = document.member(EventField.id, of: fields)
        id = document.identifier(idPlace).flatMap { $0.isEmpty ? nil : $0 }
        hasIDThatIsNoText = document.isIdentifierWithoutText(idPlace)
        let count = document.member(EventField.attempt, of: fields)
        attempt = document.number(count)?.integerValue ?? document.plainText(count).flatMap { Int($0) }
    }
}

/// Why a body is not a delivery.
@nonexhaustive public enum DeliveryError: Error, Hashable, CustomStringConvertible {
    /// The body has no bytes.
    case empty
    /// The body is not JSON, nor what ``JSONLeniency`` lets pass.
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
        case .notJSON: "The body is not JSON."
        case .kindMissing: "The body has no event with a kind, so there is no telling what happened."
        }
    }
}
