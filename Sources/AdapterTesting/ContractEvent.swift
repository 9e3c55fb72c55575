public import AdapterKit
public import OpenSenseWebhooks

/// A delivery's body to try an adapter on.
public struct ContractEvent: Sendable, Hashable, CustomStringConvertible {
    /// What is special about it, completing "an event …".
    public let description: String
    /// The body as a sender writes it.
    public let body: [UInt8]
    private let content: Content?
    /// What people call its places.
    private var wording = Wording()

    /// What is read of the body, once for all updates.
    private struct Content: Hashable {
        let event: Event
        let id: String
        let key: IncidentKey

        init?(_ body: [UInt8]) {
            guard let delivery = try? Delivery(body: body) else { return nil }
            event = delivery.event
            id = delivery.id ?? "wh_4f3c1a"
            key = IncidentKey(event, fallback: id)
        }
    }

    /// An event from the fields of its `event` object.
    public init(_ description: String, fields: JSONObject) {
        self.description = description
        // Only what is nested without end cannot be written, and nothing here is.
        body = (try? JSONBody.encode(["event": .object(fields), "delivery": ["id": "wh_4f3c1a"]])) ?? []
        content = Content(body)
    }

    /// An event from its body.
    public init(_ description: String, body: String) {
        self.description = description
        self.body = Array(body.utf8)
        content = Content(self.body)
    }

    /// What the relay makes of it for `action`; nil when the body is no delivery.
    public func update(_ action: IncidentUpdate.Action) -> IncidentUpdate? {
        guard let content else { return nil }
        return IncidentUpdate(
            action: action, key: content.key, event: content.event, deliveryID: content.id,
            note: action == .update ? Self.change : nil, wording: wording)
    }

    /// What has changed, in an update of an open incident.
    static let change = "warning → alarm, 9 → 21"

    /// Every documented kind and an unknown one, each with all fields and with none but its kind.
    public static let usual: [ContractEvent] = (EventKind.documented.map(\.name) + ["door_opened"]).flatMap {
        kind in
        [
            ContractEvent("of kind \(kind) with every field", fields: documented(kind)),
            ContractEvent("of kind \(kind) with nothing else", fields: ["kind": .string(kind)]),
        ]
    }

    /// Events that are allowed and unusual.
    public static let hostile: [ContractEvent] = makeHostile()

    private static func makeHostile() -> [ContractEvent] {
        let texts: [(String, String)] = [
            ("empty texts", ""), ("blank texts", " \t "), ("NUL", "a\0b"),
            (
                "control characters",
                String(String.UnicodeScalarView((0...0x9F).compactMap(Unicode.Scalar.init)))
            ),
            ("characters of JSON, URLs and HTML", "\"\\/%2F?#&<b>{}[]"), ("path parts", "../../.."),
            ("emoji", String(repeating: "👩‍👩‍👧‍👦", count: 600)),
            ("combining characters", "e" + String(repeating: "\u{301}", count: 20_000)),
            ("text from right to left", "\u{202E}אבג"),
        ]
        return texts.map { name, text in ContractEvent("with \(name)", fields: filled("alarm_opened", text)) }
            + [
                ContractEvent("of a kind of 2,000 characters", fields: ["kind": .string(long(2_000))]),
                ContractEvent("with a field of a megabyte", fields: with("blob", .string(long(1_000_000)))),
                ContractEvent(
                    "with a site id of 600,000 characters", fields: with("site_id", .string(long(600_000)))),
                ContractEvent("with a delivery id of 100,000 characters", body: longDelivery),
                ContractEvent("with 4,000 unknown fields", fields: manyFields),
                ContractEvent("nested 400 deep", body: deep),
                ContractEvent("with a number that no decimal holds", body: hugeNumber),
                ContractEvent("with fields of the wrong type", body: wrongTypes),
                ContractEvent("with values that JSON cannot write", body: oddValues),
                ContractEvent("with odd times", body: oddTimes), longNames,
            ]
    }

    /// The longest names and link that a configuration can give.
    private static var longNames: ContractEvent {
        var event = ContractEvent("with long names of its places", fields: documented("alarm_opened"))
        let name = String(repeating: "Ü", count: 120)
        var names = PlaceNames()
        names[.site, "site_4f3c"] = .init(name: name)
        names[.device, "dev_b1d2"] = .init(name: name)
        names[.channel, "chn_a1b2"] = .init(name: name, unit: "percent of all  ")
        let path = long(LinkTemplate.bytesMax - 20)
        names.links = [try? LinkTemplate("https://e.example/\(path)")].compactMap(\.self)
        event.wording = Wording(names: names)
        return event
    }

    /// All documented fields, with values like those of the documentation.
    static func documented(_ kind: String) -> JSONObject {
        [
            "id": "evt_4f3c", "kind": .string(kind), "severity": "alarm", "opened_at": "2026-05-17T08:10:00Z",
            "site_id": "site_4f3c", "device_id": "dev_b1d2", "channel_id": "chn_a1b2", "value_at": 11,
            "thresholds": ["ok_min": -2, "ok_max": 8],
        ]
    }

    /// An alarm with `name` set to `value`.
    static func with(_ name: String, _ value: JSONValue) -> JSONObject {
        var fields = documented("alarm_opened")
        fields[name] = value
        return fields
    }

    private static func filled(_ kind: String, _ text: String) -> JSONObject {
        var fields = documented(kind)
        for name in ["id", "severity", "opened_at", "site_id", "device_id", "channel_id", "remark"] {
            fields[name] = .string(text)
        }
        fields["name: \(text)"] = .string(text)
        fields[text] = .string(text)
        fields["kind"] = .string(kind)
        return fields
    }

    private static func long(_ count: Int) -> String { String(repeating: "x", count: count) }

    private static var manyFields: JSONObject {
        (1...4_000).reduce(into: documented("alarm_opened")) { fields, number in
            fields["unknown_\(number)"] = .string(long(number % 300))
        }
    }

    private static var longDelivery: String {
        #"{"event":{"kind":"alarm_opened","site_id":"s"},"delivery":{"id":""# + long(100_000) + #""}}"#
    }

    private static var deep: String {
        #"{"event":{"kind":"alarm_opened","deep":"# + String(repeating: "[", count: 400)
            + String(repeating: "]", count: 400) + "}}"
    }

    private static let hugeNumber = #"{"event":{"kind":"alarm_opened","value_at":1e300,"site_id":"s"}}"#

    private static let wrongTypes = """
        {"event":{"kind":"alarm_opened","id":7,"severity":null,"opened_at":1747469400,"site_id":["s"],\
        "device_id":{"a":1},"channel_id":false,"value_at":"11.2","thresholds":[1,2]},"delivery":null}
        """

    private static let oddValues = #"""
        {"event":{"kind":"alarm_opened","value_at":nan,"thresholds":{"ok_min":-Infinity,"ok_max":+inf},\#
        "channel_id":7,"site_id":"s\ud83e","far":1e400,"near":1E-999,"half":.5,"list":[NaN,"\udc00",],}}
        """#

    private static let oddTimes = """
        {"event":{"kind":"alarm_opened","site_id":"s","opened_at":"0001-01-01T00:00:00Z",\
        "cleared_at":"9999-12-31T23:59:59.999999999+14:00","acked_at":"yesterday"}}
        """
}
