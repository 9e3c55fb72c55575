/// Where a job stands; its name is kept in the store.
///
/// ```
/// pending ─▶ leased ─▶ delivered
///    ▲         │ │
///    │ retried │ └───▶ stuck ─▶ dead ─▶ discarded
///    ├─────────┘         │        │
///    └───────────────────┴────────┘ retried by a person
/// ```
package enum JobState: String, Sendable, Hashable, CaseIterable {
    /// It waits: for its time, or for the jobs before it in its lane.
    case pending
    /// A relay is at work on it, for as long as its lease holds.
    case leased
    /// The vendor has it.
    case delivered
    /// A dead letter that holds its lane: what is behind it waits for a person.
    case stuck
    /// A dead letter that holds nothing.
    case dead
    /// A dead letter that a person gave up.
    case discarded
    /// It was not sent: another destination has taken its alarm over.
    case takenOver = "taken-over"
    /// It was not sent: its alarm was over before anything of it was, and the next one waited.
    case collapsed
    /// It failed, and was left out so that what waited behind it waits no longer.
    case passed

    /// Whether it waits for a person.
    package var isDeadLetter: Bool { self == .dead || self == .stuck }
}
