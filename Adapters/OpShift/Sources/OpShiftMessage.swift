internal import AdapterKit
internal import OpenSenseWebhooks

/// The bodies of one update's requests.
struct OpShiftMessage {
    let update: IncidentUpdate
    let context: AdapterContext
    /// The webhook's identifier.
    let webhook: String

    /// The body of an alert.
    func alert(severity: String) throws(AdapterError) -> [UInt8] {
        let metadata = try OpShiftMetadata(update)
        return try JSONBody.encode([
            "title": .string(update.title(within: OpShiftLimits.title)),
            "description": .string(OpShiftLimits.description.cut(description)),
            "severity": .string(severity), "group_key": .string(alertKey),
            "metadata": .object(metadata.fields),
        ])
    }

    /// The body of a ping that says that the monitor is `down`.
    func down() throws(AdapterError) -> [UInt8] {
        var fields = Self.ping("down", of: incident)
        var metadata = try OpShiftMetadata(update).fields
        metadata["title"] = .string(update.title(within: OpShiftLimits.title))
        fields["metadata"] = .object(metadata)
        return try JSONBody.encode(.object(fields))
    }

    /// The members of a ping that are the same for all pings of an incident.
    ///
    /// The reason is, too: OpShift folds a `down` into the one before by its reason, and the measured value
    /// in it would page with each new value.
    static func ping(_ status: String, of incident: String) -> JSONObject {
        ["status": .string(status), "reason": .string(incident), "group_key": .string(incident)]
    }

    /// The incident's name at OpShift.
    private var incident: String { update.key.vendorKey(charactersMax: OpShiftLimits.keyCharactersMax) }

    /// The name of this alert, which is not the incident's.
    ///
    /// An alert of a webhook cannot be resolved from outside, and while it is open OpShift folds another one
    /// of the same key into it without a page. So that a second alarm of the sensor pages, and one that got
    /// worse or began again, the key has the moment and the severity that it is about. It has the webhook,
    /// too: whether a key counts for the webhook or for the team is unconfirmed.
    private var alertKey: String {
        let incident = update.key.vendorKey(charactersMax: OpShiftLimits.incidentCharactersMax)
        let moment = update.event.referenceTime?.utcText ?? context.nonce
        let severity = update.event.severity ?? ""
        return TextLimit(max: OpShiftLimits.keyCharactersMax).cutLine(
            "\(incident)|\(moment)|\(OpShiftLimits.webhook.cutLine(webhook))|\(severity)")
    }

    private var description: String {
        let all = update.event.fields
        let fields = IncidentUpdate.documentedDetails.compactMap { name in
            all[name].map { "\(name): \(JSONBody.text($0))" }
        }
        return (update.briefing + [""] + fields).joined(separator: "\n")
    }
}
