internal import FoundationEssentials
public import OpenSenseWebhooks

extension IncidentUpdate {
    /// How deep a field in ``details`` may be nested before it is written as text.
    ///
    /// - Unit: levels of arrays and objects. Vendors document no limit, and common parsers stop at 100.
    public static var detailDepthMax: Int { 16 }

    /// Every field of the event by name, as it came, in a form that any vendor can store.
    ///
    /// Two things are changed: a NUL becomes U+FFFD, because databases refuse it, and a field nested deeper
    /// than ``detailDepthMax`` becomes its JSON text. Should the event hold a number that cannot be carried
    /// over, the documented fields alone are given, that number as text.
    public var details: [String: JSONValue] {
        let fields = event.fields ?? documentedFields
        return keyed(fields) { shaped($0) }
    }

    private var documentedFields: [String: JSONValue] {
        var fields: [String: JSONValue] = ["kind": .string(event.kind.name)]
        fields["id"] = event.id.map(JSONValue.string)
        fields["severity"] = event.severity.map(JSONValue.string)
        fields["site_id"] = event.siteID.map(JSONValue.string)
        fields["device_id"] = event.deviceID.map(JSONValue.string)
        fields["channel_id"] = event.channelID.map(JSONValue.string)
        fields["value_at"] = event.valueAt.map { .string("\($0)") }
        for (name, time) in event.times { fields[name] = .string(time.text) }
        return fields
    }

    private func shaped(_ value: JSONValue) -> JSONValue {
        guard !isDeeper(value, than: Self.detailDepthMax) else {
            return .string((try? JSONBody.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "")
        }
        return withoutNUL(value)
    }

    private func isDeeper(_ value: JSONValue, than levels: Int) -> Bool {
        switch value {
        case .array(let items): levels == 0 || items.contains { isDeeper($0, than: levels - 1) }
        case .object(let fields): levels == 0 || fields.values.contains { isDeeper($0, than: levels - 1) }
        default: false
        }
    }

    private func withoutNUL(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(withoutNUL(text))
        case .array(let items): .array(items.map(withoutNUL))
        case .object(let fields): .object(keyed(fields) { withoutNUL($0) })
        default: value
        }
    }

    /// In the order of the names, so that of two that become one the same one stays each time.
    private func keyed(_ fields: [String: JSONValue], _ change: (JSONValue) -> JSONValue) -> [String:
        JSONValue]
    {
        Dictionary(
            fields.sorted { $0.key < $1.key }.map { (withoutNUL($0.key), change($0.value)) },
            uniquingKeysWith: { first, _ in first })
    }

    private func withoutNUL(_ text: String) -> String {
        guard text.utf8.contains(0) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }))
    }
}
