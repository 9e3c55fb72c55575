internal import OpenSenseWebhooks
internal import RelayCore
internal import Synchronization

/// A journal that says when its store fails, and when it works again.
final class ObservedJournal: Journal {
    private let journal: any Journal
    private let observe: @Sendable (RelayEvent) -> Void
    private let isFailing = Atomic(false)

    /// Passes everything on to `journal`.
    init(_ journal: any Journal, observe: @escaping @Sendable (RelayEvent) -> Void) {
        self.journal = journal
        self.observe = observe
    }

    func submit(
        _ operation: JournalOperation,
        completion: @escaping @Sendable (Result<JournalResult, StoreError>) -> Void
    ) {
        journal.submit(operation) { [self] result in
            completion(result)  // the answer first: a sender waits for it
            switch result {
            case .success:
                guard isFailing.load(ordering: .relaxed) else { return }
                if isFailing.exchange(false, ordering: .relaxed) { observe(.storeRecovered) }
            case .failure(let error):
                // Too much to do is no fault of the store, and a store that is closed is no news.
                if ![.overloaded, .closed].contains(error.kind) {
                    isFailing.store(true, ordering: .relaxed)
                }
                observe(.storeFailed(error))
            }
        }
    }
}
