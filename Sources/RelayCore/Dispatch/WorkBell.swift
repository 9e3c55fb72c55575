/// Between those who accept deliveries and the one who dispatches them: says when the dispatcher is to be
/// woken.
///
/// Only news of work for a destination that could take it at once is worth waking it for; the others are
/// asked for when they can.
package struct WorkBell: Sendable {
    /// Destinations that may have work and were not yet reported to the dispatcher.
    private var due: Set<String> = []
    /// Idle destinations: news of work for one of them wakes the dispatcher.
    private var listening: Set<String> = []

    /// A bell that wakes none yet.
    package init() {}

    /// Whether nothing waits to be taken.
    package var isSilent: Bool { due.isEmpty }

    /// These destinations may have work that is due.
    ///
    /// - Returns: Whether the dispatcher is to be woken.
    package mutating func ring(_ destinations: [String]) -> Bool {
        due.formUnion(destinations)
        guard !listening.isDisjoint(with: destinations) else { return false }
        listening = []
        return true
    }

    /// Those of the idle destinations that were said to have work; when there are none, the next word of it
    /// wakes the dispatcher.
    package mutating func take(for idle: [String]) -> [String] {
        let ready = due.intersection(idle)
        due.subtract(ready)
        listening = ready.isEmpty ? Set(idle) : []
        return ready.sorted()
    }
}
