internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// As ``SQLiteStore`` mends lanes that stand still.
extension PostgreSQLStore {
    /// Makes the first job of such lanes due, some lanes at each call: all of them in turn.
    ///
    /// What was found is looked at once more under the lock of its incident: another relay may be about to
    /// change the lane.
    ///
    /// - Returns: How many there were, by destination.
    func mend(now: WallTime) throws(StoreError) -> [String: Int] {
        let found = try query([
            PostgreSQLStatement(
                Self.heads,
                [
                    .integer(mendedThrough.incident), .text(mendedThrough.destination),
                    .integer(StoreLimits.lanesLookedAtMax),
                ])
        ])[0]
        var incidents: [Int] = []
        for row in 0..<found.count {
            let incident = try found.number(row, 0)
            mendedThrough = (incident, found.text(row, 1) ?? "")
            if try found.number(row, 2) == 1 { incidents.append(incident) }
        }
        if found.count < StoreLimits.lanesLookedAtMax { mendedThrough = (-1, "") }
        guard !incidents.isEmpty else { return [:] }
        let mended = try query([
            PostgreSQLStatement(
                "SELECT 1 FROM incidents WHERE id = ANY ($1) ORDER BY id FOR UPDATE", [.integers(incidents)]),
            PostgreSQLStatement(
                """
                UPDATE jobs SET due_at = $2 WHERE state = 'pending' AND due_at IS NULL AND finished_at IS NULL
                    AND incident = ANY ($1) AND id = (
                        SELECT first.id FROM jobs AS first WHERE first.incident = jobs.incident
                            AND first.destination = jobs.destination AND first.finished_at IS NULL
                            AND first.state <> 'dead' ORDER BY first.id LIMIT 1)
                RETURNING destination
                """, [.integers(incidents), .time(stored(now))]),
        ])[1]
        return (0..<mended.count).reduce(into: [:]) { $0[mended.text($1, 0) ?? "", default: 0] += 1 }
    }

    private static let heads: StaticString =
        """
        WITH RECURSIVE head(id, count) AS (
            SELECT (SELECT id FROM jobs WHERE finished_at IS NULL AND state <> 'dead'
                AND (incident, destination) > ($1, $2) ORDER BY incident, destination, id LIMIT 1), 1::bigint
            UNION ALL
            SELECT (SELECT next.id FROM jobs AS next WHERE next.finished_at IS NULL AND next.state <> 'dead'
                    AND (next.incident, next.destination) > (own.incident, own.destination)
                ORDER BY next.incident, next.destination, next.id LIMIT 1), count + 1
            FROM head JOIN jobs AS own ON own.id = head.id WHERE count < $3)
        SELECT incident, destination, (due_at IS NULL AND state = 'pending')::int::bigint
        FROM head JOIN jobs ON jobs.id = head.id
        """
}
