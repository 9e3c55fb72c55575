internal import AdapterKit
internal import OpenSenseWebhooks

/// The fields of an event, as many as there is room for.
struct EventFields {
    private(set) var kept: JSONObject
    private var omitted: [String] = []

    init(_ update: IncidentUpdate) { kept = update.details }

    /// Keeps what fits into so many bytes of JSON: the documented fields first, then the smallest.
    mutating func fit(_ bytesMax: Int) throws(AdapterError) {
        guard try JSONBody.encode(.object(kept)).count > bytesMax else { return }
        var sized: [(name: String, value: JSONValue, bytes: Int)] = []
        for field in kept {
            // With two braces, of which one stands for the comma.
            let bytes = try JSONBody.encode(.object([field.name: field.value])).count - 1
            sized.append((field.name, field.value, bytes))
        }
        sized.sort { left, right in
            let ranks = (IncidentUpdate.detailRank(left.name), IncidentUpdate.detailRank(right.name))
            guard ranks.0 == ranks.1 else { return ranks.0 < ranks.1 }
            return left.bytes == right.bytes ? left.name < right.name : left.bytes < right.bytes
        }
        var room = bytesMax - Self.omittedBytesMax
        kept = JSONObject()
        for field in sized {
            guard field.bytes <= room else { omitted.append(field.name); continue }
            room -= field.bytes
            kept[field.name] = field.value
        }
    }

    /// The names of what was left out, the first few of them; nil for none.
    var omittedNames: [JSONValue]? {
        guard !omitted.isEmpty else { return nil }
        let names = omitted.prefix(WebhookLimits.omittedNamesMax).map(WebhookLimits.omittedName.cutLine)
        let more = omitted.count - names.count
        return (names + (more > 0 ? ["and \(more) more"] : [])).map(JSONValue.string)
    }

    /// Room for the names of what is left out: each unit of UTF-16 is three bytes at most.
    private static let omittedBytesMax =
        (WebhookLimits.omittedNamesMax + 1) * (WebhookLimits.omittedName.max * 3 + 4) + 64
}
