internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// As ``SQLiteStore`` forgets incidents that are over. One that another relay has locked is passed over.
extension PostgreSQLStore {
    /// Forgets some of the timelines that are old, and some of the incidents that nothing names any more.
    ///
    /// - Parameters:
    ///   - sequence: The first delivery that is not old yet.
    ///   - running: For how long relays have run.
    /// - Returns: How many incidents were forgotten, or more than 0 where timelines are left to forget.
    func forgetIncidents(
        _ retention: Retention, keptFrom sequence: Int, now: WallTime, _ running: Int
    ) throws(StoreError) -> Int {
        let times = try query([
            PostgreSQLStatement(
                """
                SELECT (SELECT at FROM running_time WHERE milliseconds <= $1 ORDER BY milliseconds DESC LIMIT 1),
                    (SELECT at FROM running_time WHERE milliseconds <= $2 ORDER BY milliseconds DESC LIMIT 1),
                    (SELECT received_at FROM deliveries WHERE sequence >= $3 ORDER BY sequence LIMIT 1)
                """,
                [
                    .integer(running - retention.timelineSeconds * 1_000),
                    .integer(running - retention.historyMilliseconds), .integer(sequence),
                ])
        ])[0]
        guard let ran = times.time(0, 0) else { return 0 }
        let old = min(ran, now.adding(milliseconds: -retention.timelineSeconds * 1_000))
        let timelines = try forgetTimelines(before: old)
        guard let ranLonger = times.time(0, 1) else { return timelines }
        let history = min(ranLonger, now.adding(milliseconds: -retention.historyMilliseconds))
        return try timelines + forgetIncidents(before: min(old, history, times.time(0, 2) ?? history))
    }

    private func forgetTimelines(before time: WallTime) throws(StoreError) -> Int {
        let rows = try query([
            PostgreSQLStatement(
                """
                WITH old AS MATERIALIZED (
                    SELECT id, changed_at FROM incidents WHERE is_open = 0 AND changed_at < $1
                        AND changed_at >= $2 AND (changed_at, id) > ($2, $3)
                    ORDER BY changed_at, id LIMIT $4 FOR UPDATE SKIP LOCKED),
                idle AS MATERIALIZED (
                    SELECT id FROM old WHERE NOT EXISTS (
                        SELECT 1 FROM jobs WHERE incident = old.id AND finished_at IS NULL)),
                emptied AS (
                    UPDATE incidents SET opened_at = NULL, event_id = NULL, destinations = NULL,
                        newest_clear = NULL, cleared_opening = NULL, early_opened_at = NULL,
                        early_reference = NULL, facts = substring(facts from '(?:^| )(mentioned=-?[0-9]+)')
                    FROM idle WHERE incidents.id = idle.id
                        AND (coalesce(newest_clear, cleared_opening, early_reference, opened_at) IS NOT NULL
                            OR event_id IS NOT NULL OR facts !~ '^mentioned=-?[0-9]+$')),
                gone_pins AS (DELETE FROM pins USING idle WHERE pins.incident = idle.id),
                gone_states AS (DELETE FROM correlations USING idle WHERE correlations.incident = idle.id)
                SELECT id, changed_at FROM old ORDER BY changed_at, id
                """,
                [
                    .time(time), .time(pruneCursors.timelines.changedAt),
                    .integer(pruneCursors.timelines.incident), .integer(StoreLimits.prunedAtOnceMax),
                ])
        ])[0]
        pruneCursors.timelines = try place(after: rows) ?? pruneCursors.timelines
        return rows.count == StoreLimits.prunedAtOnceMax ? rows.count : 0
    }

    /// Deletes incidents that neither a job nor a delivery names; see ``SQLiteStore`` for how that is known.
    ///
    /// The newest stays as it does there.
    private func forgetIncidents(before time: WallTime) throws(StoreError) -> Int {
        let rows = try query([
            PostgreSQLStatement(
                """
                WITH old AS MATERIALIZED (
                    SELECT id, changed_at FROM incidents WHERE is_open = 0 AND changed_at < $1
                        AND changed_at >= $2 AND (changed_at, id) > ($2, $3)
                    ORDER BY changed_at, id LIMIT $4 FOR UPDATE SKIP LOCKED),
                gone AS (
                    DELETE FROM incidents USING old WHERE incidents.id = old.id
                        AND old.id < (SELECT max(id) FROM incidents)
                        AND NOT EXISTS (SELECT 1 FROM jobs WHERE incident = old.id)
                        AND coalesce(substring(facts from '(?:^| )mentioned=(-?[0-9]+)')::bigint < $1, true)
                    RETURNING incidents.id),
                gone_states AS (DELETE FROM correlations USING gone WHERE correlations.incident = gone.id)
                SELECT old.id, changed_at, (SELECT count(*) FROM gone) FROM old ORDER BY changed_at, old.id
                """,
                [
                    .time(time), .time(pruneCursors.incidents.changedAt),
                    .integer(pruneCursors.incidents.incident), .integer(StoreLimits.prunedAtOnceMax),
                ])
        ])[0]
        let isFull = rows.count == StoreLimits.prunedAtOnceMax
        pruneCursors.incidents = isFull ? try place(after: rows) ?? .init() : .init()
        return rows.count == 0 ? 0 : try rows.number(0, 2)
    }

    private func place(after rows: PostgreSQLRows) throws(StoreError) -> PruneCursors.Place? {
        guard rows.count > 0, let changedAt = rows.time(rows.count - 1, 1) else { return nil }
        return PruneCursors.Place(changedAt: changedAt, incident: try rows.number(rows.count - 1, 0))
    }
}
