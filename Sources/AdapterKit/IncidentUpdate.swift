public import OpenSenseWebhooks

/// One step in the life of an incident: what an adapter turns into a vendor's requests.
public struct IncidentUpdate: Sendable, Hashable {
    /// What is to happen to the incident.
    public enum Action: String, Sendable, Hashable, CaseIterable, Codable {
        /// Open it, or add to it when it is open.
        case open
        /// It is open and has changed: it has become worse, for example. It does not page by itself.
        case update
        /// A person has acknowledged the alarm.
        case acknowledge
        /// It is over.
        case resolve
        /// A remark that opens and closes nothing.
        case annotate
        /// It is open still: for vendors that close what is not renewed.
        case refresh
    }

    /// What is to happen.
    public let action: Action
    /// Which incident.
    public let key: IncidentKey
    /// The event that caused it.
    public let event: Event
    /// The delivery's identity in the sender's and the relay's logs.
    public let deliveryID: String
    /// What has changed since the vendors last heard of the alarm, for people: `warning → alarm, 9 → 21`,
    /// `4th time since 01:00 UTC`; nil when there is nothing to say.
    public let note: String?

    /// What people call the place of it.
    public let names: IncidentNames
    /// How bad it is by the destination's own map; nil where that is silent.
    public let mappedSeverity: IncidentSeverity?
    /// When its texts are written; nil where that is not known.
    ///
    /// - Unit: seconds since 1970-01-01T00:00:00Z, by the relay's clock.
    public let writtenAt: Int?

    /// A step of the incident `key`.
    ///
    /// - Parameters:
    ///   - action: What is to happen.
    ///   - key: Which incident.
    ///   - event: The event that caused it.
    ///   - deliveryID: The delivery's identity.
    ///   - note: What has changed, for people.
    ///   - wording: What people call places, and how bad the sender's words are.
    ///   - writtenAt: When its texts are written, in seconds since 1970-01-01T00:00:00Z: what lies half a day
    ///     before it is given with its day.
    public init(
        action: Action, key: IncidentKey, event: Event, deliveryID: String, note: String? = nil,
        wording: Wording = Wording(), writtenAt: Int? = nil
    ) {
        self.action = action
        self.key = key
        self.event = event
        self.deliveryID = deliveryID
        self.note = note
        self.writtenAt = writtenAt
        names = wording.names.names(of: event, deliveryID: deliveryID)
        // How bad the relay's own troubles are is not the sender's word.
        mappedSeverity = key.domain == "relay" ? nil : wording.severities.severity(of: event)
    }
}
