package import OpenSenseWebhooks
internal import Synchronization
internal import SystemThreads

/// One thread that writes for all callers: it commits what waits in a ``CommitQueue``, batch by batch.
package final class GroupCommit<Store: TransactionalStore>: Sendable {
    private let queue: CommitQueue<Store>
    private let thread: Mutex<SystemThread?> = Mutex(nil)

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - store: Used by the thread alone, which closes it at its end.
    ///   - waitingMax: Operations that may wait before more are turned away.
    ///   - batchMax: The most operations in one transaction.
    /// - Throws: ``StoreError`` when the system has no thread left.
    package init(_ store: sending Store, waitingMax: Int, batchMax: Int) throws(StoreError) {
        let queue = CommitQueue<Store>(waitingMax: waitingMax)
        self.queue = queue
        let work = WorkOf(store: store)
        // The thread outlives nothing: `close`, which `deinit` calls too, ends it.
        let worker = SystemThread {
            while queue.waitForWork() { queue.commit(atMost: batchMax, to: work.store) }
            work.store.close()
        }
        guard let worker else {
            work.store.close()
            throw .noThread
        }
        thread.withLock { $0 = worker }
    }

    private struct WorkOf: @unchecked Sendable { let store: Store }  // handed to the one thread

    /// Commits what waits, closes the store and ends the thread; idempotent.
    package func close() {
        queue.close()
        thread.withLock { $0.take() }?.join()
    }

    deinit { close() }

    /// Does an operation in a transaction and calls `completion`, on the store's thread, once it is committed
    /// or has failed.
    ///
    /// - Parameter isUrgent: Whether it may wait even when `waitingMax` others do.
    package func submit(
        _ operation: Store.Operation, isUrgent: Bool = false,
        completion: @escaping CommitQueue<Store>.Completion
    ) {
        queue.submit(operation, isUrgent: isUrgent, completion: completion)
    }

    /// Does operations, in one transaction where that can be, and calls `completion`, on the store's thread,
    /// once all of them are committed or have failed.
    package func submit(
        _ operations: [Store.Operation], isUrgent: Bool = false,
        completion: @escaping CommitQueue<Store>.GroupCompletion
    ) {
        queue.submit(operations, isUrgent: isUrgent, completion: completion)
    }

    /// Does an operation in a transaction and returns what it came to once that is committed.
    package func perform(_ operation: Store.Operation) async throws(StoreError) -> Store.Outcome {
        let result = await withCheckedContinuation { continuation in
            submit(operation) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}

extension StoreError {
    /// A thread that a store needs could not be started.
    package static let noThread = StoreError(.unwritable, "The system has no thread left for the store.")
}
