internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// As ``SQLiteStore`` looks; what another relay can do is taken by it long before it counts here.
extension PostgreSQLStore {
    /// What is left that this relay cannot do, and which incidents about the relay are open.
    func survey(_ places: [String: [String]], now: WallTime) throws(StoreError) -> StoreSurvey {
        let late = stored(now).adding(milliseconds: -StoreSurvey.unclaimedMilliseconds)
        let known = places.sorted { $0.key < $1.key }.flatMap { name, fingerprints in
            fingerprints.map { (name: name, fingerprint: $0) }
        }
        let rows = try query([
            PostgreSQLStatement(
                Self.unclaimed,
                [.time(late), .texts(known.map(\.name)), .texts(known.map(\.fingerprint))]),
            // In the order of bytes: the database's own may sort a key of the relay's anywhere.
            PostgreSQLStatement(
                "SELECT key FROM incidents WHERE key LIKE 'relay/%' AND is_open = 1 LIMIT 256"),
        ])
        var unclaimed: [String: Int] = [:]
        for row in 0..<rows[0].count {
            if let name = rows[0].text(row, 0) { unclaimed[name] = try rows[0].number(row, 1) }
        }
        return StoreSurvey(
            unclaimed: unclaimed,
            ownIncidents: (0..<rows[1].count).compactMap { rows[1].text($0, 0) })
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
}
