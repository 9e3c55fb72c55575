/// Where a delivery stands; its name is kept in the store.
///
/// ```
/// accepted ─▶ planned │ repeated │ superseded │ unrouted │ no-action
///          └▶ dead-letter ─▶ replaced   read again with success, as a new delivery
///                         └▶ discarded  a person gave it up
/// ```
package enum DeliveryState: String, Sendable, Hashable, CaseIterable {
    /// Jobs were made.
    case planned
    /// It repeated an alarm that was open.
    case repeated
    /// It came after its alarm was over.
    case superseded
    /// No route matched it.
    case unrouted
    /// Its kind stands for no action.
    case noAction = "no-action"
    /// Its body was not understood; it waits for a person.
    case deadLetter = "dead-letter"
    /// It was read again with success, and another delivery took its place.
    case replaced
    /// A person gave it up.
    case discarded

    /// The state in which a delivery is accepted.
    package init(_ verdict: AcceptanceVerdict) {
        switch verdict {
        case .planned: self = .planned
        case .repeated: self = .repeated
        case .superseded: self = .superseded
        case .unrouted: self = .unrouted
        case .noAction: self = .noAction
        case .deadLetter: self = .deadLetter
        }
    }
}
