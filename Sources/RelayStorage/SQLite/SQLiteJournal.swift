package import RelayCore
internal import Synchronization
internal import SystemThreads

/// The journal in one SQLite file, or in memory.
///
/// One thread writes. It takes everything that waits, runs it in one transaction and commits once, so that many
/// waiting requests share one fsync. Copying the write-ahead log back into the database is another thread's
/// work, on a connection of its own, because it would make every request wait that comes meanwhile.
///
/// `@unchecked Sendable`: each connection is one thread's own.
@safe package final class SQLiteJournal: Journal, @unchecked Sendable {
    /// Operations that may wait before new deliveries are turned away.
    package static let waitingMax = 16_384
    /// The most operations in one transaction.
    package static let batchMax = 1_024

    private let queue = OperationQueue<Operation>(waitingMax: waitingMax)
    /// Destinations that had work waiting and that the configuration no longer has; that work is dead letters now.
    package let goneDestinations: [String]
    private let writer: StoreWriter
    private let checkpointer: Checkpointer?
    private let lock: Mutex<StoreLock?>
    private let thread: Mutex<SystemThread?> = Mutex(nil)

    /// Something to do within a transaction, and whom to tell.
    struct Operation: Sendable {
        /// Does it and returns what is to be called once it is committed.
        let run: @Sendable (StoreWriter) throws(JournalError) -> @Sendable () -> Void
        /// Called instead when the transaction fails.
        let fail: @Sendable (JournalError) -> Void
    }

    /// Opens the store, and makes it when there is none.
    ///
    /// - Parameters:
    ///   - path: The file, or nil for a store in memory that ends with the process.
    ///   - destinations: The names of the destinations there are now; nil for any.
    ///   - quarantine: The bounds of the quarantine.
    ///   - now: The clock, in milliseconds since 1970-01-01T00:00:00Z.
    /// - Throws: ``JournalError``, also when another relay has the store.
    package init(
        path: String?, destinations: Set<String>? = nil, quarantine: QuarantineBounds = QuarantineBounds(),
        now: Int
    ) throws(JournalError) {
        let taken: StoreLock? = if let path { try StoreLock(path: path + ".lock") } else { nil }
        lock = Mutex(taken)
        let connection = try SQLiteConnection(path: path ?? ":memory:", create: true)
        try Schema.prepare(connection, path: path)
        writer = try StoreWriter(connection, quarantine: quarantine, destinations: destinations)
        goneDestinations = try writer.recover(destinations: destinations, now: now)
        checkpointer = if let path { try Checkpointer(path: path) } else { nil }
        let (queue, writer, checkpointer) = (queue, writer, checkpointer)
        let worker = SystemThread {
            while let batch = queue.take(max: Self.batchMax) {
                Self.commit(batch, writer)
                writer.keepLogShort(with: checkpointer)
            }
        }
        guard let worker else { throw .noThread }
        thread.withLock { $0 = worker }
    }

    /// Commits what waits and closes the file.
    ///
    /// Idempotent.
    package func close() {
        queue.close()
        thread.withLock { $0.take() }?.join()
        checkpointer?.stop()
        lock.withLock { $0 = nil }
    }

    deinit { close() }

    private static func commit(_ batch: [Operation], _ writer: StoreWriter) {
        var completions: [@Sendable () -> Void] = []
        completions.reserveCapacity(batch.count)
        do throws(JournalError) {
            try writer.begin()
            for operation in batch { completions.append(try operation.run(writer)) }
            try writer.commit()
        } catch {
            writer.rollBack()
            // A full or broken disk fails them all. Anything else may be the fault of one, which must not take the
            // others down with it.
            guard batch.count > 1, ![.full, .inputOutput, .inUse].contains(error.kind) else {
                return batch.forEach { $0.fail(error) }
            }
            return batch.forEach { commit([$0], writer) }
        }
        for completion in completions { completion() }
    }

    private func perform<Value: Sendable>(
        isUrgent: Bool = false, _ completion: @escaping @Sendable (Result<Value, JournalError>) -> Void,
        _ body: @escaping @Sendable (StoreWriter) throws(JournalError) -> Value
    ) {
        let operation = Operation(
            run: { (writer) throws(JournalError) in
                let value = try body(writer)
                return { completion(.success(value)) }
            },
            fail: { completion(.failure($0)) })
        switch queue.append(operation, evenIfFull: isUrgent) {
        case .admitted: break
        case .full:
            completion(.failure(JournalError(.overloaded, "\(Self.waitingMax) writes are waiting already.")))
        case .closed: completion(.failure(JournalError(.closed, "The store is closed.")))
        }
    }

    package func accept(
        _ acceptance: Acceptance,
        completion: @escaping @Sendable (Result<AcceptanceOutcome, JournalError>) -> Void
    ) {
        perform(completion) { (writer) throws(JournalError) in try writer.accept(acceptance) }
    }

    package func lease(
        destination: String, limit: Int, now: Int, leaseUntil: Int,
        completion: @escaping @Sendable (Result<Lease, JournalError>) -> Void
    ) {
        perform(isUrgent: true, completion) { (writer) throws(JournalError) in
            try writer.lease(destination, limit: limit, now: now, leaseUntil: leaseUntil)
        }
    }

    package func finish(
        job: Int, outcome: JobOutcome, now: Int,
        completion: @escaping @Sendable (Result<Void, JournalError>) -> Void
    ) {
        perform(isUrgent: true, completion) { (writer) throws(JournalError) in
            try writer.finish(job, outcome, now: now)
        }
    }

    package func quarantine(
        _ capture: QuarantinedRequest,
        completion: @escaping @Sendable (Result<QuarantineOutcome, JournalError>) -> Void
    ) {
        perform(completion) { (writer) throws(JournalError) in try writer.quarantine(capture) }
    }

    package func probe(now: Int, completion: @escaping @Sendable (Result<Void, JournalError>) -> Void) {
        perform(completion) { (writer) throws(JournalError) in try writer.probe(now: now) }
    }

    package func prune(
        _ retention: Retention, now: Int, completion: @escaping @Sendable (Result<Int, JournalError>) -> Void
    ) {
        perform(isUrgent: true, completion) { (writer) throws(JournalError) in
            try writer.prune(retention, now: now)
        }
    }

    /// Counts what the store holds.
    package func summary(_ completion: @escaping @Sendable (Result<StoreSummary, JournalError>) -> Void) {
        perform(completion) { (writer) throws(JournalError) in try writer.summary() }
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
