/// How long things are kept, in seconds.
package struct Retention: Sendable, Hashable {
    /// Delivery ids; less than ``LedgerRetention/retryHorizonSeconds`` is not kept to, as it would page
    /// twice.
    ///
    /// What is replayed within a source's tolerance has to be known, too: who sets this adds it.
    package var ledgerSeconds = 86_400
    /// Deliveries whose jobs are all done.
    package var historySeconds = 30 * 86_400
    /// What is known of an incident that is closed, besides its key.
    package var timelineSeconds = 7 * 86_400

    /// Requests that could not be authenticated.
    package var quarantineSeconds = 7 * 86_400

    /// The defaults: 24 hours, 30 days, 7 days, 7 days.
    package init() {}
}
