internal import AdapterKit
internal import FoundationEssentials
internal import OpenSenseWebhooks

/// An update in words of ours: the documented JSON of version 1.
struct RelayPayload {
    let update: IncidentUpdate
    let context: AdapterContext

    /// What a receiver knows a repeated request by.
    var id: String { context.nonce }

    /// What names the incident, from its open to its resolve.
    var key: String { update.key.vendorKey(charactersMax: WebhookLimits.keyCharactersMax) }

    /// When it happened by the event, else when the delivery was received.
    var time: String {
        if let time = update.event.referenceTime,
            WebhookLimits.timeMilliseconds.contains(time.unixMilliseconds)
        {
            return time.utcText
        }
        return Date(timeIntervalSince1970: Double(context.time)).formatted(Date.ISO8601FormatStyle())
    }

    /// The JSON, within ``WebhookLimits/dataBytesMax``: of an event that is too large, as much as fits.
    func fitted() throws(AdapterError) -> JSONObject {
        var fields = frame
        var event = EventFields(update)
        fields["event"] = .object([:])
        try event.fit(WebhookLimits.dataBytesMax - JSONBody.encode(.object(fields)).count)
        fields["event"] = .object(event.kept)
        fields["omitted"] = event.omittedNames.map(JSONValue.array)
        return fields
    }

    /// Everything but the event.
    private var frame: JSONObject {
        var incident: JSONObject = ["key": .string(key)]
        incident["place"] = update.place.map { .string(WebhookLimits.place.cutLine($0)) }
        incident["link"] = update.names.link.map(JSONValue.string)
        incident["names"] = names
        var fields: JSONObject = [
            "version": 1, "id": .string(id), "action": .string(update.action.rawValue),
            "incident": .object(incident), "severity": .string(update.severity.rawValue),
            "delivery": ["id": .string(WebhookLimits.deliveryID.cutLine(update.deliveryID))],
            "title": .string(update.title(within: WebhookLimits.title)),
            "text": .string(WebhookLimits.text.cut(text)), "time": .string(time),
        ]
        fields["note"] = update.note.map { .string(WebhookLimits.note.cutLine($0)) }
        return fields
    }

    /// What people call the place, each with its own name; nil where it has none.
    private var names: JSONValue? {
        guard update.names.hasName else { return nil }
        var names = JSONObject()
        names["site"] = update.names.site.map(JSONValue.string)
        names["device"] = update.names.device.map(JSONValue.string)
        names["channel"] = update.names.channel.map(JSONValue.string)
        return .object(names)
    }

    /// What a person should read: the title, where to look, what has changed, and where.
    private var text: String {
        let lines: [String?] = [
            update.note.map { "Change: \($0)" }, update.place.map { "Place: \($0)" },
            update.event.severity.map { "Severity: \($0)" }, "Incident: \(key)",
            "Delivery: \(update.deliveryID)",
        ]
        let cut = { (line: String) in line == update.names.link ? line : Self.line.cutLine(line) }
        return (update.briefing + lines.compactMap(\.self)).map(cut).joined(separator: "\n")
    }

    /// A line of the text, so that a long one does not push out the others.
    private static let line = TextLimit(max: 512)
}
