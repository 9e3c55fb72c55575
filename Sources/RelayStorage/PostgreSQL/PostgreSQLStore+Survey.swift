internal import AdapterKit
internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// As ``SQLiteStore`` looks; what another relay can do is taken by it long before it counts here.
extension PostgreSQLStore {
    /// What is left that this relay cannot do, which incidents about the relay are open, and what is known of
    /// the sources.
    func survey(_ request: SurveyRequest, now: WallTime) throws(StoreError) -> StoreSurvey {
        let now = stored(now)
        let late = now.adding(milliseconds: -StoreSurvey.unclaimedMilliseconds)
        let known = request.places.sorted { $0.key < $1.key }.flatMap { name, fingerprints in
            fingerprints.map { (name: name, fingerprint: $0) }
        }
        let rows = try query(
            remembering(request, now: now) + [
                PostgreSQLStatement(
                    Self.unclaimed,
                    [.time(late), .texts(known.map(\.name)), .texts(known.map(\.fingerprint))]),
                // In the words of the index `incidents_own`: the database may sort such keys anywhere.
                PostgreSQLStatement(
                    "SELECT key FROM incidents WHERE key LIKE 'relay/%' AND is_open = 1 LIMIT 256"),
                PostgreSQLStatement("SELECT path, $1::bigint - heard_at FROM sources", [.time(now)]),
                PostgreSQLStatement("SELECT count(*) FROM subjects"),
                PostgreSQLStatement(
                    """
                    SELECT source, name FROM subjects WHERE (SELECT count(*) FROM subjects) <> $1
                        ORDER BY source COLLATE "C", name COLLATE "C" LIMIT $2
                    """, [.integer(request.subjectsKnown), .integer(StoreSurvey.subjectsMax)]),
            ])
        let found = Array(rows.suffix(5))
        return StoreSurvey(
            unclaimed: try Self.numbers(found[0]),
            ownIncidents: (0..<found[1].count).compactMap { found[1].text($0, 0) },
            heardAgo: try Self.numbers(found[2]), subjects: Self.subjects(found[4]),
            subjectsCount: try found[3].number(0, 0))
    }

    private static func subjects(_ rows: PostgreSQLRows) -> [SourceSubject] {
        (0..<rows.count).compactMap { row in
            guard let source = rows.text(row, 0), let name = rows.text(row, 1) else { return nil }
            return SourceSubject(source: source, name: name)
        }
    }

    /// In one order, as several relays do the same at once.
    private func remembering(_ request: SurveyRequest, now: WallTime) -> [PostgreSQLStatement] {
        var statements: [PostgreSQLStatement] = []
        if !request.heardAgo.isEmpty {
            let heard = request.heardAgo.sorted { $0.key < $1.key }
            statements.append(
                PostgreSQLStatement(
                    """
                    INSERT INTO sources (path, heard_at) SELECT * FROM unnest($1::text[], $2::bigint[])
                        ON CONFLICT (path) DO UPDATE SET heard_at = excluded.heard_at
                        WHERE excluded.heard_at > sources.heard_at OR sources.heard_at > $3
                    """,
                    [
                        .texts(heard.map(\.key)),
                        .integers(heard.map { now.adding(milliseconds: -$0.value).unixMilliseconds }),
                        .time(now),
                    ]))
        }
        if !request.subjects.isEmpty {
            let subjects = request.subjects.sorted()
            statements.append(
                PostgreSQLStatement(
                    """
                    INSERT INTO subjects (source, name) SELECT * FROM unnest($1::text[], $2::text[])
                        ON CONFLICT DO NOTHING
                    """,
                    [.texts(subjects.map(\.source)), .texts(subjects.map(\.name))]))
        }
        return statements
    }

    /// Rows of a name and a number.
    private static func numbers(_ rows: PostgreSQLRows) throws(StoreError) -> [String: Int] {
        var numbers: [String: Int] = [:]
        for row in 0..<rows.count {
            if let name = rows.text(row, 0) { numbers[name] = try rows.number(row, 1) }
        }
        return numbers
    }

    private static let unclaimed: StaticString =
        """
        WITH RECURSIVE due(name) AS (
            (SELECT destination FROM jobs WHERE due_at IS NOT NULL ORDER BY destination LIMIT 1)
            UNION ALL
            SELECT (SELECT destination FROM jobs WHERE due_at IS NOT NULL AND destination > due.name
                ORDER BY destination LIMIT 1)
            FROM due WHERE due.name IS NOT NULL)
        SELECT name, waiting.count FROM due CROSS JOIN LATERAL (
            SELECT count(*) FROM (SELECT 1 FROM jobs LEFT JOIN pins
                    ON pins.incident = jobs.incident AND pins.destination = jobs.destination
                WHERE jobs.destination = due.name AND state IN ('pending', 'leased') AND due_at < $1
                    AND (due.name <> ALL ($2::text[]) OR action <> 'open' AND fingerprint IS NOT NULL
                        AND NOT EXISTS (SELECT 1 FROM unnest($2::text[], $3::text[]) AS known (name, fingerprint)
                            WHERE known.name = due.name AND known.fingerprint = pins.fingerprint))
                LIMIT 1000) AS one) AS waiting (count)
        WHERE name IS NOT NULL AND waiting.count > 0
        """

    // MARK: One incident

    /// Whether an incident is open at a destination, or another one at the same place.
    func look(_ key: String, _ destination: String, _ state: String) throws(StoreError) -> IncidentSight {
        let found = try query([
            PostgreSQLStatement("SELECT 1 FROM correlations WHERE value = $1 LIMIT 1", [.text(state)]),
            PostgreSQLStatement(
                """
                SELECT is_open, destinations, waiting.count, waiting.stuck
                FROM incidents CROSS JOIN LATERAL (
                    SELECT count(*), count(*) FILTER (WHERE state = 'stuck') AS stuck FROM jobs
                    WHERE incident = incidents.id AND destination = $2 AND finished_at IS NULL
                        AND state <> 'dead') AS waiting
                WHERE key = $1
                """, [.text(IncidentKey.stored(key)), .text(destination)]),
        ])
        if found[0].count > 0 { return .open }
        let rows = found[1]
        guard rows.count > 0 else { return .closed }
        let destinations = (rows.text(0, 1) ?? "").split(separator: "\n")
        return IncidentSight(
            isPinned: try rows.number(0, 0) == 1 && destinations.contains { $0 == destination },
            waiting: try rows.number(0, 2), stuck: try rows.number(0, 3))
    }
}
