package import OpenSenseWebhooks

/// Where deliveries and the work they cause are kept.
///
/// Everything a completion reports is on disk when it runs. Operations take effect in the order in which they
/// were given. Completions run on the journal's own thread and must not block it.
package protocol Journal: Sendable {
    /// Accepts a delivery: ledger, event, timeline and jobs in one transaction.
    func accept(
        _ acceptance: Acceptance,
        completion: @escaping @Sendable (Result<AcceptanceOutcome, StoreError>) -> Void)

    /// Takes up to `limit` jobs that are due at `now`, each the first unfinished one of its lane, the longest
    /// due first; no other relay gets them for `leaseMilliseconds`.
    func lease(
        destination: String, limit: Int, now: WallTime, leaseMilliseconds: Int,
        completion: @escaping @Sendable (Result<Lease, StoreError>) -> Void)

    /// Records what became of a leased job; the next of its lane becomes due, unless a dead letter holds the
    /// lane.
    func finish(
        _ report: JobReport, now: WallTime,
        completion: @escaping @Sendable (Result<FinishOutcome, StoreError>) -> Void)

    /// Makes a lease hold for `leaseMilliseconds` from `now`.
    ///
    /// Its completion says whether the lease was still held.
    func renew(
        job: Int, lease: Int, now: WallTime, leaseMilliseconds: Int,
        completion: @escaping @Sendable (Result<Bool, StoreError>) -> Void)

    /// Keeps a request that could not be authenticated, unless there is no room or too many came lately.
    func quarantine(
        _ capture: QuarantinedRequest,
        completion: @escaping @Sendable (Result<QuarantineOutcome, StoreError>) -> Void)

    /// Commits a small change, to see whether that works.
    func probe(now: WallTime, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void)

    /// Forgets some of what is older than its retention, and says how much it looked at: 0 when all is done.
    ///
    /// - Parameter running: For how long the relay has run since the last call, in milliseconds: what was
    ///   accepted ages by the wall clock or by the time relays have run since, whichever is less.
    func prune(
        _ retention: Retention, now: WallTime, running: Int,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void)
}

extension Journal {
    /// Runs an operation and calls `completion`, on the journal's thread, once it is on disk or has failed.
    package func submit(
        _ operation: JournalOperation,
        completion: @escaping @Sendable (Result<JournalResult, StoreError>) -> Void
    ) {
        switch operation {
        case .accept(let acceptance): accept(acceptance) { completion($0.map(JournalResult.accepted)) }
        case .lease(let destination, let limit, let now, let leaseMilliseconds):
            lease(
                destination: destination, limit: limit, now: now, leaseMilliseconds: leaseMilliseconds
            ) { completion($0.map(JournalResult.leased)) }
        case .finish(let report, let now):
            finish(report, now: now) { completion($0.map(JournalResult.finished)) }
        case .renew(let held, let now, let leaseMilliseconds):
            renew(job: held.job, lease: held.lease, now: now, leaseMilliseconds: leaseMilliseconds) {
                completion($0.map(JournalResult.held))
            }
        case .quarantine(let capture):
            quarantine(capture) { completion($0.map(JournalResult.quarantined)) }
        case .probe(let now): probe(now: now) { completion($0.map { .done }) }
        case .prune(let retention, let now, let running):
            prune(retention, now: now, running: running) { completion($0.map(JournalResult.pruned)) }
        case .advance, .release, .takeRequests, .settle:
            completion(.failure(StoreError(.unwritable, "The journal does not do that yet.")))
        }
    }
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
