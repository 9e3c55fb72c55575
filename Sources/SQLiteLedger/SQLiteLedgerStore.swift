internal import GroupCommit
internal import OpenSenseWebhooks
internal import SQLiteClient

/// The ledger's statements, run on its thread within a transaction.
///
/// `claim` is the number of the claim that holds the row, 0 once it is done.
final class SQLiteLedgerStore: TransactionalStore {
    /// What the ledger does in a transaction; times are seconds of the ledger's clock.
    enum Operation: Sendable {
        case claim(ClaimTicket, now: Int, until: Int)
        case renew(ClaimTicket, until: Int)
        case commit(ClaimTicket, until: Int)
        case release(ClaimTicket)
    }

    /// What an operation comes to.
    enum Outcome: Sendable {
        case claimed(DeliveryClaim)
        /// Whether the claim was still the ticket's.
        case held(Bool)
    }

    /// Pages in the write-ahead log after which it is copied into the database: 4 MiB.
    private static let logPagesMax = 1_024

    private let connection: SQLiteConnection

    init(path: String) throws(StoreError) {
        connection = try SQLiteConnection(path: path, create: true)
        try connection.execute(
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            CREATE TABLE IF NOT EXISTS opensense_ledger_v1 (
                high INTEGER NOT NULL, low INTEGER NOT NULL, until INTEGER NOT NULL, claim INTEGER NOT NULL,
                PRIMARY KEY (high, low)) WITHOUT ROWID;
            CREATE INDEX IF NOT EXISTS opensense_ledger_v1_until ON opensense_ledger_v1 (until);
            """)
    }

    func run(_ batch: [Operation]) throws(StoreError) -> [Outcome] {
        do throws(StoreError) {
            var outcomes: [Outcome] = []
            outcomes.reserveCapacity(batch.count)
            try connection.statement("BEGIN IMMEDIATE").run()
            for operation in batch { outcomes.append(try run(operation)) }
            try connection.statement("COMMIT").run()
            return outcomes
        } catch {
            connection.rollBack()
            throw error
        }
    }

    func concernsAll(_ error: StoreError) -> Bool { true }  // no operation can fail on its own account

    func betweenTransactions() {
        guard connection.logPages >= Self.logPagesMax else { return }
        _ = try? connection.checkpoint(truncating: false)  // tried again after the next commit
    }

    func close() {}

    private func run(_ operation: Operation) throws(StoreError) -> Outcome {
        switch operation {
        case .claim(let ticket, let now, let until): .claimed(try claim(ticket, now: now, until: until))
        case .renew(let ticket, let until): .held(try renew(ticket, until: until))
        case .commit(let ticket, let until): .held(try commit(ticket, until: until))
        case .release(let ticket): .held(try release(ticket))
        }
    }

    private func claim(_ ticket: ClaimTicket, now: Int, until: Int) throws(StoreError) -> DeliveryClaim {
        // Two a claim keep up with what is added.
        try connection.statement(
            """
            DELETE FROM opensense_ledger_v1 WHERE (high, low) IN (
                SELECT high, low FROM opensense_ledger_v1 WHERE until <= ?1 ORDER BY until LIMIT 2)
            """
        ).run(now)
        try connection.statement(
            """
            INSERT INTO opensense_ledger_v1 (high, low, until, claim) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (high, low) DO UPDATE SET until = excluded.until, claim = excluded.claim
                WHERE until <= ?5
            """
        ).run(ticket.key.signedHigh, ticket.key.signedLow, until, ticket.number, now)
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
