internal import GroupCommit
package import OpenSenseWebhooks
package import RelayCore
internal import SQLiteClient
internal import Synchronization

/// The journal in one SQLite file, or in memory.
///
/// One thread writes (see ``GroupCommit``). Copying the write-ahead log back into the database is another thread's
/// work, on a connection of its own, because it would make every request wait that comes meanwhile.
@safe package final class SQLiteJournal: OpenJournal {
    /// Operations that may wait before new deliveries are turned away.
    package static let waitingMax = 16_384
    /// The most operations in one transaction.
    package static let batchMax = 1_024

    /// Destinations that had work waiting and that the configuration no longer has; that work is dead letters now.
    package let goneDestinations: [String]
    private let commits: GroupCommit<StoreWriter>
    private let checkpointer: Checkpointer?
    private let lock: Mutex<StoreLock?>

    /// Opens the store, and makes it when there is none.
    ///
    /// - Parameters:
    ///   - path: The file, or nil for a store in memory that ends with the process.
    ///   - destinations: The names of the destinations there are now; nil for any.
    ///   - quarantine: The bounds of the quarantine.
    ///   - now: The clock, in milliseconds since 1970-01-01T00:00:00Z.
    /// - Throws: ``StoreError``, also when another relay has the store.
    package init(
        path: String?, destinations: Set<String>? = nil, quarantine: QuarantineBounds = QuarantineBounds(),
        now: Int
    ) throws(StoreError) {
        let taken: StoreLock? = if let path { try StoreLock(path: path + ".lock") } else { nil }
        lock = Mutex(taken)
        let connection = try SQLiteConnection(path: path ?? ":memory:", create: true)
        try Schema.prepare(connection, path: path)
        checkpointer = if let path { try Checkpointer(path: path) } else { nil }
        let writer = try StoreWriter(
            connection, quarantine: quarantine, destinations: destinations, checkpointer: checkpointer)
        goneDestinations = try writer.recover(destinations: destinations, now: now)
        commits = try GroupCommit(writer, waitingMax: Self.waitingMax, batchMax: Self.batchMax)
    }

    /// Commits what waits and closes the file.
    ///
    /// Idempotent.
    package func close() {
        commits.close()
        checkpointer?.stop()
        lock.withLock { $0 = nil }
    }

    deinit { close() }

    package func accept(
        _ acceptance: Acceptance,
        completion: @escaping @Sendable (Result<AcceptanceOutcome, StoreError>) -> Void
    ) {
        commits.perform(completion) { (writer) throws(StoreError) in try writer.accept(acceptance) }
    }

    package func lease(
        destination: String, limit: Int, now: Int, leaseUntil: Int,
        completion: @escaping @Sendable (Result<Lease, StoreError>) -> Void
    ) {
        commits.perform(isUrgent: true, completion) { (writer) throws(StoreError) in
            try writer.lease(destination, limit: limit, now: now, leaseUntil: leaseUntil)
        }
    }

    package func finish(
        _ report: JobReport, now: Int,
        completion: @escaping @Sendable (Result<FinishOutcome, StoreError>) -> Void
    ) {
        commits.perform(isUrgent: true, completion) { (writer) throws(StoreError) in
            try writer.finish(report, now: now)
        }
    }

    package func renew(
        job: Int, lease: Int, leaseUntil: Int,
        completion: @escaping @Sendable (Result<Bool, StoreError>) -> Void
    ) {
        commits.perform(isUrgent: true, completion) { (writer) throws(StoreError) in
            try writer.renew(job, lease: lease, leaseUntil: leaseUntil)
        }
    }

    package func quarantine(
        _ capture: QuarantinedRequest,
        completion: @escaping @Sendable (Result<QuarantineOutcome, StoreError>) -> Void
    ) {
        commits.perform(completion) { (writer) throws(StoreError) in try writer.quarantine(capture) }
    }

    package func probe(now: Int, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        commits.perform(completion) { (writer) throws(StoreError) in try writer.probe(now: now) }
    }

    package func prune(
        _ retention: Retention, now: Int, completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) {
        commits.perform(isUrgent: true, completion) { (writer) throws(StoreError) in
            try writer.prune(retention, now: now)
        }
    }

    /// Counts what the store holds.
    package func summary(_ completion: @escaping @Sendable (Result<StoreSummary, StoreError>) -> Void) {
        commits.perform(completion) { (writer) throws(StoreError) in try writer.summary() }
    }
}

/// How many of each thing a store holds.
package struct StoreSummary: Sendable, Hashable {
    /// Accepted deliveries.
    package var deliveries = 0
    /// Jobs that are neither delivered nor dead.
    package var pendingJobs = 0
    /// Jobs that wait for a person.
    package var deadJobs = 0
    /// Jobs the vendors have.
    package var deliveredJobs = 0
    /// Requests that could not be authenticated.
    package var quarantined = 0
}
