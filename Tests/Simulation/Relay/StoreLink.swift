internal import GroupCommit
internal import OpenSenseWebhooks
internal import RelayCore

/// Any store as a queue of operations takes it.
final class StoreLink: TransactionalStore {
    private let store: any SimulatedStore

    init(_ store: any SimulatedStore) { self.store = store }

    func run(_ batch: [JournalOperation]) throws(StoreError) -> [JournalResult] { try store.run(batch) }
    func concernsAll(_ error: StoreError) -> Bool { store.concernsAll(error) }
    func betweenTransactions() { store.betweenTransactions() }
    func close() {}
}
