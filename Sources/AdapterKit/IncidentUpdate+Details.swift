public import OpenSenseWebhooks

extension IncidentUpdate {
    /// How deep a field in ``details`` may be nested before it is written as text.
    ///
    /// - Unit: levels of arrays and objects. Vendors document no limit, and common parsers stop at 100.
    public static var detailDepthMax: Int { 16 }

    /// The names of the fields that OpenSense documents, from what a person needs first.
    public static let documentedDetails = [
        "kind", "severity", "site_id", "device_id", "channel_id", "value_at", "thresholds", "opened_at", "id",
    ]

    /// The place of a field among ``documentedDetails``; behind all of them for another one.
    public static func detailRank(_ name: String) -> Int {
        documentedDetails.firstIndex(of: name) ?? documentedDetails.count
    }

    /// Every field of the event by name, as it came, in a form that any vendor can store.
    ///
    /// Three things are changed: a NUL becomes U+FFFD, because databases refuse it, a field nested deeper
    /// than ``detailDepthMax`` becomes its JSON text, and a number that JSON cannot write, such as `NaN`, or
    /// that is beyond every `Double`, such as `1e400`, becomes text: many readers of JSON refuse the latter,
    /// and the whole request with it.
    public var details: JSONObject {
        JSONObject(event.fields.sortedByName.map { (withoutNUL($0.name), shaped($0.value)) })
    }

    private func shaped(_ value: JSONValue) -> JSONValue {
        value.levels > Self.detailDepthMax ? .string(JSONBody.text(value)) : storable(value)
    }

    private func storable(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(withoutNUL(text))
        case .number(let number): number.doubleValue.isFinite ? value : .string(number.text)
        case .array(let items): .array(items.map(storable))
        // In the order of the names, so that of two that become one the same one stays each time.
        case .object(let fields):
            .object(JSONObject(fields.sortedByName.map { (withoutNUL($0.name), storable($0.value)) }))
        default: value
        }
    }

    private func withoutNUL(_ text: String) -> String {
        guard text.utf8.contains(0) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }))
    }
}
