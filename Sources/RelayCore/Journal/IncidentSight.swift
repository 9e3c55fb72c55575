/// An incident as one destination has it, or should have.
package enum IncidentSight: Sendable, Hashable {
    /// It is open there, or another one is that has the same place.
    case open
    /// It is not.
    case closed
    /// That is not certain: an update of it waits for the destination or is on its way, or the alarm is open
    /// and the destination has not got it.
    case uncertain

    /// What a store has of it, where nothing has the same place.
    ///
    /// - Parameters:
    ///   - isPinned: Whether its alarm is open and its end goes to the destination.
    ///   - waiting: How many of its jobs for the destination are neither finished nor dead.
    ///   - stuck: How many of these wait for a person, and so are not on their way.
    package init(isPinned: Bool, waiting: Int, stuck: Int) {
        self = isPinned || (waiting > 0 && stuck == 0) ? .uncertain : .closed
    }
}
