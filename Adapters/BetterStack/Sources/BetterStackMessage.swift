internal import AdapterKit
internal import OpenSenseWebhooks

/// The body of one request to an incoming webhook: JSON of ours, which the rules of the webhook read.
///
/// Its names are a contract with the rules that people have set up: they are added to, never renamed.
struct BetterStackMessage {
    let update: IncidentUpdate

    /// What has happened, in the word that the rules look for.
    enum Status: String {
        /// The incident starts, or is there already.
        case started
        /// It is open and has changed; no rule takes it unless a person adds one.
        case updated
        /// A person has acknowledged the alarm.
        case acknowledged
        /// It is over.
        case resolved
    }

    /// What finds the incident again, the same in all its requests.
    var alertID: String { update.key.vendorKey(charactersMax: BetterStackLimits.keyCharactersMax) }

    /// The body for `status`.
    func body(_ status: Status) throws(AdapterError) -> [UInt8] {
        var fields: JSONObject = [
            "status": .string(status.rawValue), "alert_id": .string(alertID),
            "title": .string(update.title(within: BetterStackLimits.line)),
            "cause": .string(update.title(within: BetterStackLimits.cause)),
            "severity": .string(update.severity.rawValue),
            "event": .object(BetterStackDetails(update).fields),
            "delivery_id": .string(BetterStackLimits.deliveryID.cutLine(update.deliveryID)),
        ]
        fields["place"] = update.place.map { .string(BetterStackLimits.line.cutLine($0)) }
        fields["link"] = update.names.link.map(JSONValue.string)
        fields["note"] = update.note.map { .string(BetterStackLimits.note.cutLine($0)) }
        return try JSONBody.encode(.object(fields))
    }
}
