internal import OpenSenseWebhooks
internal import RelayCore
internal import SQLiteClient

extension SQLiteStore {
    /// What is left that this relay cannot do, which incidents about the relay are open, and what is known of
    /// the sources.
    func survey(_ request: SurveyRequest, now: WallTime) throws(StoreError) -> StoreSurvey {
        try remember(request, now: now)
        let count = try connection.number("SELECT count(*) FROM subjects")
        return StoreSurvey(
            unclaimed: try unclaimed(request.places, now: now), ownIncidents: try ownIncidents(),
            heardAgo: try heardAgo(now), subjects: count == request.subjectsKnown ? [] : try subjects(),
            subjectsCount: count)
    }

    private func remember(_ request: SurveyRequest, now: WallTime) throws(StoreError) {
        for (path, milliseconds) in request.heardAgo {
            try connection.statement(
                """
                INSERT INTO sources (path, heard_at) VALUES (?1, ?2) ON CONFLICT DO UPDATE
                    SET heard_at = excluded.heard_at WHERE excluded.heard_at > heard_at OR heard_at > ?3
                """
            ).run(path, now.adding(milliseconds: -milliseconds), now)
        }
        for subject in request.subjects {
            try connection.statement("INSERT OR IGNORE INTO subjects (source, name) VALUES (?1, ?2)")
                .run(subject.source, subject.name)
        }
    }

    private func heardAgo(_ now: WallTime) throws(StoreError) -> [String: Int] {
        var times: [String: Int] = [:]
        try connection.statement("SELECT path, heard_at FROM sources").forEachRow {
            times[$0.text(0)] = now.milliseconds(since: WallTime(unixMilliseconds: $0.integer(1)))
        }
        return times
    }

    private func subjects() throws(StoreError) -> [SourceSubject] {
        var subjects: [SourceSubject] = []
        try connection.statement("SELECT source, name FROM subjects ORDER BY source, name LIMIT ?1")
            .forEachRow(StoreSurvey.subjectsMax) {
                subjects.append(SourceSubject(source: $0.text(0), name: $0.text(1)))
            }
        return subjects
    }

    private func ownIncidents() throws(StoreError) -> [String] {
        var keys: [String] = []
        try connection.statement(
            "SELECT key FROM incidents WHERE key >= 'relay/' AND key < 'relay0' AND is_open = 1 LIMIT 256"
        ).forEachRow { keys.append($0.text(0)) }
        return keys
    }

    private func unclaimed(_ places: [String: [String]], now: WallTime) throws(StoreError) -> [String: Int] {
        var destinations: [String] = []
        // One look at the index for each destination, however much waits.
        try connection.statement(
            """
            WITH RECURSIVE due(name) AS (
                SELECT min(destination) FROM jobs WHERE due_at IS NOT NULL
                UNION ALL
                SELECT (SELECT min(destination) FROM jobs WHERE due_at IS NOT NULL AND destination > due.name)
                FROM due WHERE due.name IS NOT NULL)
            SELECT name FROM due WHERE name IS NOT NULL
            """
        ).forEachRow { destinations.append($0.text(0)) }
        var unclaimed: [String: Int] = [:]
        let late = now.adding(milliseconds: -StoreSurvey.unclaimedMilliseconds)
        for name in destinations {
            let count = try connection.statement(
                """
                SELECT count(*) FROM (SELECT 1 FROM jobs LEFT JOIN pins
                        ON pins.incident = jobs.incident AND pins.destination = jobs.destination
                    WHERE jobs.destination = ?1 AND state IN ('pending', 'leased') AND due_at < ?2
                        AND (?3 IS NULL OR action <> 'open' AND fingerprint IS NOT NULL
                            AND instr(?3, char(10) || fingerprint || char(10)) = 0) LIMIT 1000)
                """
            ).firstRow(
                name, late, places[name].map { "\n\($0.joined(separator: "\n"))\n" }
            ) { $0.integer(0) }
            if let count, count > 0 { unclaimed[name] = count }
        }
        return unclaimed
    }

    // MARK: One incident

    /// Whether an incident is open at a destination, or another one at the same place.
    func look(_ key: String, _ destination: String, _ state: String) throws(StoreError) -> IncidentSight {
        let kept = try connection.statement("SELECT 1 FROM correlations WHERE value = ?1 LIMIT 1")
            .firstRow(state) { _ in true }
        if kept != nil { return .open }
        let sight = try connection.statement(
            """
            SELECT is_open, destinations, count(jobs.id), count(jobs.id) FILTER (WHERE state = 'stuck')
            FROM incidents LEFT JOIN jobs INDEXED BY jobs_lane ON jobs.incident = incidents.id
                AND jobs.destination = ?2 AND finished_at IS NULL AND state <> 'dead'
            WHERE key = ?1 GROUP BY incidents.id
            """
        ).firstRow(key, destination) { row in
            let destinations = (row.optionalText(1) ?? "").split(separator: "\n")
            return IncidentSight(
                isPinned: row.integer(0) == 1 && destinations.contains { $0 == destination },
                waiting: row.integer(2), stuck: row.integer(3))
        }
        return sight ?? .closed
    }
}
