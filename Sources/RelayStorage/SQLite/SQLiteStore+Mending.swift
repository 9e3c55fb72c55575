internal import OpenSenseWebhooks
internal import RelayCore
internal import SQLiteClient

/// Lanes that stand still though nothing holds them.
///
/// Only the first job of a lane has a time at which it is due, and each change of a lane gives it one. A lane
/// whose first job waits without one is a fault, of this program or of a person's hand in the store, and
/// every later alarm of the sensor would wait behind it with no word in the log.
extension SQLiteStore {
    /// Makes the first job of such lanes due, some lanes at each call: all of them in turn.
    ///
    /// - Returns: How many there were, by destination.
    func mend(now: WallTime) throws(StoreError) -> [String: Int] {
        var heads: [(job: Int, destination: String, isStill: Bool)] = []
        try connection.statement(
            """
            WITH RECURSIVE head(id, count) AS (
                SELECT (SELECT id FROM jobs INDEXED BY jobs_lane WHERE finished_at IS NULL AND state <> 'dead'
                    AND (incident, destination) > (?1, ?2) ORDER BY incident, destination, id LIMIT 1), 1
                UNION ALL
                SELECT (SELECT next.id FROM jobs AS next INDEXED BY jobs_lane
                    WHERE next.finished_at IS NULL AND next.state <> 'dead'
                        AND (next.incident, next.destination) > (own.incident, own.destination)
                    ORDER BY next.incident, next.destination, next.id LIMIT 1), count + 1
                FROM head JOIN jobs AS own ON own.id = head.id WHERE count < ?3)
            SELECT jobs.id, incident, destination, due_at IS NULL AND state = 'pending'
            FROM head JOIN jobs ON jobs.id = head.id
            """
        ).forEachRow(mendedThrough.incident, mendedThrough.destination, StoreLimits.lanesLookedAtMax) { row in
            heads.append((row.integer(0), row.text(2), row.integer(3) == 1))
            mendedThrough = (row.integer(1), row.text(2))
        }
        if heads.count < StoreLimits.lanesLookedAtMax { mendedThrough = (-1, "") }
        var mended: [String: Int] = [:]
        for head in heads where head.isStill {
            if try makeHeadDue(head.job, now: now) { mended[head.destination, default: 0] += 1 }
        }
        return mended
    }
}
