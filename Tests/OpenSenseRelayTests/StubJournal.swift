import OpenSenseWebhooks
import RelayCore

/// A journal that keeps nothing: each operation comes at once to what a test says.
struct StubJournal: Journal {
    let result: @Sendable (JournalOperation) -> JournalResult

    func submit(
        _ operations: [JournalOperation],
        completion: @escaping @Sendable ([Result<JournalResult, StoreError>]) -> Void
    ) { completion(operations.map { .success(result($0)) }) }
}
