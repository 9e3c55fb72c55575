import OpenSenseWebhooks
import RelayCore
import Synchronization
import Testing

@testable import OpenSenseRelay

/// What is said of a store that takes its time.
@Suite struct `A slow store` {
    @Test func `is a line once a minute, past half a second`() {
        let clock = Mutex(0)
        let takes = Mutex(0)
        let events = Mutex<[RelayEvent]>([])
        let journal = ObservedJournal(
            StubJournal { _ in
                clock.withLock { $0 += takes.withLock(\.self) }
                return .done
            }, vitals: VitalSigns(), now: { SteadyTime(milliseconds: clock.withLock(\.self)) },
            observe: { event in events.withLock { $0.append(event) } })
        func probe(taking milliseconds: Int) -> [RelayEvent] {
            takes.withLock { $0 = milliseconds }
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
