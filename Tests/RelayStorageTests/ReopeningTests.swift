import OpenSenseWebhooks
import RelayCore
import Synchronization
import SystemThreads
import Testing

@testable import RelayStorage

/// A relay's journal whose store is slow to open, or cannot be reached at first.
@Suite struct `A store that opens late` {
    /// Opens a store in memory when the test lets it, with the outcomes it was given before that.
    private final class Door: Sendable {
        private let failures: Mutex<[StoreError]>
        private let gate = Signal()
        private let isShut: Atomic<Bool>
        let openedLate = Mutex(false)
        let attempts = Atomic(0)

        init(isShut: Bool = false, failures: [StoreError] = []) {
            self.isShut = Atomic(isShut)
            self.failures = Mutex(failures)
        }

        func release() {
            isShut.store(false, ordering: .sequentiallyConsistent)
            gate.locked { gate.wakeAll() }
        }

        func journal(within milliseconds: Int) throws -> any OpenJournal {
            try ReopeningJournal.open(
                within: milliseconds, onOpen: { _ in self.openedLate.withLock { $0 = true } },
                onEnd: { self.release() }
            ) { () throws(StoreError) in
                self.attempts.add(1, ordering: .sequentiallyConsistent)
                self.gate.locked {
                    while self.isShut.load(ordering: .sequentiallyConsistent) { self.gate.wait() }
                }
                if let error = self.failures.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
                    throw error
                }
                return try SQLiteJournal(
                    path: nil, destinations: ["pager"], now: WallTime(unixMilliseconds: 0))
            }
        }
    }

    private func summary(_ journal: any OpenJournal) async throws -> JournalResult {
        try await journal.perform(.summarize)
    }

    @Test func `is not waited for: what is asked of it fails until it is open`() async throws {
        let door = Door(isShut: true)
        let journal = try door.journal(within: 10)
        let error = await #expect(throws: StoreError.self) { try await summary(journal) }
        #expect(error?.kind == .unreachable)
        door.release()
        while !door.openedLate.withLock({ $0 }) { await Task.yield() }
        _ = try await summary(journal)
        journal.close()
    }

    @Test func `is the store itself where it opens at once`() throws {
        let door = Door()
        let journal = try door.journal(within: 60_000)
        #expect(journal is SQLiteJournal)
        #expect(door.openedLate.withLock { !$0 })
        journal.close()
    }

    @Test func `is tried again where it could not be reached`() async throws {
        let door = Door(failures: [StoreError(.unreachable, "away")])
        let journal = try door.journal(within: 60_000)
        let error = await #expect(throws: StoreError.self) { try await summary(journal) }
        #expect(error?.description.contains("away") == true)
        while !door.openedLate.withLock({ $0 }) { await Task.yield() }
        _ = try await summary(journal)
        journal.close()
    }

    @Test func `is not tried again for a fault that only a person can mend`() throws {
        let door = Door(failures: [StoreError(.damaged, "spoilt")])
        let error = #expect(throws: StoreError.self) { try door.journal(within: 60_000) }
        #expect(error?.kind == .damaged)
        #expect(door.attempts.load(ordering: .sequentiallyConsistent) == 1)
    }

    @Test func `is closed with an attempt under way`() async throws {
        let door = Door(isShut: true)
        let journal = try door.journal(within: 10)
        journal.close()
        let error = await #expect(throws: StoreError.self) { try await summary(journal) }
        #expect(error?.kind == .closed)
        #expect(door.openedLate.withLock { !$0 })
    }
}
