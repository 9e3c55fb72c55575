internal import GroupCommit
internal import LedgerTime
internal import OpenSenseWebhooks
internal import SQLiteClient

/// The ledger's statements, run on its thread within a transaction.
///
/// `claim` is the number of the claim that holds the row, 0 once it is done.
final class SQLiteLedgerStore: TransactionalStore {
    /// What the ledger does in a transaction.
    enum Operation: Sendable {
        case claim(ClaimTicket, leaseSeconds: Int)
        case renew(ClaimTicket, leaseSeconds: Int)
        case commit(ClaimTicket)
        case release(ClaimTicket)
    }

    /// The clocks that a ledger reads, and how long it remembers, in seconds.
    struct Time: Sendable {
        let retention: Int
        let wall: @Sendable () -> Int
        let uptime: @Sendable () -> Int
    }

    /// What an operation comes to.
    enum Outcome: Sendable {
        case claimed(DeliveryClaim)
        /// Whether the claim was still the ticket's.
        case held(Bool)
    }

    /// Pages in the write-ahead log after which it is copied into the database: 4 MiB.
    private static let logPagesMax = 1_024

    /// How long a transaction waits for another process that writes, in milliseconds.
    ///
    /// A receiver answers 503 before that and goes on; a renewal, three of which fall into a lease of 60 s,
    /// still comes in time. Longer than that a lease may run out meanwhile.
    private static let busyMilliseconds: Int32 = 10_000

    private let connection: SQLiteConnection
    private let time: Time
    /// Nil for a ledger in memory.
    private var file: DatabaseFile?
    private var leaps: LeapWatch

    init(path: String, time: Time) throws(StoreError) {
        connection = try SQLiteConnection(path: path, create: true, busyMilliseconds: Self.busyMilliseconds)
        self.time = time
        leaps = LeapWatch(retentionSeconds: time.retention)
        try connection.execute(
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            CREATE TABLE IF NOT EXISTS opensense_ledger_v1 (
                high INTEGER NOT NULL, low INTEGER NOT NULL, until INTEGER NOT NULL, claim INTEGER NOT NULL,
                PRIMARY KEY (high, low)) WITHOUT ROWID;
            CREATE INDEX IF NOT EXISTS opensense_ledger_v1_until ON opensense_ledger_v1 (until);
            """)
        leaps.open(newestEnd: try newestEnd(), wall: time.wall(), uptime: time.uptime())
        guard path != ":memory:", !path.isEmpty else { return }
        guard let file = DatabaseFile(path: path) else { throw Self.error(.gone(path: path)) }
        self.file = file
        try checkFile()
    }

    private func newestEnd() throws(StoreError) -> Int? {
        try connection.statement("SELECT max(until) FROM opensense_ledger_v1")
            .firstRow { $0.optionalInteger(0) } ?? nil
    }

    // MARK: Transactions

    /// Runs a batch, once more where the disk was full and emptying the write-ahead log has made room.
    func run(_ batch: [Operation]) throws(StoreError) -> [Outcome] {
        try checkFile()
        var outcomes: [Outcome]
        do throws(StoreError) {
            outcomes = try transact(batch)
        } catch {
            // A limit on the length of files comes as a failure of the disk.
            guard [.full, .inputOutput].contains(error.kind),
                let log = try? connection.checkpoint(truncating: true), log.logPages == log.copiedPages
            else { throw error }
            outcomes = try transact(batch)
        }
        // Once more: what is answered must be where it will be looked for.
        try checkFile()
        return outcomes
    }

    private func transact(_ batch: [Operation]) throws(StoreError) -> [Outcome] {
        do throws(StoreError) {
            var outcomes: [Outcome] = []
            outcomes.reserveCapacity(batch.count)
            try connection.statement("BEGIN IMMEDIATE").run()
            // Read when the file is ours: waiting for it must not take from a lease.
            let now = time.wall()
            let old = leaps.forgettingTime(wall: now, uptime: time.uptime())
            for operation in batch { outcomes.append(try run(operation, now: now, old: old)) }
            try connection.statement("COMMIT").run()
            return outcomes
        } catch {
            connection.rollBack()
            throw error
        }
    }

    private func checkFile() throws(StoreError) {
        if let loss = try file?.loss(connection) { throw Self.error(loss) }
    }

    private static func error(_ loss: DatabaseFile.Loss) -> StoreError {
        switch loss {
        case .gone(let path):
            StoreError(
                .unwritable,
                "\(path) was removed, moved or replaced while the ledger is open: another process would handle "
                    + "again what it knows. Put it back as it was, or open the ledger anew.")
        case .cut(let path):
            StoreError(
                .unwritable,
                "\(path) was cut while the ledger is open, and is damaged: what it knew is lost. Remove it and its "
                    + "-wal and -shm with all processes stopped, and begin a new one.")
        }
    }

    func concernsAll(_ error: StoreError) -> Bool { true }  // no operation can fail on its own account

    func betweenTransactions() {
        guard connection.logPages >= Self.logPagesMax else { return }
        _ = try? connection.checkpoint(truncating: false)  // tried again after the next commit
    }

    func close() {}

    // MARK: Operations

    /// - Parameters:
    ///   - now: The time by which leases are counted.
    ///   - old: What was remembered until then is forgotten.
    private func run(_ operation: Operation, now: Int, old: Int) throws(StoreError) -> Outcome {
        switch operation {
        case .claim(let ticket, let lease): .claimed(try claim(ticket, now: now, old: old, lease: lease))
        case .renew(let ticket, let lease): .held(try renew(ticket, until: now + lease))
        case .commit(let ticket): .held(try commit(ticket, until: now + time.retention))
        case .release(let ticket): .held(try release(ticket))
        }
    }

    private func claim(_ ticket: ClaimTicket, now: Int, old: Int, lease: Int) throws(StoreError)
        -> DeliveryClaim
    {
        // Two a claim keep up with what is added.
        try connection.statement(
            """
            DELETE FROM opensense_ledger_v1 WHERE (high, low) IN (
                SELECT high, low FROM opensense_ledger_v1 WHERE until <= ?1 ORDER BY until LIMIT 2)
            """
        ).run(old)
        try connection.statement(
            """
            INSERT INTO opensense_ledger_v1 (high, low, until, claim) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (high, low) DO UPDATE SET until = excluded.until, claim = excluded.claim
                WHERE CASE claim WHEN 0 THEN until <= ?6
                    ELSE until <= ?5 OR until - ?5 > ?7 * (claim & ?8) END
            """
        ).run(
            ticket.key.signedHigh, ticket.key.signedLow, now + lease, ticket.number, now, old,
            LeaseNumber.leasesAheadMax, LeaseNumber.leaseMask)
        let holder = try connection.statement(
            "SELECT claim FROM opensense_ledger_v1 WHERE high = ?1 AND low = ?2"
        ).firstRow(ticket.key.signedHigh, ticket.key.signedLow) { $0.integer(0) }
        if holder == ticket.number { return .fresh(ticket) }
        return holder == 0 ? .done : .inFlight
    }

    private func renew(_ ticket: ClaimTicket, until: Int) throws(StoreError) -> Bool {
        try connection.statement(
            "UPDATE opensense_ledger_v1 SET until = ?4 WHERE high = ?1 AND low = ?2 AND claim = ?3"
        ).run(ticket.key.signedHigh, ticket.key.signedLow, ticket.number, until)
        return connection.changes == 1
    }

    private func commit(_ ticket: ClaimTicket, until: Int) throws(StoreError) -> Bool {
        try connection.statement(
            """
            INSERT INTO opensense_ledger_v1 (high, low, until, claim) VALUES (?1, ?2, ?3, 0)
            ON CONFLICT (high, low) DO UPDATE SET until = excluded.until, claim = 0
            """
        ).run(ticket.key.signedHigh, ticket.key.signedLow, until)
        return true
    }

    private func release(_ ticket: ClaimTicket) throws(StoreError) -> Bool {
        try connection.statement(
            "DELETE FROM opensense_ledger_v1 WHERE high = ?1 AND low = ?2 AND claim = ?3"
        ).run(ticket.key.signedHigh, ticket.key.signedLow, ticket.number)
        return connection.changes == 1
    }
}
