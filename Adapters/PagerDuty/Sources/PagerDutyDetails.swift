internal import AdapterKit
internal import OpenSenseWebhooks

/// The `custom_details` of one event: its fields as they came, and ours under names that begin `opensense_`.
struct PagerDutyDetails {
    private(set) var fields: JSONObject
    /// The update's title within PagerDuty's limit.
    let summary: String

    /// All that is known of `update`.
    init(_ update: IncidentUpdate) {
        fields = update.details
        fields[Name.deliveryID] = .string(PagerDutyLimits.deliveryID.cutLine(update.deliveryID))
        fields[Name.note] = update.note.map { .string(PagerDutyLimits.note.cutLine($0)) }
        if update.names.hasName {
            fields[Name.place] = update.place.map { .string(PagerDutyLimits.place.cutLine($0)) }
        }
        let title = update.title
        summary = update.title(within: PagerDutyLimits.summary)
        if !PagerDutyLimits.summary.allows(title) { fields[Name.title] = .string(title) }
    }

    /// Makes the details at least so many bytes shorter, as far as there is something to remove.
    ///
    /// The repeated title goes first, then the largest fields; `opensense_removed` says which.
    mutating func remove(bytes: Int) {
        var excess = bytes + PagerDutyLimits.removalNoteBytes
        var removed: [String] = []
        for (name, size) in removalOrder() {
            guard excess > 0 else { break }
            excess -= size
            removed.append(name)
        }
        let gone = Set(removed)
        fields = fields.filter { !gone.contains($0.name) }
        fields[Name.removed] = .string(Self.removalNote(removed))
    }

    private func removalOrder() -> [(name: String, bytes: Int)] {
        fields.filter { ![Name.deliveryID, Name.note, Name.place].contains($0.name) }
            .map { (name: $0.name, bytes: JSONSize.field($0.name, $0.value)) }
            .sorted { left, right in
                if (left.name == Name.title) != (right.name == Name.title) { return left.name == Name.title }
                return left.bytes == right.bytes ? left.name < right.name : left.bytes > right.bytes
            }
    }

    private static func removalNote(_ names: [String]) -> String {
        let shown = names.prefix(PagerDutyLimits.removedNamesMax).map(PagerDutyLimits.removedName.cutLine)
        let more = names.count - shown.count
        return "PagerDuty takes \(PagerDutyLimits.bodyBytesMax) bytes; too large with: "
            + shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }

    private enum Name {
        static let deliveryID = "opensense_delivery_id"
        static let note = "opensense_note"
        static let place = "opensense_place"
        static let title = "opensense_title"
        static let removed = "opensense_removed"
    }
}

/// How many bytes a value has as JSON, without writing it; exactly as `JSONBody` would.
enum JSONSize {
    /// The bytes of a field of an object, with the comma.
    static func field(_ name: String, _ value: JSONValue) -> Int { text(name) + 1 + of(value) + 1 }

    private static func of(_ value: JSONValue) -> Int {
        switch value {
        case .null: 4
        case .boolean(let flag): flag ? 4 : 5
        case .number(let number): number.jsonText?.utf8.count ?? text(number.text)
        case .string(let string): text(string)
        case .array(let items): items.reduce(2) { $0 + of($1) + 1 }
        case .object(let fields): fields.reduce(2) { $0 + field($1.name, $1.value) }
        }
    }

    private static func text(_ text: String) -> Int {
        text.utf8.reduce(2) { bytes, byte in
            switch byte {
            case 0x08, 0x09, 0x0A, 0x0C, 0x0D, 0x22, 0x5C: bytes + 2
            case 0x00...0x1F: bytes + 6
            default: bytes + 1
            }
        }
    }
}
