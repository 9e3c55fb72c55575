internal import AdapterKit
internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// The statements for what changes beside deliveries, incidents and the states of jobs.
extension PostgreSQLChanges {
    func mentionStatement() -> PostgreSQLStatement {
        let rows = mentions.values.sorted { $0.incident.key < $1.incident.key }
        return PostgreSQLStatement(
            """
            UPDATE incidents SET facts = new.facts FROM unnest($1::bigint[], $2::text[]) AS new (id, facts)
            WHERE incidents.id = new.id
            """,
            [
                .integers(rows.map(\.incident.id)),
                .texts(rows.map { TimelineFacts.text($0.incident.timeline, mentionedAt: $0.at) }),
            ])
    }

    func pinStatements() -> [PostgreSQLStatement] {
        let kept = pins.compactMap { lane, place in place.map { (lane: lane, place: $0) } }
        let over = pins.filter { $0.value == nil }.map(\.key)
        var statements: [PostgreSQLStatement] = []
        if !kept.isEmpty {
            statements.append(
                PostgreSQLStatement(
                    """
                    INSERT INTO pins (incident, destination, fingerprint)
                    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])
                    ON CONFLICT (incident, destination) DO UPDATE SET fingerprint = excluded.fingerprint
                    WHERE pins.fingerprint <> excluded.fingerprint
                    """,
                    [
                        .integers(kept.map(\.lane.incident)), .texts(kept.map(\.lane.destination)),
                        .texts(kept.map(\.place)),
                    ]))
        }
        if !over.isEmpty {
            statements.append(
                PostgreSQLStatement(
                    """
                    DELETE FROM pins USING unnest($1::bigint[], $2::text[]) AS over (incident, destination)
                    WHERE pins.incident = over.incident AND pins.destination = over.destination
                    """, [.integers(over.map(\.incident)), .texts(over.map(\.destination))]))
        }
        return statements
    }

    func attemptStatements() -> [PostgreSQLStatement] {
        let rows = attempts.sorted { $0.key < $1.key }
        let exchanges = rows.map(\.value.exchange)
        let jobs = PostgreSQLValue.integers(rows.map(\.key))
        return [
            PostgreSQLStatement(
                """
                INSERT INTO attempts (job, number, at, milliseconds, request, answer, answer_bytes)
                SELECT job, coalesce((SELECT max(number) FROM attempts WHERE attempts.job = new.job), 0) + 1,
                    at, milliseconds, request, answer, answer_bytes
                FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[]) AS new
                    (job, at, milliseconds, request, answer, answer_bytes)
                """,
                [
                    jobs, .times(rows.map(\.value.at)), .integers(exchanges.map(\.milliseconds)),
                    .texts(exchanges.map(\.request)), .texts(exchanges.map(\.answer)),
                    .integers(exchanges.map(\.answerBytes)),
                ]),
            PostgreSQLStatement(
                """
                DELETE FROM attempts WHERE job = ANY ($1::bigint[]) AND number > 1 AND number <= (
                    SELECT max(number) FROM attempts AS own WHERE own.job = attempts.job) - $2
                """, [jobs, .integer(StoreLimits.newestAttemptsMax)]),
        ]
    }

    func episodeStatements() -> [PostgreSQLStatement] {
        let kept = episodeStates.compactMap { lane, state in state.map { (lane: lane, state: $0) } }
        let over = episodeStates.filter { $0.value == nil }.map(\.key)
        var statements: [PostgreSQLStatement] = []
        if !kept.isEmpty {
            statements.append(
                PostgreSQLStatement(
                    """
                    INSERT INTO correlations (incident, destination, value)
                    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])
                    ON CONFLICT (incident, destination) DO UPDATE SET value = excluded.value
                    """,
                    [
                        .integers(kept.map(\.lane.incident)), .texts(kept.map(\.lane.destination)),
                        .texts(kept.map(\.state)),
                    ]))
        }
        if !over.isEmpty {
            statements.append(
                PostgreSQLStatement(
                    """
                    DELETE FROM correlations USING unnest($1::bigint[], $2::text[]) AS over (incident, destination)
                    WHERE correlations.incident = over.incident AND correlations.destination = over.destination
                    """, [.integers(over.map(\.incident)), .texts(over.map(\.destination))]))
        }
        return statements
    }

    /// What changes for jobs that wait.
    func laneStatements() -> [PostgreSQLStatement] {
        var statements: [PostgreSQLStatement] = []
        if !urgencies.isEmpty {
            statements.append(
                PostgreSQLStatement(
                    """
                    UPDATE jobs SET urgency = new.urgency FROM unnest($1::bigint[], $2::bigint[]) AS new (id, urgency)
                    WHERE jobs.id = new.id
                    """, [.integers(urgencies.map(\.key)), .integers(urgencies.map(\.value.rawValue))]))
        }
        if !hastened.isEmpty {
            statements.append(
                PostgreSQLStatement(
                    """
                    UPDATE jobs SET due_at = least(jobs.due_at, new.due_at)
                    FROM unnest($1::bigint[], $2::bigint[]) AS new (id, due_at)
                    WHERE jobs.id = new.id AND state = 'pending' AND jobs.due_at IS NOT NULL
                    """, [.integers(hastened.map(\.key)), .times(hastened.map(\.value))]))
        }
        return statements
    }

    /// Jobs that end without being sent; after those of the batch were added.
    func leftOutStatement() -> PostgreSQLStatement {
        PostgreSQLStatement(
            """
            UPDATE jobs SET state = new.state, due_at = NULL, finished_at = new.at, progress = NULL
            FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS new (id, state, at) WHERE jobs.id = new.id
            """,
            [
                .integers(leftOut.map(\.job)), .texts(leftOut.map(\.state.rawValue)),
                .times(leftOut.map(\.at)),
            ])
    }
}
