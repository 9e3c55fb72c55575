internal import GroupCommit
package import OpenSenseWebhooks
package import RelayCore
internal import SQLiteClient
internal import Synchronization

/// The journal in one SQLite file, or in memory.
///
/// One thread writes (see ``GroupCommit``). Copying the write-ahead log back into the database is another
/// thread's work, on a separate connection, because on the writer's it would delay every request.
@safe package final class SQLiteJournal: OpenJournal {
    /// Operations that may wait before new deliveries are turned away.
    package static let waitingMax = 16_384
    /// The most operations in one transaction.
    package static let batchMax = 1_024

    /// Destinations that had work waiting and that the configuration no longer has; that work is dead letters
    /// now.
    package let removedDestinations: [String]
    private let commits: GroupCommit<SQLiteStore>
    private let checkpointer: Checkpointer?
    private let lock: Mutex<StoreLock?>

    /// Opens the store, and makes it when there is none.
    ///
    /// - Parameters:
    ///   - path: The file, or nil for a store in memory that ends with the process.
    ///   - destinations: The names of the destinations there are now; nil for any.
    ///   - quarantine: The bounds of the quarantine.
    ///   - now: The wall clock.
    /// - Throws: ``StoreError``, also when another relay has the store.
    package init(
        path: String?, destinations: Set<String>? = nil, quarantine: QuarantineBounds = QuarantineBounds(),
        now: WallTime
    ) throws(StoreError) {
        let taken: StoreLock? = if let path { try StoreLock(path: path + ".lock") } else { nil }
        lock = Mutex(taken)
        let connection = try SQLiteConnection(path: path ?? ":memory:", create: true)
        try SQLiteSchema.prepare(connection, path: path)
        checkpointer = if let path { try Checkpointer(path: path) } else { nil }
        let writer = try SQLiteStore(
            connection, quarantine: quarantine, destinations: destinations, checkpointer: checkpointer)
        removedDestinations = try writer.recover(destinations: destinations, now: now)
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
        destination: String, limit: Int, now: WallTime, leaseMilliseconds: Int,
        completion: @escaping @Sendable (Result<Lease, StoreError>) -> Void
    ) {
        commits.perform(isUrgent: true, completion) { (writer) throws(StoreError) in
            try writer.lease(
                destination, limit: limit, now: now, leaseMilliseconds: leaseMilliseconds)
        }
    }

    package func finish(
        _ report: JobReport, now: WallTime,
        completion: @escaping @Sendable (Result<FinishOutcome, StoreError>) -> Void
    ) {
        commits.perform(isUrgent: true, completion) { (writer) throws(StoreError) in
            try writer.finish(report, now: now)
        }
    }

    package func renew(
        job: Int, lease: Int, now: WallTime, leaseMilliseconds: Int,
        completion: @escaping @Sendable (Result<Bool, StoreError>) -> Void
    ) {
        commits.perform(isUrgent: true, completion) { (writer) throws(StoreError) in
            try writer.renew(job, lease: lease, now: now, leaseMilliseconds: leaseMilliseconds)
        }
    }

    package func quarantine(
        _ capture: QuarantinedRequest,
        completion: @escaping @Sendable (Result<QuarantineOutcome, StoreError>) -> Void
    ) {
        commits.perform(completion) { (writer) throws(StoreError) in try writer.quarantine(capture) }
    }

    package func probe(now: WallTime, completion: @escaping @Sendable (Result<Void, StoreError>) -> Void) {
        commits.perform(completion) { (writer) throws(StoreError) in try writer.probe(now: now) }
    }

    package func prune(
        _ retention: Retention, now: WallTime, running: Int,
        completion: @escaping @Sendable (Result<Int, StoreError>) -> Void
    ) {
        commits.perform(isUrgent: true, completion) { (writer) throws(StoreError) in
            try writer.prune(retention, now: now, running: running)
        }
    }

    /// Counts what the store holds.
    package func summary(_ completion: @escaping @Sendable (Result<StoreSummary, StoreError>) -> Void) {
        commits.perform(completion) { (writer) throws(StoreError) in try writer.summary() }
    }
}
