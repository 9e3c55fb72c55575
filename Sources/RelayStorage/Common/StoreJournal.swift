package import GroupCommit
package import OpenSenseWebhooks
package import RelayCore

/// A store that can do what a journal does.
package protocol JournalStore: TransactionalStore
where Operation == JournalOperation, Outcome == JournalResult {
    /// Operations that may wait before new deliveries are turned away.
    static var waitingMax: Int { get }
    /// The most operations in one transaction.
    static var batchMax: Int { get }

    /// Adapts the store to what has changed since the last start, before anything else is done with it.
    ///
    /// - Returns: The destinations that have work waiting and that the configuration does not have; it waits
    ///   for a relay that has them.
    func recover(now: WallTime) throws(StoreError) -> [String]
}

/// The journal in a store, whichever that is: one thread commits what waits (see ``GroupCommit``).
package final class StoreJournal<Store: JournalStore>: OpenJournal {
    package let removedDestinations: [String]
    private let commits: GroupCommit<Store>
    private let onEnd: @Sendable () -> Void

    /// Recovers the store and starts the thread.
    ///
    /// - Parameters:
    ///   - store: Used by the journal alone, which closes it.
    ///   - now: The wall clock.
    ///   - onEnd: Has a store that waits for another process wait no longer.
    init(
        _ store: sending Store, now: WallTime, onEnd: @escaping @Sendable () -> Void = {}
    ) throws(StoreError) {
        self.onEnd = onEnd
        do throws(StoreError) {
            removedDestinations = try store.recover(now: now)
        } catch {
            store.close()
            throw error
        }
        commits = try GroupCommit(store, waitingMax: Store.waitingMax, batchMax: Store.batchMax)
    }

    package func submit(
        _ operations: [JournalOperation],
        completion: @escaping @Sendable ([Result<JournalResult, StoreError>]) -> Void
    ) {
        commits.submit(
            operations, isUrgent: operations.contains(where: \.isUrgent), completion: completion)
    }

    package func endWaiting() { onEnd() }

    package func close() {
        endWaiting()
        commits.close()
    }
}
