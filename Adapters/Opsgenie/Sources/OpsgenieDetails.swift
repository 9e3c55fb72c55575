internal import AdapterKit
internal import OpenSenseWebhooks

/// The `details` of one alert: its fields as text, as many as Opsgenie keeps.
struct OpsgenieDetails {
    /// Names and texts, within ``OpsgenieLimits/detailsCharactersMax``.
    let fields: JSONObject
    private let lines: [String]

    /// All that is known of `update`: the documented fields first, then the others from the shortest.
    init(_ update: IncidentUpdate) {
        var room = OpsgenieLimits.detailsCharactersMax - OpsgenieLimits.omissionNoteCharacters
        var kept = JSONObject()
        var omitted = 0
        let delivery = (Self.deliveryIDName, OpsgenieLimits.deliveryID.cutLine(update.deliveryID))
        let change = update.note.map { (Self.noteName, OpsgenieLimits.change.cutLine($0)) }
        let link = update.names.link.map { (Self.linkName, $0) }
        let all = [delivery] + [change, link].compactMap(\.self) + Self.ordered(update.details)
        for (name, text) in all where kept[name] == nil {
            let characters = name.utf16.count + text.utf16.count
            if name.isEmpty || characters > room {
                omitted += 1
            } else {
                room -= characters
                kept[name] = .string(text)
            }
        }
        if omitted > 0 { kept[Self.omittedName] = .string("\(omitted) more, too long for Opsgenie") }
        fields = kept
        lines = (all.dropFirst() + [delivery]).map { "\($0.0): \($0.1)" }
    }

    /// What a person reads first, and one line for every field; the caller cuts it to the limit.
    func description(_ briefing: [String]) -> String { (briefing + [""] + lines).joined(separator: "\n") }

    private static func ordered(_ details: JSONObject) -> [(String, String)] {
        details.map { ($0.name, JSONBody.text($0.value)) }.sorted { left, right in
            let ranks = (IncidentUpdate.detailRank(left.0), IncidentUpdate.detailRank(right.0))
            guard ranks.0 == ranks.1 else { return ranks.0 < ranks.1 }
            let lengths = (left.1.utf16.count, right.1.utf16.count)
            return lengths.0 == lengths.1 ? left.0 < right.0 : lengths.0 < lengths.1
        }
    }

    private static let noteName = "opensense_note"
    private static let linkName = "opensense_link"
    private static let deliveryIDName = "opensense_delivery_id"
    private static let omittedName = "opensense_omitted"
}
