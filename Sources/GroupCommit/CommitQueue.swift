package import OpenSenseWebhooks

/// Operations that wait for one store, and how they get there: what waits is taken together, so that an fsync
/// costs the batch and not the operation.
///
/// It has no thread and no clock. ``GroupCommit`` drives it with a thread; a simulator calls
/// ``commit(atMost:to:)`` when it is time.
package final class CommitQueue<Store: TransactionalStore>: Sendable {
    /// Receives what an operation that is on disk came to, or why it is not.
    package typealias Completion = @Sendable (Result<Store.Outcome, StoreError>) -> Void

    private struct Entry: Sendable {
        let operation: Store.Operation
        let completion: Completion
    }

    private let waiting: OperationQueue<Entry>
    private let waitingMax: Int

    /// A queue in which at most `waitingMax` operations wait before more are turned away.
    package init(waitingMax: Int) {
        self.waitingMax = waitingMax
        waiting = OperationQueue(waitingMax: waitingMax)
    }

    /// How many operations wait.
    package var count: Int { waiting.count }

    /// Adds an operation; `completion` is called when it is committed or has failed.
    ///
    /// - Parameter isUrgent: Whether it may wait even when too many others do.
    package func submit(
        _ operation: Store.Operation, isUrgent: Bool = false, completion: @escaping Completion
    ) {
        switch waiting.append(Entry(operation: operation, completion: completion), evenIfFull: isUrgent) {
        case .admitted: break
        case .full:
            completion(.failure(StoreError(.overloaded, "\(waitingMax) writes are waiting already.")))
        case .closed: completion(.failure(StoreError(.closed, "The store is closed.")))
        }
    }

    /// Takes no more operations; what waits can still be committed.
    package func close() { waiting.close() }

    /// Commits what waits, at most `batchMax` operations, and calls their completions.
    package func commit(atMost batchMax: Int, to store: Store) {
        let batch = waiting.take(max: batchMax)
        guard !batch.isEmpty else { return }
        Self.commit(batch, to: store)
        store.betweenTransactions()
    }

    /// Waits until there is something to commit.
    ///
    /// - Returns: False when the queue is closed and empty.
    func waitForWork() -> Bool { waiting.waitForElements() }

    /// Runs the operations in one transaction; when that fails for a reason that may be one operation's own,
    /// each in a separate one.
    private static func commit(_ batch: [Entry], to store: Store) {
        do throws(StoreError) {
            let outcomes = try store.run(batch.map { $0.operation })
            precondition(outcomes.count == batch.count, "A store gives one outcome for each operation.")
            for (entry, outcome) in zip(batch, outcomes) { entry.completion(.success(outcome)) }
        } catch {
            // A full or broken disk fails them all. Anything else may be the fault of one, which must not
            // take the others down with it.
            guard batch.count > 1, !store.concernsAll(error) else {
                return batch.forEach { $0.completion(.failure(error)) }
            }
            batch.forEach { commit([$0], to: store) }
        }
    }
}
