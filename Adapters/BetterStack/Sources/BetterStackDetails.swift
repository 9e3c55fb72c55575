internal import AdapterKit
internal import OpenSenseWebhooks

/// The fields of an event, as many as are sent.
struct BetterStackDetails {
    /// The fields as they came, within ``BetterStackLimits/eventBytesMax``; `opensense_omitted` counts the
    /// others.
    let fields: JSONObject
    private let lines: [String]

    /// All that is known of `update`: the documented fields first, then the others from the shortest.
    init(_ update: IncidentUpdate) {
        let all = Self.measured(update.details)
        var room = BetterStackLimits.eventBytesMax - BetterStackLimits.omissionNoteBytes
        var kept = JSONObject()
        for field in all where field.bytes <= room {
            room -= field.bytes
            kept[field.name] = field.value
        }
        let omitted = all.count { kept[$0.name] == nil }
        if omitted > 0 { kept[Self.omittedName] = .string("\(omitted) more, too long to be sent") }
        fields = kept
        lines = kept.sortedByName.map { "\($0.name): \(JSONBody.text($0.value))" }
    }

    /// What a person reads first, and one line for every field; the caller cuts it to the limit.
    func description(_ briefing: [String]) -> String { (briefing + [""] + lines).joined(separator: "\n") }

    private struct Field {
        let name: String
        let value: JSONValue
        /// What it adds to an object: its name, its value, a colon and a comma.
        let bytes: Int
    }

    private static func measured(_ details: JSONObject) -> [Field] {
        details.map { name, value in
            Field(name: name, value: value, bytes: bytes(of: .string(name)) + bytes(of: value) + 2)
        }
        .sorted { left, right in
            let ranks = (IncidentUpdate.detailRank(left.name), IncidentUpdate.detailRank(right.name))
            guard ranks.0 == ranks.1 else { return ranks.0 < ranks.1 }
            return left.bytes == right.bytes ? left.name < right.name : left.bytes < right.bytes
        }
    }

    /// A text that is too long is not written to be measured, and a value that cannot be written is not kept.
    private static func bytes(of value: JSONValue) -> Int {
        if let text = value.text, text.utf8.count > BetterStackLimits.eventBytesMax { return text.utf8.count }
        return (try? JSONBody.encode(value))?.count ?? BetterStackLimits.eventBytesMax
    }

    private static let omittedName = "opensense_omitted"
}
