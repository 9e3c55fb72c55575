internal import RelayCore
internal import Synchronization

/// The signs of life that a relay's threads leave, for its heartbeats.
final class VitalSigns: Sendable {
    private let signs = Mutex(HeartbeatPlan.Signs())

    /// What is known now.
    var latest: HeartbeatPlan.Signs { signs.withLock { $0 } }

    /// The store has committed a change.
    func committed(at now: SteadyTime) { signs.withLock { $0.committedAt = now } }

    /// The store has failed: what it did before says nothing any more.
    func storeFailed() { signs.withLock { $0.committedAt = nil } }

    /// The dispatcher has taken an input.
    func turned(at now: SteadyTime) { signs.withLock { $0.turnedAt = now } }
}
