internal import AdapterKit
internal import OpenSenseWebhooks

/// A CloudEvent 1.0 about an update, whose data is the payload of ours.
///
/// - Source: cloudevents/spec@c2845a4, `spec.md` and `bindings/http-protocol-binding.md` (read 2026-11-26).
struct CloudEvent {
    private let data: RelayPayload

    init(_ data: RelayPayload) { self.data = data }

    /// The context attributes by name, without that of the data's type.
    private var attributes: KeyValuePairs<String, String> {
        [
            "specversion": "1.0", "id": data.id, "source": Self.source,
            "type": "opensense.relay.incident.\(data.update.action.rawValue)", "subject": data.key,
            "time": data.time,
        ]
    }

    /// The event in one JSON document.
    func structured() throws(AdapterError) -> [UInt8] {
        var event = JSONObject(attributes.map { ($0.key, JSONValue.string($0.value)) })
        event["datacontenttype"] = "application/json"
        event["data"] = .object(try data.fitted())
        return try JSONBody.encode(.object(event))
    }

    /// The attributes as header fields of a request whose body is the data.
    var fields: [HeaderField] {
        attributes.map { HeaderField("ce-\($0.key)", Self.percentEncoded($0.value)) }
    }

    /// The media type of ``structured()``.
    static let contentType = HeaderField("Content-Type", "application/cloudevents+json")

    /// A reference to this software; with the id it names an event.
    private static let source = "/opensense-relay"

    /// Encodes space, quote, percent sign and all that is no printable ASCII.
    static func percentEncoded(_ value: String) -> String {
        var encoded = ""
        for byte in value.utf8 {
            if (0x21...0x7E).contains(byte), byte != 0x22, byte != 0x25 {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                encoded += "%" + ByteText.hexadecimal([byte]).uppercased()
            }
        }
        return encoded
    }
}
