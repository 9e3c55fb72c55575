package import OpenSenseWebhooks
package import RelayCore

/// A journal in a store that this process has opened.
package protocol OpenJournal: Journal {
    /// Destinations that had work waiting and that the configuration no longer has; that work is dead letters
    /// now.
    var removedDestinations: [String] { get }

    /// Commits what waits and closes the store; idempotent.
    func close()

    /// Counts what the store holds.
    func summary(_ completion: @escaping @Sendable (Result<StoreSummary, StoreError>) -> Void)
}
