internal import AdapterKit
internal import OpenSenseWebhooks

/// The bodies of one update's requests.
struct PagerDutyMessage {
    let update: IncidentUpdate
    let routingKey: String

    /// A `trigger`: opens an alert, or adds to the one that is open under its key.
    func trigger() throws(AdapterError) -> [UInt8] {
        try fitted { details in
            var payload = described(details)
            payload["severity"] = .string(update.severity.rawValue)
            payload["component"] = label(update.event.channelID)
            payload["group"] = label(update.event.siteID)
            payload["class"] = label(update.event.kind.name)
            var event = keyed("trigger")
            event["payload"] = .object(payload)
            event["client"] = "OpenSense"
            event["client_url"] = update.names.link.map(JSONValue.string)
            event["links"] = links
            return event
        }
    }

    /// An `acknowledge` or `resolve`, which carry the key alone.
    func followUp(_ action: String) throws(AdapterError) -> [UInt8] {
        try JSONBody.encode(.object(keyed(action)))
    }

    /// A change event: shown beside the service's incidents; it sends no notification.
    func change() throws(AdapterError) -> [UInt8] {
        try fitted { details in
            var event: JSONObject = [
                "routing_key": .string(routingKey), "payload": .object(described(details)),
            ]
            event["links"] = links
            return event
        }
    }

    private func keyed(_ action: String) -> JSONObject {
        [
            "routing_key": .string(routingKey), "event_action": .string(action),
            "dedup_key": .string(update.key.vendorKey(charactersMax: PagerDutyLimits.dedupKeyCharactersMax)),
        ]
    }

    private func described(_ details: PagerDutyDetails) -> JSONObject {
        let source = [update.event.deviceID, update.event.channelID, update.event.siteID].lazy.compactMap(
            label)
        var payload: JSONObject = [
            "summary": .string(details.summary),
            "source": source.first ?? "OpenSense",
            "custom_details": .object(details.fields),
        ]
        payload["timestamp"] = timestamp
        return payload
    }

    private func fitted(
        _ body: (PagerDutyDetails) -> JSONObject
    ) throws(AdapterError) -> [UInt8] {
        var details = PagerDutyDetails(update)
        let whole = try JSONBody.encode(.object(body(details)))
        guard whole.count > PagerDutyLimits.bodyBytesMax else { return whole }
        details.remove(bytes: whole.count - PagerDutyLimits.bodyBytesMax)
        return try JSONBody.encode(.object(body(details)))
    }

    /// When it began; left out when the event has none or one outside
    /// ``PagerDutyLimits/timestampMilliseconds``; PagerDuty then sets one.
    private var timestamp: JSONValue? {
        guard let time = update.event.openedAt ?? update.event.referenceTime,
            PagerDutyLimits.timestampMilliseconds.contains(time.unixMilliseconds)
        else { return nil }
        return .string(time.utcText)
    }

    /// Where to look at what happened; nil where no link is known.
    private var links: JSONValue? {
        update.names.link.map { [["href": .string($0), "text": "OpenSense"]] }
    }

    /// Nil for a text that is missing or blank, which PagerDuty may refuse.
    private func label(_ text: String?) -> JSONValue? {
        let line = PagerDutyLimits.label.cutLine(text ?? "")
        return line.allSatisfy(\.isWhitespace) ? nil : .string(line)
    }
}
