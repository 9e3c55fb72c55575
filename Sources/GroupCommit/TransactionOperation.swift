package import OpenSenseWebhooks

/// Something with transactions, used by one thread at a time.
package protocol TransactionalStore: AnyObject, SendableMetatype {
    /// Begins a transaction.
    func begin() throws(StoreError)
    /// Makes it last; what was done in it may be reported afterwards.
    func commit() throws(StoreError)
    /// Undoes it; also called when it could not be begun.
    func rollBack()
    /// Whether `error` is the fault of the store and not of one operation, so that no operation can succeed
    /// now.
    func concernsAll(_ error: StoreError) -> Bool
    /// Runs between two transactions.
    func betweenTransactions()
}

/// An operation of a shared transaction, and the completion that receives its result.
package struct TransactionOperation<Store: TransactionalStore>: Sendable {
    /// Does it and returns what is to be called once it is committed.
    private let run: @Sendable (Store) throws(StoreError) -> @Sendable () -> Void
    /// Called instead when it cannot be committed.
    private let fail: @Sendable (StoreError) -> Void
    /// Operations of one batch run in this order.
    private let order: UInt64

    /// An operation that calls `completion` once what `body` did is committed, or has failed.
    package init<Value: Sendable>(
        order: UInt64 = 0, _ completion: @escaping @Sendable (Result<Value, StoreError>) -> Void,
        _ body: @escaping @Sendable (Store) throws(StoreError) -> Value
    ) {
        run = { (store) throws(StoreError) in
            let value = try body(store)
            return { completion(.success(value)) }
        }
        fail = { completion(.failure($0)) }
        self.order = order
    }

    /// Runs the operations in one transaction; when that fails for a reason that may be one operation's own,
    /// each in a separate one.
    package static func commit(_ batch: [Self], to store: Store) {
        let isOrdered = !batch.contains { $0.order != 0 }
        commit(inOrder: isOrdered ? batch : batch.sorted { $0.order < $1.order }, store)
    }

    private static func commit(inOrder batch: [Self], _ store: Store) {
        var completions: [@Sendable () -> Void] = []
        completions.reserveCapacity(batch.count)
        do throws(StoreError) {
            try store.begin()
            for operation in batch { completions.append(try operation.run(store)) }
            try store.commit()
        } catch {
            store.rollBack()
            // A full or broken disk fails them all. Anything else may be the fault of one, which must not
            // take the others down with it.
            guard batch.count > 1, !store.concernsAll(error) else { return batch.forEach { $0.fail(error) } }
            return batch.forEach { commit(inOrder: [$0], store) }
        }
        for completion in completions { completion() }
    }
}
