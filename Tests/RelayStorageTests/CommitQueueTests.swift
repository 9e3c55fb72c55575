import GroupCommit
import OpenSenseWebhooks
import Synchronization
import Testing

/// How operations share transactions, without a thread and without a database.
@Suite struct `A commit queue` {
    /// Doubles numbers, and fails for those below 0.
    final class Doubling: TransactionalStore {
        var batches: [[Int]] = []
        private let kind: StoreError.Kind

        init(failsAs kind: StoreError.Kind = .unwritable) { self.kind = kind }

        func run(_ batch: [Int]) throws(StoreError) -> [Int] {
            batches.append(batch)
            guard batch.allSatisfy({ $0 >= 0 }) else { throw StoreError(kind, "\(batch)") }
            return batch.map { $0 * 2 }
        }

        func concernsAll(_ error: StoreError) -> Bool { error.kind == .full }
        func betweenTransactions() {}
        func close() {}
    }

    /// What the completions said, in their order.
    final class Said: Sendable {
        private let results = Mutex<[Int?]>([])
        var all: [Int?] { results.withLock { $0 } }
        func add(_ result: Result<Int, StoreError>) { results.withLock { $0.append(try? result.get()) } }
    }

    private func submit(_ numbers: [Int], to queue: CommitQueue<Doubling>, _ said: Said) {
        for number in numbers { queue.submit(number) { said.add($0) } }
    }

    @Test func `takes what waits, in order, and no more than a batch may have`() {
        let (queue, store, said) = (CommitQueue<Doubling>(waitingMax: 10), Doubling(), Said())
        submit([1, 2, 3], to: queue, said)
        #expect(said.all == [])
        queue.commit(atMost: 2, to: store)
        #expect(said.all == [2, 4])
        #expect(queue.count == 1)
        queue.commit(atMost: 2, to: store)
        queue.commit(atMost: 2, to: store)
        #expect(said.all == [2, 4, 6])
        #expect(store.batches == [[1, 2], [3]])
    }

    @Test func `answers together what was given together, and splits no group`() {
        let (queue, store) = (CommitQueue<Doubling>(waitingMax: 6), Doubling())
        let said = Mutex<[[Int?]]>([])
        func submit(_ numbers: [Int]) {
            queue.submit(numbers) { results in
                said.withLock { $0.append(results.map { try? $0.get() }) }
            }
        }
        submit([1, 2, 3])
        submit([4])
        submit([5, 6])
        #expect(queue.count == 6)
        // One more is one too many.
        submit([7])
        #expect(said.withLock { $0 } == [[nil]])
        queue.commit(atMost: 2, to: store)
        #expect(queue.count == 3)
        queue.commit(atMost: 2, to: store)
        queue.commit(atMost: 2, to: store)
        #expect(store.batches == [[1, 2, 3], [4], [5, 6]])
        #expect(said.withLock { $0 } == [[nil], [2, 4, 6], [8], [10, 12]])
        submit([-1, 8])
        submit([9])
        queue.commit(atMost: 10, to: store)
        #expect(said.withLock { $0.suffix(2) } == [[nil, 16], [18]])
    }

    @Test func `tries each alone when one of them may be at fault`() {
        let (queue, store, said) = (CommitQueue<Doubling>(waitingMax: 10), Doubling(), Said())
        submit([1, -1, 3], to: queue, said)
        queue.commit(atMost: 10, to: store)
        #expect(said.all == [2, nil, 6])
        #expect(store.batches == [[1, -1, 3], [1], [-1], [3]])
    }

    @Test func `tries nothing again when the store is at fault`() {
        let (queue, store, said) = (CommitQueue<Doubling>(waitingMax: 10), Doubling(failsAs: .full), Said())
        submit([1, -1, 3], to: queue, said)
        queue.commit(atMost: 10, to: store)
        #expect(said.all == [nil, nil, nil])
        #expect(store.batches == [[1, -1, 3]])
    }

    @Test func `turns away what is too much, unless it is urgent, and all when it is closed`() {
        let (queue, store, said) = (CommitQueue<Doubling>(waitingMax: 2), Doubling(), Said())
        submit([1, 2, 3], to: queue, said)
        #expect(said.all == [nil])
        queue.submit(4, isUrgent: true) { said.add($0) }
        queue.close()
        submit([5], to: queue, said)
        #expect(said.all == [nil, nil])
        queue.commit(atMost: 10, to: store)
        #expect(said.all == [nil, nil, 2, 4, 8])
    }
}
