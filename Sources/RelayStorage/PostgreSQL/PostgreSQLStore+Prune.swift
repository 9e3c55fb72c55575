internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// As ``SQLiteStore`` prunes; of several relays one at a time.
extension PostgreSQLStore {
    /// Forgets some of what is older than its retention.
    ///
    /// - Returns: How much was done; ask again while it is not 0.
    ///
    /// - Parameter running: For how long the relay has run since the last call, in milliseconds.
    func prune(_ retention: Retention, now: WallTime, running: Int) throws(StoreError) -> Int {
        let now = stored(now)
        // A relay that does not get the lock leaves it to the one that has it.
        let lock = try query([
            PostgreSQLStatement(
                "SELECT pg_try_advisory_xact_lock(57152140, hashtext(current_schema()::text))::int")
        ])[0]
        guard lock.integer(0, 0) == 1 else { return 0 }
        let total = try countRunning(running, now: now)
        let ledgerRange = try takeRangeToPrune(
            "ledger", olderThan: now.adding(milliseconds: -retention.ledgerMilliseconds),
            acceptedBefore: total - retention.ledgerMilliseconds, now: now)
        let historyRange = try takeRangeToPrune(
            "history", olderThan: now.adding(milliseconds: -retention.historyMilliseconds),
            acceptedBefore: total - retention.historyMilliseconds, now: now)
        _ = try query(
            [
                PostgreSQLStatement(
                    """
                    DELETE FROM ledger WHERE (high, low) IN (
                        SELECT high, low FROM deliveries WHERE sequence >= $1 AND sequence < $2
                        UNION ALL SELECT high2, low2 FROM deliveries WHERE sequence >= $1 AND sequence < $2)
                    """, [.integer(ledgerRange.lowerBound), .integer(ledgerRange.upperBound)])
            ] + [
                PostgreSQLStatement(
                    """
                    DELETE FROM quarantine WHERE received_at < $1 AND received_at < (
                        SELECT at FROM running_time WHERE milliseconds <= $2 ORDER BY milliseconds DESC LIMIT 1)
                    """,
                    [
                        .time(now.adding(milliseconds: -retention.quarantineSeconds * 1_000)),
                        .integer(total - retention.quarantineSeconds * 1_000),
                    ]),
                PostgreSQLStatement(
                    "DELETE FROM probe WHERE at < $1", [.time(now.adding(milliseconds: -Self.probeKept))]),
            ])
        let forgotten = try forgetHistory(historyRange)
        let incidents = try forgetIncidents(retention, keptFrom: historyRange.upperBound, now: now, total)
        _ = try query([
            PostgreSQLStatement(
                """
                DELETE FROM running_time WHERE milliseconds < (
                    SELECT max(milliseconds) FROM running_time WHERE milliseconds <= $1)
                """, [.integer(total - retention.longestMilliseconds)])
        ])
        return ledgerRange.count + forgotten + incidents
    }

    /// As ``SQLiteStore`` counts, but of several relays that run at the same time only one: no more is added
    /// than has passed since any of them added something.
    private func countRunning(_ running: Int, now: WallTime) throws(StoreError) -> Int {
        let found = try query([
            PostgreSQLStatement(
                """
                SELECT (SELECT sequence FROM marks WHERE name = 'running'),
                    (SELECT sequence FROM marks WHERE name = 'running-at'),
                    (SELECT max(milliseconds) FROM running_time), (SELECT coalesce(max(sequence), 0) FROM deliveries)
                """)
        ])[0]
        let passed = found.time(0, 1).map { max(now.milliseconds(since: $0), 0) } ?? running
        let total = (found.integer(0, 0) ?? 0) + min(running, passed)
        var statements = [
            PostgreSQLStatement(
                """
                INSERT INTO marks (name, sequence) VALUES ('running', $1), ('running-at', $2)
                ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence
                """, [.integer(total), .time(now)])
        ]
        let last = found.integer(0, 2)
        if last == nil || total - (last ?? 0) >= StoreLimits.runningMarkMilliseconds {
            statements.append(
                PostgreSQLStatement(
                    """
                    INSERT INTO running_time (milliseconds, sequence, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
                    """, [.integer(total), .integer(try found.number(0, 3)), .time(now)]))
        }
        _ = try query(statements)
        return total
    }

    /// How long the row of a connection's probe is kept, in milliseconds: a day.
    private static let probeKept = 86_400_000

    /// The next sequences to prune, and a note that they are done.
    ///
    /// Sequences grow with time, so a mark of how far the last transaction came saves looking at what is
    /// gone. Every transaction has ended long before its deliveries are old enough.
    ///
    /// - Parameters:
    ///   - time: What was received before this is old by the server's clock.
    ///   - running: What was accepted when relays had run for less, in milliseconds, is old by that count.
    ///     Both must agree.
    private func takeRangeToPrune(
        _ what: String, olderThan time: WallTime, acceptedBefore running: Int, now: WallTime
    ) throws(StoreError) -> Range<Int> {
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
                        AND young.sequence < begin.sequence + $3 AND received_at BETWEEN $2 AND $5),
                    (SELECT max(sequence) + 1 FROM deliveries),
                    (SELECT max(sequence) FROM running_time WHERE milliseconds <= $4)
                FROM mark, begin
                """,
                [
                    .text(what), .time(time), .integer(StoreLimits.prunedAtOnceMax), .integer(running),
                    .time(now),
                ])
        ])[0]
        let mark = try rows.number(0, 0)
        guard let start = rows.integer(0, 1), let newestOld = rows.integer(0, 4), start <= newestOld else {
            return mark + 1..<mark + 1
        }
        // The newest stays, as in SQLite, where a sequence would be given twice without it.
        let next = min(try rows.number(0, 3) - (what == "history" ? 1 : 0), newestOld + 1)
        let range = start..<min(rows.integer(0, 2) ?? start + StoreLimits.prunedAtOnceMax, next)
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

    /// Forgets deliveries whose jobs are all done; dead letters and what waits stay until a person decides,
    /// and what opened an alarm as long as that lasts.
    ///
    /// What stayed is looked at again in turn, some of it at each run, as it may be done by now.
    ///
    /// - Parameter range: Deliveries that are old now; those before it were old already.
    /// - Returns: How many were looked at for the first time or forgotten.
    private func forgetHistory(_ range: Range<Int>) throws(StoreError) -> Int {
        if !range.isEmpty { _ = try forgetDeliveries(in: range) }
        let kept = try query([
            PostgreSQLStatement(
                "SELECT sequence FROM deliveries WHERE sequence > $1 AND sequence < $2 ORDER BY sequence LIMIT $3",
                [
                    .integer(pruneCursors.keptDelivery), .integer(range.lowerBound),
                    .integer(StoreLimits.prunedAtOnceMax),
                ])
        ])[0]
        let isFull = kept.count == StoreLimits.prunedAtOnceMax
        pruneCursors.keptDelivery = isFull ? try kept.number(kept.count - 1, 0) : 0
        guard kept.count > 0 else { return range.count }
        let again = try kept.number(0, 0)..<(try kept.number(kept.count - 1, 0) + 1)
        return try range.count + forgetDeliveries(in: again)
    }

    /// Dead letters of the lanes are marked: having one tried again must not undo what is forgotten.
    ///
    /// - Returns: How many were forgotten.
    private func forgetDeliveries(in range: Range<Int>) throws(StoreError) -> Int {
        try query([
            PostgreSQLStatement(
                """
                WITH gone AS (
                    DELETE FROM deliveries WHERE sequence >= $1 AND sequence < $2 AND verdict <> 'dead-letter'
                        AND sequence < (SELECT max(sequence) FROM deliveries) AND NOT EXISTS (
                            SELECT 1 FROM jobs WHERE jobs.id >= deliveries.sequence * $3
                                AND jobs.id < (deliveries.sequence + 1) * $3 AND (finished_at IS NULL
                                    OR action = 'open'
                                        AND (SELECT is_open FROM incidents WHERE id = jobs.incident) = 1))
                    RETURNING sequence),
                overtaken AS (
                    UPDATE jobs SET overtaken = 1 FROM gone JOIN jobs AS done ON done.id >= gone.sequence * $3
                        AND done.id < (gone.sequence + 1) * $3 AND done.state = 'delivered'
                    WHERE jobs.incident = done.incident AND jobs.destination = done.destination
                        AND jobs.id < done.id AND jobs.state IN ('dead', 'stuck')),
                gone_jobs AS (
                    DELETE FROM jobs USING gone WHERE jobs.id >= gone.sequence * $3
                        AND jobs.id < (gone.sequence + 1) * $3),
                gone_exchanges AS (
                    DELETE FROM exchanges USING gone WHERE exchanges.job >= gone.sequence * $3
                        AND exchanges.job < (gone.sequence + 1) * $3)
                SELECT count(*) FROM gone
                """,
                [
                    .integer(range.lowerBound), .integer(range.upperBound),
                    .integer(JobNumber.perDeliveryMax),
                ])
        ])[0].number(0, 0)
    }
}
