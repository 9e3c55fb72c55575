internal import GroupCommit
package import OpenSenseWebhooks
package import RelayCore

/// The journal in PostgreSQL, which several relays can share.
///
/// One thread writes (see ``GroupCommit``): a batch of operations is one transaction in two round trips,
/// however many operations it has. Relays keep a common order by locking the rows of incidents. When the
/// connection breaks, operations fail with ``/OpenSenseWebhooks/StoreError/Kind/unreachable`` until it can be
/// made again.
///
/// Times are kept on the server's clock, as the relays' own may differ.
package final class PostgreSQLJournal: OpenJournal {
    /// Operations that may wait before new deliveries are turned away.
    package static let waitingMax = 16_384
    /// The most operations in one transaction: what the server answers fits into a socket's buffer, so that a
    /// relay that stops reading does not keep the server, and with it the locks, waiting.
    package static let batchMax = 256

    /// Destinations that had work waiting and that the configuration no longer has; that work is dead letters
    /// now.
    package let removedDestinations: [String]
    private let commits: GroupCommit<PostgreSQLStore>

    /// Connects, and makes the tables when there are none.
    ///
    /// - Parameters:
    ///   - connectionString: A `postgres://` address or a libpq connection string; it may name several hosts,
    ///     of which the one that takes writes is used.
    ///   - destinations: The names of the destinations there are now; nil for any.
    ///   - quarantine: The bounds of the quarantine; those for a minute are each relay's own.
    ///   - usesServerClock: Whether times are the server's; those of the callers are for tests.
    ///   - now: The caller's time.
    /// - Throws: ``/OpenSenseWebhooks/StoreError``.
    package init(
        _ connectionString: String, destinations: Set<String>? = nil,
        quarantine: QuarantineBounds = QuarantineBounds(), usesServerClock: Bool = true, now: WallTime
    ) throws(StoreError) {
        let store = try PostgreSQLStore(
            connectionString, quarantine: quarantine, destinations: destinations,
            usesServerClock: usesServerClock)
        removedDestinations = try store.recover(now: now)
        commits = try GroupCommit(store, waitingMax: Self.waitingMax, batchMax: Self.batchMax)
    }

    /// Whether a connection string can be understood, as far as that can be checked without connecting.
    package static func isWellFormed(_ connectionString: String) -> Bool {
        PostgreSQLStore.isWellFormed(connectionString)
    }

    /// Commits what waits; what comes later fails.
    ///
    /// Idempotent.
    package func close() { commits.close() }

    deinit { close() }

    /// Adds an operation whose outcome is known when its batch is committed.
    private func perform<Value: Sendable>(
        isUrgent: Bool = false, _ completion: @escaping @Sendable (Result<Value, StoreError>) -> Void,
        _ step: @escaping @Sendable (BatchOutcome<Value>) -> PostgreSQLStore.Step
    ) {
        let settle: @Sendable (Result<BatchOutcome<Value>, StoreError>) -> Void = { result in
            completion(result.map { $0.get() })
        }
        commits.perform(isUrgent: isUrgent, settle) { (store) throws(StoreError) in
            let outcome = BatchOutcome<Value>()
            store.add(step(outcome))
            return outcome
        }
    }

    package func accept(
        _ acceptance: Acceptance,
        completion: @escaping @Sendable (Result<AcceptanceOutcome, StoreError>) -> Void
    ) {
        perform(completion) { .accept(acceptance, $0) }
    }

    package func lease(
        destination: String, limit: Int, now: WallTime, leaseMilliseconds: Int,
        completion: @escaping @Sendable (Result<Lease, StoreError>) -> Void
    ) {
        perform(isUrgent: true, completion) { outcome in
            .other { (store) throws(StoreError) in
                outcome.set(
                    try store.lease(
                        destination, limit: limit, now: now, leaseMilliseconds: leaseMilliseconds))
            }
        }
    }

    package func finish(
        _ report: JobReport, now: WallTime,
        completion: @escaping @Sendable (Result<FinishOutcome, StoreError>) -> Void
    ) {
        perform(isUrgent: true, completion) { .finish(report, now: now, $0) }
    }

    package func renew(
        job: Int, lease: Int, now: WallTime, leaseMilliseconds: Int,
        completion: @escaping @Sendable (Result<Bool, StoreError>) -> Void
    ) {
        perform(isUrgent: true, completion) {
            .renew(job: job, lease: lease, now: now, leaseMilliseconds: leaseMilliseconds, $0)
        }
    }

    package func quarantine(
        _ capture: QuarantinedRequest,
        completion: @escaping @Sendable (Result<QuarantineOutcome, StoreError>) -> Void
    ) {
        perform(completion) { outcome in
            .other { (store) throws(StoreError) in outcome.set(try store.quarantine(capture)) }
        }
    }

    package func probe(now: WallTime, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        perform(completion) { outcome in
            .other { (store) throws(StoreError) in outcome.set(try store.probe(now: now)) }
        }
    }

    package func prune(
        _ retention: Retention, now: WallTime, running: Int,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) {
        perform(isUrgent: true, completion) { outcome in
            .other { (store) throws(StoreError) in
                outcome.set(try store.prune(retention, now: now, running: running))
            }
        }
    }

    /// Counts what the store holds.
    package func summary(_ completion: @escaping @Sendable (Result<StoreSummary, StoreError>) -> Void) {
        perform(completion) { outcome in
            .other { (store) throws(StoreError) in outcome.set(try store.summary()) }
        }
    }
}
