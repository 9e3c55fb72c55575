package import OpenSenseWebhooks

/// Where deliveries and the work they cause are kept.
package protocol Journal: Sendable {
    /// Does an operation and calls `completion` once it is on disk or has failed.
    ///
    /// Operations take effect in the order in which they were submitted. Completions run on the journal's
    /// own thread and must not block it.
    func submit(
        _ operation: JournalOperation,
        completion: @escaping @Sendable (Result<JournalResult, StoreError>) -> Void)
}
