package import OpenSenseWebhooks

/// Operations that wait for one store, and how they get there: what waits is taken together, so that an fsync
/// costs the batch and not the operation.
///
/// It has no thread and no clock. ``GroupCommit`` drives it with a thread; a simulator calls
/// ``commit(atMost:to:)`` when it is time.
package final class CommitQueue<Store: TransactionalStore>: Sendable {
    /// Receives what an operation that is on disk came to, or why it is not.
    package typealias Completion = @Sendable (Result<Store.Outcome, StoreError>) -> Void

    /// Receives what operations that were given together came to, in their order.
    package typealias GroupCompletion = @Sendable ([Result<Store.Outcome, StoreError>]) -> Void

    /// Operations that were given together.
    private struct Group: Sendable {
        let operations: [Store.Operation]
        let completion: GroupCompletion

        func fail(_ error: StoreError) {
            completion(Array(repeating: .failure(error), count: operations.count))
        }
    }

    private let waiting: OperationQueue<Group>
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
        submit([operation], isUrgent: isUrgent) { completion($0[0]) }
    }

    /// Adds operations that are answered together; `completion` is called once all of them are committed or
    /// have failed.
    ///
    /// - Parameter isUrgent: Whether they may wait even when too many others do.
    package func submit(
        _ operations: [Store.Operation], isUrgent: Bool = false, completion: @escaping GroupCompletion
    ) {
        let group = Group(operations: operations, completion: completion)
        switch waiting.append(group, weight: operations.count, evenIfFull: isUrgent) {
        case .admitted: break
        case .full: group.fail(StoreError(.overloaded, "\(waitingMax) writes are waiting already."))
        case .closed: group.fail(StoreError(.closed, "The store is closed."))
        }
    }

    /// Takes no more operations; what waits can still be committed.
    package func close() { waiting.close() }

    /// Commits what waits, at most `batchMax` operations unless more were given together, and calls their
    /// completions.
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
    private static func commit(_ batch: [Group], to store: Store) {
        let operations = batch.count == 1 ? batch[0].operations : batch.flatMap { $0.operations }
        do throws(StoreError) {
            var outcomes = try run(operations, store)[...]
            for group in batch {
                group.completion(outcomes.prefix(group.operations.count).map { .success($0) })
                outcomes = outcomes.dropFirst(group.operations.count)
            }
        } catch {
            // A full or broken disk fails them all. Anything else may be the fault of one, which must not
            // take the others down with it.
            guard operations.count > 1, !store.concernsAll(error) else {
                return batch.forEach { $0.fail(error) }
            }
            for group in batch {
                group.completion(
                    group.operations.map { operation in
                        Result { () throws(StoreError) in try run([operation], store)[0] }
                    })
            }
        }
    }

    private static func run(
        _ operations: [Store.Operation], _ store: Store
    ) throws(StoreError) -> [Store.Outcome] {
        let outcomes = try store.run(operations)
        precondition(outcomes.count == operations.count, "A store gives one outcome for each operation.")
        return outcomes
    }
}
