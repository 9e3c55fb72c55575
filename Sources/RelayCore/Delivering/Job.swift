package import AdapterKit

/// One update for one destination, taken from the journal to be delivered.
package struct LeasedJob: Sendable, Hashable {
    /// The job's number in the journal.
    package var id: Int
    /// The destination's name.
    package var destination: String
    /// What is to happen to the incident.
    package var action: IncidentUpdate.Action
    /// The incident's key, for people.
    package var incident: String
    /// The delivery that caused it.
    package var deliveryID: String
    /// The delivery's body.
    package var body: [UInt8]
    /// How often it has been tried before.
    package var attempts: Int
    /// When it was first tried, in milliseconds; what waits behind others in its lane does not age.
    package var startedAt: Int
    /// What the adapter asked to keep with the incident, if anything.
    package var correlation: String?

    /// A job.
    package init(
        id: Int, destination: String, action: IncidentUpdate.Action, incident: String, deliveryID: String,
        body: [UInt8],
        attempts: Int, startedAt: Int, correlation: String?
    ) {
        self.id = id
        self.destination = destination
        self.action = action
        self.incident = incident
        self.deliveryID = deliveryID
        self.body = body
        self.attempts = attempts
        self.startedAt = startedAt
        self.correlation = correlation
    }
}

/// What became of a job.
package enum JobOutcome: Sendable, Hashable {
    /// The vendor has it.
    case delivered(correlation: String?)
    /// It is tried again at the given time, in milliseconds.
    case retry(at: Int, reason: String)
    /// It is a dead letter.
    case dead(reason: String)
}
