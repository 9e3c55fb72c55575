internal import Synchronization

/// The generation that holds now: each request takes it once and keeps it to the end.
final class CurrentGeneration: Sendable {
    private let held: Mutex<Generation>

    init(_ generation: Generation) { held = Mutex(generation) }

    /// The generation for one piece of work.
    var value: Generation { held.withLock { $0 } }

    /// From now on work begins with `generation`; what has begun goes on with the one before.
    func replace(with generation: Generation) { held.withLock { $0 = generation } }
}
