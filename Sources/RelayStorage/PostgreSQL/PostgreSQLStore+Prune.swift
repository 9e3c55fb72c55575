internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// As ``StoreWriter`` prunes; of several relays one at a time.
extension PostgreSQLStore {
    /// Forgets some of what is older than its retention.
    ///
    /// - Returns: How many deliveries were looked at; ask again while it is not 0.
    func prune(_ retention: Retention, now: Int) throws(StoreError) -> Int {
        let now = stored(now)
        // Whoever does not get the lock leaves it to the one who has it.
        let lock = try query([
            PostgreSQLStatement("SELECT pg_try_advisory_xact_lock(5715214019)::int")
        ])[0]
        guard lock.integer(0, 0) == 1 else { return 0 }
        let ledgerSeconds = max(retention.ledgerSeconds, LedgerRetention.retryHorizonSeconds)
        let ledger = try advance("ledger", olderThan: now - ledgerSeconds * 1_000)
        let historySeconds = max(retention.historySeconds, ledgerSeconds)
        let history = try advance("history", olderThan: now - historySeconds * 1_000)
        _ = try query(
            [
                PostgreSQLStatement(
                    """
                    DELETE FROM ledger WHERE (high, low) IN (
                        SELECT high, low FROM deliveries WHERE sequence >= $1 AND sequence < $2
                        UNION ALL SELECT high2, low2 FROM deliveries WHERE sequence >= $1 AND sequence < $2)
                    """, [.integer(ledger.lowerBound), .integer(ledger.upperBound)])
            ] + forget(history) + [
                PostgreSQLStatement(
                    "DELETE FROM quarantine WHERE received_at < $1",
                    [.integer(now - retention.quarantineSeconds * 1_000)]),
                PostgreSQLStatement("DELETE FROM probe WHERE at < $1", [.integer(now - Self.probeKept)]),
                forgetTimelines(olderThan: now - retention.timelineSeconds * 1_000),
            ])
        return ledger.count + history.count
    }

    /// How long the row of a connection's probe is kept, in milliseconds: a day.
    private static let probeKept = 86_400_000

    /// The next sequences to prune, and a note that they are done.
    ///
    /// Sequences grow with time, so a mark of how far the last transaction came saves looking at what is gone. Every
    /// transaction has ended long before its deliveries are old enough.
    private func advance(_ what: String, olderThan time: Int) throws(StoreError) -> Range<Int> {
        let rows = try query([
            PostgreSQLStatement(
                """
                WITH mark AS MATERIALIZED (
                    SELECT coalesce((SELECT sequence FROM marks WHERE name = $1), 0) AS sequence),
                begin AS MATERIALIZED (
                    SELECT (SELECT sequence FROM deliveries WHERE sequence > (SELECT sequence FROM mark)
                        ORDER BY sequence LIMIT 1) AS sequence)
                SELECT mark.sequence, begin.sequence, (
                    SELECT min(young.sequence) FROM deliveries AS young WHERE young.sequence >= begin.sequence
                        AND young.sequence < begin.sequence + $3 AND received_at >= $2),
                    (SELECT max(sequence) + 1 FROM deliveries)
                FROM mark, begin
                """, [.text(what), .integer(time), .integer(StoreWriter.prunedAtOnceMax)])
        ])[0]
        let mark = try rows.number(0, 0)
        guard let start = rows.integer(0, 1) else { return mark..<mark }
        let next = try rows.number(0, 3)
        let range = start..<(rows.integer(0, 2) ?? min(start + StoreWriter.prunedAtOnceMax, next))
        guard !range.isEmpty else { return range }
        _ = try query([
            PostgreSQLStatement(
                """
                INSERT INTO marks (name, sequence) VALUES ($1, $2)
                ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence
                """, [.text(what), .integer(range.upperBound - 1)])
        ])
        return range
    }

    /// Deliveries whose jobs are all done; dead letters and what waits stay until a person decides.
    private func forget(_ range: Range<Int>) -> [PostgreSQLStatement] {
        guard !range.isEmpty else { return [] }
        let bounds: [PostgreSQLValue] = [
            .integer(range.lowerBound), .integer(range.upperBound), .integer(JobNumber.perDeliveryMax),
        ]
        return [
            // The newest stays, as in SQLite, where a sequence would be given twice without it.
            PostgreSQLStatement(
                """
                WITH gone AS (
                    DELETE FROM deliveries WHERE sequence >= $1 AND sequence < $2 AND verdict <> 'dead-letter'
                        AND sequence < (SELECT max(sequence) FROM deliveries) AND NOT EXISTS (
                            SELECT 1 FROM jobs WHERE jobs.id >= deliveries.sequence * $3
                                AND jobs.id < (deliveries.sequence + 1) * $3 AND finished_at IS NULL)
                    RETURNING sequence),
                gone_jobs AS (
                    DELETE FROM jobs USING gone WHERE jobs.id >= gone.sequence * $3
                        AND jobs.id < (gone.sequence + 1) * $3)
                DELETE FROM exchanges USING gone WHERE exchanges.job >= gone.sequence * $3
                    AND exchanges.job < (gone.sequence + 1) * $3
                """, bounds)
        ]
    }

    /// Incidents that are closed for long; one that another relay has at hand is left for the next time.
    private func forgetTimelines(olderThan time: Int) -> PostgreSQLStatement {
        PostgreSQLStatement(
            """
            WITH old AS MATERIALIZED (
                SELECT id FROM incidents WHERE is_open = 0 AND changed_at < $1 AND NOT EXISTS (
                    SELECT 1 FROM jobs WHERE incident = incidents.id AND finished_at IS NULL)
                LIMIT $2 FOR UPDATE SKIP LOCKED),
            gone AS (DELETE FROM incidents USING old WHERE incidents.id = old.id)
            DELETE FROM correlations USING old WHERE correlations.incident = old.id
            """, [.integer(time), .integer(StoreWriter.prunedAtOnceMax)])
    }
}
