internal import OpenSenseWebhooks
internal import RelayCore
internal import SQLiteClient

/// What is forgotten of incidents that are over: their timelines first, and the rows with the last delivery
/// or job that names them.
extension SQLiteStore {
    private struct ClosedIncident {
        let id: Int
        let facts: String?
        /// Whether its timeline says nothing any more.
        let isEmpty: Bool
        let hasJobs: Bool
        let hasWork: Bool
    }

    /// Forgets some of the timelines that are old, and some of the incidents that nothing names any more.
    ///
    /// - Parameters:
    ///   - sequence: The first delivery that is not old yet.
    ///   - running: For how long relays have run.
    /// - Returns: How many incidents were forgotten, or more than 0 where timelines are left to forget.
    func forgetIncidents(
        _ retention: Retention, keptFrom sequence: Int, now: WallTime, _ running: Int
    ) throws(StoreError) -> Int {
        guard let old = try timeOld(for: retention.timelineSeconds * 1_000, now: now, running: running) else {
            return 0
        }
        let timelines = try forgetTimelines(before: old)
        guard let history = try timeOld(for: retention.historyMilliseconds, now: now, running: running) else {
            return timelines
        }
        let firstKept =
            try connection.statement(
                "SELECT received_at FROM deliveries WHERE sequence >= ?1 ORDER BY sequence LIMIT 1"
            ).firstRow(sequence) { $0.wallTime(0) } ?? nil
        return try timelines + forgetIncidents(before: min(old, history, firstKept ?? history))
    }

    /// Empties timelines: their incidents have to be known as long as deliveries name them.
    ///
    /// An incident for which work waits is passed over; it goes with that work.
    private func forgetTimelines(before time: WallTime) throws(StoreError) -> Int {
        let found = try closedIncidents(before: time, after: &pruneCursors.timelines)
        for incident in found where !incident.hasWork {
            try connection.statement("DELETE FROM pins WHERE incident = ?1").run(incident.id)
            try connection.statement("DELETE FROM correlations WHERE incident = ?1").run(incident.id)
            guard !incident.isEmpty else { continue }
            try connection.statement(
                """
                UPDATE incidents SET opened_at = NULL, event_id = NULL, destinations = NULL, newest_clear = NULL,
                    cleared_opening = NULL, early_opened_at = NULL, early_reference = NULL, facts = ?2 WHERE id = ?1
                """
            ).run(
                incident.id,
                TimelineFacts.text(
                    IncidentTimeline(), mentionedAt: TimelineFacts.mentionedAt(incident.facts)))
        }
        return found.count == StoreLimits.prunedAtOnceMax ? found.count : 0
    }

    /// Deletes incidents that neither a job nor a delivery names.
    ///
    /// A delivery is no younger than the incident's last change or mention, so that no index of deliveries by
    /// incident, which each alarm would have to pay for, is needed. The newest incident stays, so that its id
    /// is never given twice.
    private func forgetIncidents(before time: WallTime) throws(StoreError) -> Int {
        let found = try closedIncidents(before: time, after: &pruneCursors.incidents)
        if found.count < StoreLimits.prunedAtOnceMax { pruneCursors.incidents = PruneCursors.Place() }
        let newest = try connection.number("SELECT max(id) FROM incidents")
        var forgotten = 0
        for incident in found where !incident.hasJobs && incident.id != newest {
            if let mentioned = TimelineFacts.mentionedAt(incident.facts), mentioned >= time { continue }
            try connection.statement("DELETE FROM incidents WHERE id = ?1").run(incident.id)
            try connection.statement("DELETE FROM correlations WHERE incident = ?1").run(incident.id)
            forgotten += 1
        }
        return forgotten
    }

    /// The next closed incidents in the order of their last changes.
    private func closedIncidents(
        before time: WallTime, after place: inout PruneCursors.Place
    ) throws(StoreError) -> [ClosedIncident] {
        var found: [ClosedIncident] = []
        var next = place
        try connection.statement(
            """
            SELECT id, changed_at, facts,
                coalesce(newest_clear, cleared_opening, early_reference, opened_at, event_id) IS NULL,
                EXISTS (SELECT 1 FROM jobs INDEXED BY jobs_incident WHERE incident = incidents.id),
                EXISTS (SELECT 1 FROM jobs INDEXED BY jobs_incident
                    WHERE incident = incidents.id AND finished_at IS NULL)
            FROM incidents INDEXED BY incidents_changed
            WHERE is_open = 0 AND changed_at < ?1 AND (changed_at, id) > (?2, ?3)
            ORDER BY changed_at, id LIMIT ?4
            """
        ).forEachRow(time, next.changedAt, next.incident, StoreLimits.prunedAtOnceMax) { row in
            let facts = row.optionalText(2)
            let mentioned = TimelineFacts.mentionedAt(facts)
            found.append(
                ClosedIncident(
                    id: row.integer(0), facts: facts,
                    isEmpty: row.integer(3) == 1
                        && facts == TimelineFacts.text(IncidentTimeline(), mentionedAt: mentioned),
                    hasJobs: row.integer(4) == 1, hasWork: row.integer(5) == 1))
            next = PruneCursors.Place(
                changedAt: WallTime(unixMilliseconds: row.integer(1)), incident: row.integer(0))
        }
        place = next
        return found
    }
}
