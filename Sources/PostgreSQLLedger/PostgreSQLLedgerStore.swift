internal import GroupCommit
internal import OpenSenseWebhooks
internal import PostgreSQLClient

/// The ledger's statements, run on its thread within a transaction.
///
/// `claim` is the number of the claim that holds the row, 0 once it is done.
final class PostgreSQLLedgerStore: TransactionalStore {
    /// What the ledger does in a transaction.
    struct Operation: Sendable {
        enum Request: Sendable {
            case claim(leaseSeconds: Int)
            case renew(leaseSeconds: Int)
            case commit(retentionSeconds: Int)
            case release
        }

        let ticket: ClaimTicket
        let request: Request
        /// Seconds of a clock in place of the server's.
        let now: Int?
    }

    /// What an operation comes to.
    enum Outcome: Sendable {
        case claimed(DeliveryClaim)
        /// Whether the claim was still the ticket's.
        case held(Bool)
    }

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

    /// Runs a batch by key order: instances that lock the same rows must do so in one order, or they
    /// deadlock.
    func run(_ batch: [Operation]) throws(StoreError) -> [Outcome] {
        let inOrder = batch.enumerated().sorted { $0.element.ticket.key.high < $1.element.ticket.key.high }
        var outcomes = [Outcome](repeating: .held(false), count: batch.count)
        do throws(StoreError) {
            try connection.begin()
            for (index, operation) in inOrder { outcomes[index] = try run(operation) }
            try connection.commit()
            return outcomes
        } catch {
            connection.rollBack()
            throw error
        }
    }

    func concernsAll(_ error: StoreError) -> Bool { [.unreachable, .full].contains(error.kind) }
    func betweenTransactions() {}
    func close() {}

    private func run(_ operation: Operation) throws(StoreError) -> Outcome {
        switch operation.request {
        case .claim(let leaseSeconds):
            .claimed(try claim(operation.ticket, now: operation.now, leaseSeconds: leaseSeconds))
        case .renew(let leaseSeconds):
            .held(try renew(operation.ticket, now: operation.now, leaseSeconds: leaseSeconds))
        case .commit(let retentionSeconds):
            .held(try commit(operation.ticket, now: operation.now, retentionSeconds: retentionSeconds))
        case .release: .held(try release(operation.ticket))
        }
    }

    private func claim(_ ticket: ClaimTicket, now: Int?, leaseSeconds: Int) throws(StoreError)
        -> DeliveryClaim
    {
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

    private func renew(_ ticket: ClaimTicket, now: Int?, leaseSeconds: Int) throws(StoreError) -> Bool {
        try connection.query(
            """
            UPDATE opensense_ledger_v1
            SET until = coalesce($4, extract(epoch FROM clock_timestamp())::bigint) + $5
            WHERE high = $1 AND low = $2 AND claim = $3 RETURNING 1
            """,
            key(ticket) + [.integer(ticket.number), PostgreSQLValue(now), .integer(leaseSeconds)]
        ).count == 1
    }

    private func commit(
        _ ticket: ClaimTicket, now: Int?, retentionSeconds: Int
    ) throws(StoreError) -> Bool {
        _ = try connection.query(
            """
            INSERT INTO opensense_ledger_v1 (high, low, until, claim)
            VALUES ($1, $2, coalesce($3, extract(epoch FROM clock_timestamp())::bigint) + $4, 0)
            ON CONFLICT (high, low) DO UPDATE SET until = excluded.until, claim = 0
            """, key(ticket) + [PostgreSQLValue(now), .integer(retentionSeconds)])
        return true
    }

    private func release(_ ticket: ClaimTicket) throws(StoreError) -> Bool {
        try connection.query(
            "DELETE FROM opensense_ledger_v1 WHERE high = $1 AND low = $2 AND claim = $3 RETURNING 1",
            key(ticket) + [.integer(ticket.number)]
        ).count == 1
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
