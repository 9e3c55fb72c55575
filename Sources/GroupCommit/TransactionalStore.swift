package import OpenSenseWebhooks

/// Something with transactions, used by one thread at a time.
package protocol TransactionalStore: AnyObject, SendableMetatype {
    /// What can be done in a transaction.
    associatedtype Operation: Sendable
    /// What an operation comes to.
    associatedtype Outcome: Sendable

    /// Does the operations in one transaction, in an order that the store chooses, and commits it.
    ///
    /// - Returns: The outcome of each operation, in the order of `batch`; all are on disk.
    /// - Throws: ``StoreError``; then nothing of the batch took place, as far as the store knows.
    func run(_ batch: [Operation]) throws(StoreError) -> [Outcome]

    /// Whether `error` is the fault of the store and not of one operation, so that no operation can succeed
    /// now.
    func concernsAll(_ error: StoreError) -> Bool

    /// Runs between two transactions.
    func betweenTransactions()

    /// Runs once, after the last transaction.
    func close()
}
