/// An incident as one destination has it, or should have.
package enum IncidentSight: Sendable, Hashable {
    /// It is open there.
    case open
    /// It is not.
    case closed
    /// An update of it waits for the destination or is on its way: what comes of that says more.
    case changing
}
