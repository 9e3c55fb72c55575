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

/// Jobs taken from the journal.
package struct Lease: Sendable {
    /// The jobs, the longest due first.
    package var jobs: [LeasedJob]
    /// In how many milliseconds the next job of this destination is due, 0 or more; nil when none waits.
    package var nextDueInMilliseconds: Int?

    /// A lease.
    package init(jobs: [LeasedJob], nextDueInMilliseconds: Int?) {
        self.jobs = jobs
        self.nextDueInMilliseconds = nextDueInMilliseconds
    }
}

/// A request whose signature did not hold, kept in case the secret was wrong on our side.
package struct QuarantinedRequest: Sendable {
    /// When it was received.
    package var receivedAt: WallTime
    /// The path it was sent to, which names the source.
    package var path: String
    /// The stable code of the failure.
    package var code: String
    /// The header fields that matter for a later check, as `Name: value` lines.
    package var header: String
    /// The body as received.
    package var body: [UInt8]

    /// A request.
    package init(receivedAt: WallTime, path: String, code: String, header: String, body: [UInt8]) {
        self.receivedAt = receivedAt
        self.path = path
        self.code = code
        self.header = header
        self.body = body
    }
}

/// Whether a request was kept.
package enum QuarantineOutcome: Sendable, Hashable {
    /// It was kept.
    case kept
    /// It was not: the bound of this minute or of the whole quarantine is reached.
    case dropped
}

/// How long things are kept, in seconds.
package struct Retention: Sendable, Hashable {
    /// Delivery ids; less than ``LedgerRetention/retryHorizonSeconds`` is not kept to, as it would page
    /// twice.
    package var ledgerSeconds = 86_400
    /// Deliveries whose jobs are all done.
    package var historySeconds = 30 * 86_400
    /// What is known of an incident that is closed.
    package var timelineSeconds = 7 * 86_400

    /// Requests that could not be authenticated.
    package var quarantineSeconds = 7 * 86_400

    /// The defaults: 24 hours, 30 days, 7 days, 7 days.
    package init() {}
}
