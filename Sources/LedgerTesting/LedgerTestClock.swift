internal import Synchronization

/// The clock of a ledger under test, which ``LedgerContract`` moves.
public final class LedgerTestClock: Sendable {
    /// 2024-06-01T13:20:00Z.
    private let time = Atomic(1_717_248_000)

    /// A clock that stands.
    public init() {}

    /// Its time, in seconds since 1970-01-01T00:00:00Z.
    public var seconds: Int { time.load(ordering: .relaxed) }

    /// Moves it forward.
    public func advance(seconds: Int) { time.add(seconds, ordering: .relaxed) }
}
