internal import GroupCommit
internal import OpenSenseWebhooks
internal import PostgreSQLClient

/// The ledger's statements, run on its thread within a transaction.
///
/// `claim` is the number of the claim that holds the row, 0 once it is done.
final class PostgreSQLLedgerStore: TransactionalStore {
    private let connection: PostgreSQLConnection

    init(_ connectionString: String) throws(StoreError) {
        // Of several instances that start at once one makes the table; the number is the lock's name.
        connection = try PostgreSQLConnection(
            connectionString,
            setUp: """
                SET statement_timeout = '10s'; SET lock_timeout = '5s';
                BEGIN;
                SELECT pg_advisory_xact_lock(5715214017);
                CREATE TABLE IF NOT EXISTS opensense_ledger_v1 (
                    high bigint NOT NULL, low bigint NOT NULL, until bigint NOT NULL, claim bigint NOT NULL,
                    PRIMARY KEY (high, low));
                CREATE INDEX IF NOT EXISTS opensense_ledger_v1_until ON opensense_ledger_v1 (until);
                COMMIT;
                """)
    }

    func begin() throws(StoreError) { try connection.begin() }
    func commit() throws(StoreError) { try connection.commit() }
    func rollBack() { connection.rollBack() }
    func concernsAll(_ error: StoreError) -> Bool { [.unreachable, .full].contains(error.kind) }
    func betweenTransactions() {}

    func claim(_ ticket: ClaimTicket, now: Int?, leaseSeconds: Int) throws(StoreError) -> DeliveryClaim {
        try forgetSome(now)
        _ = try connection.query(
            """
            INSERT INTO opensense_ledger_v1 AS known (high, low, until, claim)
            VALUES ($1, $2, coalesce($3, extract(epoch FROM clock_timestamp())::bigint) + $4, $5)
            ON CONFLICT (high, low) DO UPDATE SET until = excluded.until, claim = excluded.claim
                WHERE known.until <= coalesce($3, extract(epoch FROM clock_timestamp())::bigint)
            """, key(ticket) + [PostgreSQLValue(now), .integer(leaseSeconds), .integer(ticket.number)])
        // Sees the row that another one committed while this one waited for it.
        let rows = try connection.query(
            "SELECT claim FROM opensense_ledger_v1 WHERE high = $1 AND low = $2", key(ticket))
        guard rows.count == 1, let holder = rows.integer(0, 0) else { return .inFlight }
        if holder == ticket.number { return .fresh(ticket) }
        return holder == 0 ? .done : .inFlight
    }

    func renew(_ ticket: ClaimTicket, now: Int?, leaseSeconds: Int) throws(StoreError) -> Bool {
        try connection.query(
            """
            UPDATE opensense_ledger_v1
            SET until = coalesce($4, extract(epoch FROM clock_timestamp())::bigint) + $5
            WHERE high = $1 AND low = $2 AND claim = $3 RETURNING 1
            """,
            key(ticket) + [.integer(ticket.number), PostgreSQLValue(now), .integer(leaseSeconds)]
        ).count == 1
    }

    func commit(_ ticket: ClaimTicket, now: Int?, retentionSeconds: Int) throws(StoreError) {
        _ = try connection.query(
            """
            INSERT INTO opensense_ledger_v1 (high, low, until, claim)
            VALUES ($1, $2, coalesce($3, extract(epoch FROM clock_timestamp())::bigint) + $4, 0)
            ON CONFLICT (high, low) DO UPDATE SET until = excluded.until, claim = 0
            """, key(ticket) + [PostgreSQLValue(now), .integer(retentionSeconds)])
    }

    func release(_ ticket: ClaimTicket) throws(StoreError) {
        _ = try connection.query(
            "DELETE FROM opensense_ledger_v1 WHERE high = $1 AND low = $2 AND claim = $3",
            key(ticket) + [.integer(ticket.number)])
    }

    /// Two a claim keep up with what is added; rows that another instance is at are its own business.
    private func forgetSome(_ now: Int?) throws(StoreError) {
        _ = try connection.query(
            """
            DELETE FROM opensense_ledger_v1 WHERE (high, low) IN (
                SELECT high, low FROM opensense_ledger_v1
                WHERE until <= coalesce($1, extract(epoch FROM clock_timestamp())::bigint)
                ORDER BY until LIMIT 2 FOR UPDATE SKIP LOCKED)
            """, [PostgreSQLValue(now)])
    }

    private func key(_ ticket: ClaimTicket) -> [PostgreSQLValue] {
        [.integer(ticket.key.signedHigh), .integer(ticket.key.signedLow)]
    }
}
