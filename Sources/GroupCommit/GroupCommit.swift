package import OpenSenseWebhooks
internal import Synchronization
internal import SystemThreads

/// One thread that writes for all callers: many waiting operations share one commit.
///
/// It takes everything that waits, runs it in one transaction and commits once, so that an fsync costs the
/// batch and not the operation. When the transaction fails for a reason that may be one operation's own, each
/// is tried by itself.
///
/// `@unchecked Sendable`: the store is the thread's own once the thread runs.
@safe package final class GroupCommit<Store: TransactionalStore>: @unchecked Sendable {
    private let queue: OperationQueue<TransactionOperation<Store>>
    private let waitingMax: Int
    private let store: Store
    private let thread: Mutex<SystemThread?> = Mutex(nil)

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - store: Used by this object alone until it is closed.
    ///   - waitingMax: Operations that may wait before more are turned away.
    ///   - batchMax: The most operations in one transaction.
    /// - Throws: ``StoreError`` when the system has no thread left.
    package init(_ store: sending Store, waitingMax: Int, batchMax: Int) throws(StoreError) {
        let queue = OperationQueue<TransactionOperation<Store>>(waitingMax: waitingMax)
        (self.queue, self.store, self.waitingMax) = (queue, store, waitingMax)
        // The thread outlives nothing: `close`, which `deinit` calls too, ends it.
        let run = WorkOf(store: store)
        let worker = SystemThread {
            while let batch = queue.dequeue(max: batchMax) {
                TransactionOperation.commit(batch, to: run.store)
                run.store.betweenTransactions()
            }
        }
        guard let worker else { throw .noThread }
        thread.withLock { $0 = worker }
    }

    private struct WorkOf: @unchecked Sendable { let store: Store }  // handed to the one thread

    /// Commits what waits and ends the thread; idempotent.
    package func close() {
        queue.close()
        thread.withLock { $0.take() }?.join()
    }

    deinit { close() }

    /// Runs `body` in a transaction and calls `completion`, on the store's thread, once it is committed or
    /// has failed.
    ///
    /// - Parameters:
    ///   - isUrgent: Whether it may wait even when `waitingMax` others do.
    ///   - order: Within a batch, lower ones run first. Where several processes lock the same rows, all must
    ///     do so in one order, or they deadlock.
    package func perform<Value: Sendable>(
        isUrgent: Bool = false, order: UInt64 = 0,
        _ completion: @escaping @Sendable (Result<Value, StoreError>) -> Void,
        _ body: @escaping @Sendable (Store) throws(StoreError) -> Value
    ) {
        let operation = TransactionOperation(order: order, completion, body)
        switch queue.append(operation, evenIfFull: isUrgent) {
        case .admitted: break
        case .full:
            completion(.failure(StoreError(.overloaded, "\(waitingMax) writes are waiting already.")))
        case .closed: completion(.failure(StoreError(.closed, "The store is closed.")))
        }
    }

    /// Runs `body` in a transaction and returns its result once that is committed.
    package func perform<Value: Sendable>(
        order: UInt64 = 0, _ body: @escaping @Sendable (Store) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result = await withCheckedContinuation { continuation in
            perform(order: order, { continuation.resume(returning: $0) }, body)
        }
        return try result.get()
    }
}

extension StoreError {
    /// A thread that a store needs could not be started.
    package static let noThread = StoreError(.unwritable, "The system has no thread left for the store.")
}
