import OpenSenseWebhooks
import RelayCore
import Synchronization
import Testing

@testable import OpenSenseRelay

/// What is said of a store that takes its time.
@Suite struct `A slow store` {
    /// A journal that takes so long by the test's clock, and does nothing.
    private final class TakingJournal: Journal {
        let clock = Atomic(0)
        let takes = Atomic(0)

        func submit(
            _ operations: [JournalOperation],
            completion: @escaping @Sendable ([Result<JournalResult, StoreError>]) -> Void
        ) {
            clock.add(takes.load(ordering: .relaxed), ordering: .relaxed)
            completion(operations.map { _ in .success(.done) })
        }
    }

    @Test func `is a line once a minute, past half a second`() {
        let slow = TakingJournal()
        let events = Mutex<[RelayEvent]>([])
        let journal = ObservedJournal(
            slow, vitals: VitalSigns(),
            now: { SteadyTime(milliseconds: slow.clock.load(ordering: .relaxed)) },
            observe: { event in events.withLock { $0.append(event) } })
        func probe(taking milliseconds: Int) -> [RelayEvent] {
            slow.takes.store(milliseconds, ordering: .relaxed)
            events.withLock { $0 = [] }
            journal.submit(.probe(now: WallTime(unixMilliseconds: 0))) { _ in }
            return events.withLock(\.self)
        }
        #expect(probe(taking: 500).isEmpty)
        #expect(probe(taking: 501) == [.storeSlow(operation: "probe", milliseconds: 501)])
        #expect(probe(taking: 700).isEmpty)
        #expect(probe(taking: 58_000).isEmpty)
        #expect(probe(taking: 2_000) == [.storeSlow(operation: "probe", milliseconds: 2_000)])
    }
}
