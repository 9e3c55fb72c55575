/// A job, as events name it.
package struct JobReference: Sendable, Hashable {
    /// The job's number.
    package var number: Int
    /// The delivery that caused it.
    package var delivery: String
    /// The destination's name.
    package var destination: String
    /// The incident's key.
    package var incident: String
    /// What is to happen to the incident.
    package var action: String
    /// How often it was tried, this time included.
    package var attempts: Int
}
