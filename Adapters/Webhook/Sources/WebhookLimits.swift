internal import AdapterKit

/// What is sent at most; the limits are ours, since a receiver may be any program.
enum WebhookLimits {
    /// What can be sent, in the order in which people read it.
    static let actions: [IncidentUpdate.Action] = [.open, .update, .acknowledge, .resolve, .annotate]

    /// The longest address.
    ///
    /// - Unit: bytes.
    static let urlBytesMax = 2_048

    /// From which length a part of the address is hidden like a token wherever it shows.
    ///
    /// - Unit: bytes.
    static let tokenBytesMin = 16

    /// The longest secret.
    ///
    /// - Unit: bytes. As a bearer token it has to fit into a header field of any server.
    static let secretBytesMax = 4_096

    /// How long the key of Standard Webhooks is, decoded.
    ///
    /// - Unit: bytes.
    /// - Source: Standard Webhooks specification, "Signature scheme" (read 2026-11-26).
    static let standardKeyBytes = 24...64

    /// The most header fields of the setting `headers`.
    static let fieldsMax = 20

    /// The longest value of such a field.
    ///
    /// - Unit: bytes.
    static let fieldBytesMax = 1_024

    /// The longest text of a list of statuses.
    ///
    /// - Unit: bytes.
    static let statusListBytesMax = 1_024

    /// The longest id in a header field; a longer one is replaced by a digest.
    ///
    /// - Unit: bytes.
    static let idBytesMax = 255

    /// The longest key of an incident; a longer one is replaced by a SHA-256.
    ///
    /// - Unit: characters.
    static let keyCharactersMax = 512

    /// The longest title.
    static let title = TextLimit(max: 1_024)

    /// The longest text of several lines.
    static let text = TextLimit(max: 6_144)

    /// The longest note of what has changed.
    static let note = TextLimit(max: 512)

    /// The longest place.
    static let place = TextLimit(max: 512)

    /// The longest delivery id within a body.
    static let deliveryID = TextLimit(max: 255)

    /// The longest name of a field that was left out, and how many are named.
    static let omittedName = TextLimit(max: 64)
    static let omittedNamesMax = 20

    /// The most of a payload of ours, so that with its envelope a CloudEvent stays under 64 KiB.
    ///
    /// - Unit: bytes of JSON.
    /// - Source: CloudEvents 1.0, "Size Limits": consumers take 64 KiB (read 2026-11-26).
    static let dataBytesMax = 60 << 10

    /// The moments that a time of an event is taken for: the years 2000 to 2099.
    ///
    /// - Unit: milliseconds since 1970-01-01T00:00:00Z.
    static let timeMilliseconds = 946_684_800_000...4_102_444_799_999
}
