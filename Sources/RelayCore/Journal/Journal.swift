package import OpenSenseWebhooks

/// Where deliveries and the work they cause are kept.
package protocol Journal: Sendable {
    /// Does operations and calls `completion` once all of them are on disk or have failed, with what each
    /// came to, in their order.
    ///
    /// Operations take effect in the order in which they were submitted; those that are submitted together
    /// share a transaction where they can. Completions run on the journal's own thread and must not block it.
    func submit(
        _ operations: [JournalOperation],
        completion: @escaping @Sendable ([Result<JournalResult, StoreError>]) -> Void)
}

extension Journal {
    /// Does an operation and calls `completion` once it is on disk or has failed.
    package func submit(
        _ operation: JournalOperation,
        completion: @escaping @Sendable (Result<JournalResult, StoreError>) -> Void
    ) {
        submit([operation]) { completion($0[0]) }
    }
}
