internal import GroupCommit
internal import LedgerTime
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

    /// The clocks that a ledger reads, and how long it remembers, in seconds.
    struct Time: Sendable {
        let retention: Int
        /// A clock in place of the server's.
        let wall: (@Sendable () -> Int)?
        let uptime: @Sendable () -> Int
    }

    /// What an operation comes to.
    enum Outcome: Sendable {
        case claimed(DeliveryClaim)
        /// Whether the claim was still the ticket's.
        case held(Bool)
    }

    /// For every new connection.
    ///
    /// Every statement is a look at an index, which the server's planner does not see while the table is
    /// small and then does not look again. Of several instances that start at once one makes the table; the
    /// number is the lock's name.
    private static let setUp = """
        SET statement_timeout = '8s'; SET lock_timeout = '5s'; SET enable_seqscan = off; SET jit = off;
        BEGIN;
        SELECT pg_advisory_xact_lock(5715214017);
        CREATE TABLE IF NOT EXISTS opensense_ledger_v1 (
            high bigint NOT NULL, low bigint NOT NULL, until bigint NOT NULL, claim bigint NOT NULL,
            PRIMARY KEY (high, low));
        CREATE INDEX IF NOT EXISTS opensense_ledger_v1_until ON opensense_ledger_v1 (until);
        COMMIT;
        """
    /// The longest that a transaction takes, connecting left aside; what is not done then throws.
    ///
    /// Half the time between two renewals of a lease of 60 s, so that the next one still comes in time.
    static let transactionMax = Duration.seconds(10)
    /// Two a claim keep up with what is added.
    private static let forgottenPerClaim = 2

    private let connection: PostgreSQLConnection
    private let time: Time
    private var leaps: LeapWatch
    private let transactionMax: Duration

    /// - Parameter transactionMax: The longest that a transaction takes.
    init(
        _ connectionString: String, time: Time,
        transactionMax: Duration = PostgreSQLLedgerStore.transactionMax
    ) throws(StoreError) {
        self.transactionMax = transactionMax
        connection = try PostgreSQLConnection(connectionString, setUp: Self.setUp)
        self.time = time
        leaps = LeapWatch(retentionSeconds: time.retention)
        let found = try connection.query(
            """
            SELECT extract(epoch FROM clock_timestamp())::bigint, (SELECT max(until) FROM opensense_ledger_v1)
            """)
        leaps.open(
            newestEnd: found.integer(0, 1), wall: time.wall?() ?? found.integer(0, 0) ?? 0,
            uptime: time.uptime())
    }

    /// Runs a batch in three round trips, by key order: instances that lock the same rows must do so in one
    /// order, or they deadlock.
    func run(_ batch: [Operation]) throws(StoreError) -> [Outcome] {
        let inOrder = batch.enumerated().sorted {
            let (one, other) = ($0.element.ticket.key, $1.element.ticket.key)
            return (one.high, one.low, $0.offset) < (other.high, other.low, $1.offset)
        }
        do throws(StoreError) {
            connection.limit(to: transactionMax)
            let now = try begin()
            let old = leaps.forgettingTime(wall: now, uptime: time.uptime())
            let leap = now - old
            var rows = try connection.pipeline(
                inOrder.flatMap { statements($0.element, leap: leap) } + forgetting(batch, old: old))[...]
            var outcomes = [Outcome](repeating: .held(false), count: batch.count)
            for (index, operation) in inOrder { outcomes[index] = outcome(of: operation, &rows) }
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

    /// Begins the transaction, on a new connection when the old one has broken.
    ///
    /// - Returns: The time by the server's clock, or by the one in its place.
    private func begin() throws(StoreError) -> Int {
        try connection.begin()
        let rows = try connection.query("SELECT extract(epoch FROM clock_timestamp())::bigint")
        return time.wall?() ?? rows.integer(0, 0) ?? 0
    }

    // MARK: Operations

    /// - Parameter leap: By how much longer than until its end a delivery is remembered, in seconds.
    private func statements(_ operation: Operation, leap: Int) -> [PostgreSQLStatement] {
        let key: [PostgreSQLValue] = [
            .integer(operation.ticket.key.signedHigh), .integer(operation.ticket.key.signedLow),
        ]
        let number = PostgreSQLValue.integer(operation.ticket.number)
        let now = PostgreSQLValue(operation.now)
        switch operation.request {
        case .claim(let leaseSeconds):
            // The second sees the row that another one committed while the first waited for it.
            return [
                PostgreSQLStatement(
                    Self.claim,
                    key + [
                        now, .integer(leaseSeconds), number, .integer(leap),
                        .integer(LeaseNumber.leasesAheadMax), .integer(LeaseNumber.leaseMask),
                    ]),
                PostgreSQLStatement(
                    "SELECT claim FROM opensense_ledger_v1 WHERE high = $1 AND low = $2", key),
            ]
        case .renew(let leaseSeconds):
            return [PostgreSQLStatement(Self.renew, key + [number, now, .integer(leaseSeconds)])]
        case .commit(let retentionSeconds):
            return [PostgreSQLStatement(Self.commit, key + [now, .integer(retentionSeconds)])]
        case .release:
            return [
                PostgreSQLStatement(
                    "DELETE FROM opensense_ledger_v1 WHERE high = $1 AND low = $2 AND claim = $3 RETURNING 1",
                    key + [number])
            ]
        }
    }

    /// Takes the results of an operation's statements from the front of `rows`.
    private func outcome(of operation: Operation, _ rows: inout ArraySlice<PostgreSQLRows>) -> Outcome {
        let first = rows.removeFirst()
        switch operation.request {
        case .claim:
            let found = rows.removeFirst()
            guard found.count == 1, let holder = found.integer(0, 0) else { return .claimed(.inFlight) }
            if holder == operation.ticket.number { return .claimed(.fresh(operation.ticket)) }
            return .claimed(holder == 0 ? .done : .inFlight)
        case .renew, .release: return .held(first.count == 1)
        case .commit: return .held(true)
        }
    }

    /// Forgets some of what is over, at the end of the transaction and without waiting for a row: in front of
    /// the operations it would lock rows in another order than theirs.
    ///
    /// The time is a value: compared with a function that is called for each row, no index helps.
    private func forgetting(_ batch: [Operation], old: Int) -> [PostgreSQLStatement] {
        let claims = batch.count { if case .claim = $0.request { true } else { false } }
        guard claims > 0 else { return [] }
        return [
            PostgreSQLStatement(Self.forget, [.integer(old), .integer(claims * Self.forgottenPerClaim)])
        ]
    }

    // MARK: Statements

    private static let claim: StaticString =
        """
        INSERT INTO opensense_ledger_v1 AS known (high, low, until, claim)
        VALUES ($1, $2, coalesce($3, extract(epoch FROM clock_timestamp())::bigint) + $4, $5)
        ON CONFLICT (high, low) DO UPDATE SET until = excluded.until, claim = excluded.claim
            WHERE CASE known.claim
                WHEN 0 THEN known.until <= coalesce($3, extract(epoch FROM clock_timestamp())::bigint) - $6
                ELSE known.until <= coalesce($3, extract(epoch FROM clock_timestamp())::bigint)
                    OR known.until - coalesce($3, extract(epoch FROM clock_timestamp())::bigint)
                        > $7 * (known.claim & $8) END
        """

    private static let renew: StaticString =
        """
        UPDATE opensense_ledger_v1
        SET until = coalesce($4, extract(epoch FROM clock_timestamp())::bigint) + $5
        WHERE high = $1 AND low = $2 AND claim = $3 RETURNING 1
        """

    private static let commit: StaticString =
        """
        INSERT INTO opensense_ledger_v1 (high, low, until, claim)
        VALUES ($1, $2, coalesce($3, extract(epoch FROM clock_timestamp())::bigint) + $4, 0)
        ON CONFLICT (high, low) DO UPDATE SET until = excluded.until, claim = 0
        """

    private static let forget: StaticString =
        """
        DELETE FROM opensense_ledger_v1 WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM opensense_ledger_v1 WHERE until <= $1 ORDER BY until LIMIT $2
            FOR UPDATE SKIP LOCKED))
        """
}
