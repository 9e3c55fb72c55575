internal import GroupCommit
internal import OpenSenseWebhooks
internal import SQLiteClient

/// The ledger's statements, run on its thread within a transaction.
///
/// `claim` is the number of the claim that holds the row, 0 once it is done.
final class SQLiteLedgerStore: TransactionalStore {
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

    func begin() throws(StoreError) { try connection.statement("BEGIN IMMEDIATE").run() }
    func commit() throws(StoreError) { try connection.statement("COMMIT").run() }
    func rollBack() { connection.rollBack() }
    func concernsAll(_ error: StoreError) -> Bool { true }  // no operation can fail on its own account

    func betweenTransactions() {
        guard connection.logPages >= Self.logPagesMax else { return }
        _ = try? connection.checkpoint(truncating: false)  // tried again after the next commit
    }

    func claim(_ ticket: ClaimTicket, now: Int, until: Int) throws(StoreError) -> DeliveryClaim {
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

    func renew(_ ticket: ClaimTicket, until: Int) throws(StoreError) -> Bool {
        try connection.statement(
            "UPDATE opensense_ledger_v1 SET until = ?4 WHERE high = ?1 AND low = ?2 AND claim = ?3"
        ).run(ticket.key.signedHigh, ticket.key.signedLow, ticket.number, until)
        return connection.changes == 1
    }

    func commit(_ ticket: ClaimTicket, until: Int) throws(StoreError) {
        try connection.statement(
            """
            INSERT INTO opensense_ledger_v1 (high, low, until, claim) VALUES (?1, ?2, ?3, 0)
            ON CONFLICT (high, low) DO UPDATE SET until = excluded.until, claim = 0
            """
        ).run(ticket.key.signedHigh, ticket.key.signedLow, until)
    }

    func release(_ ticket: ClaimTicket) throws(StoreError) {
        try connection.statement(
            "DELETE FROM opensense_ledger_v1 WHERE high = ?1 AND low = ?2 AND claim = ?3"
        ).run(ticket.key.signedHigh, ticket.key.signedLow, ticket.number)
    }
}
