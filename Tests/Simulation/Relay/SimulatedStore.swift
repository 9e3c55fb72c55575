internal import OpenSenseWebhooks
internal import RelayCore

/// A relay's way to its store, and what the checker asks of it there; it ends with the relay.
protocol SimulatedStore: AnyObject {
    /// Does the operations in one transaction, by the statements that ship.
    func run(_ batch: [JournalOperation]) throws(StoreError) -> [JournalResult]
    func concernsAll(_ error: StoreError) -> Bool
    func betweenTransactions()
    /// What a thread beside the journal does with the store now and then.
    func checkpoint(truncating: Bool)

    /// The rows of a statement in words that every store knows, seen beside the relay.
    func rows(_ sql: String) throws(StoreError) -> [[String?]]
    /// Changes rows beside the relay.
    ///
    /// - Returns: How many.
    func change(_ sql: String) throws(StoreError) -> Int
    func summary() throws(StoreError) -> StoreSummary
    /// What is wrong with the tables themselves.
    func damage() throws(StoreError) -> [String]
}
