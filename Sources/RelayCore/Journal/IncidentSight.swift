/// An incident as one destination has it, or should have.
package enum IncidentSight: Sendable, Hashable {
    /// It is open there, or another one is that has the same place.
    case open
    /// It is not.
    case closed
    /// That is not certain: an update of it waits for the destination or is on its way, or the alarm is open
    /// and the destination has not got it.
    case uncertain
}
