package import OpenSenseWebhooks
package import RelayCore

/// What a person does with a whole destination: gives up what waits for it.
extension StoreDesk {
    /// How many incidents one transaction of ``giveUp(destination:now:note:)`` locks.
    private static let incidentsAtOnce = 200
    /// For how long a relay is taken to have a destination after it was at work for it, in milliseconds: four
    /// of the longest pauses between two trials of one that fails.
    package static let servedMilliseconds = 120_000

    /// Makes dead letters of what waits for a destination, such as one that no configuration has any more.
    ///
    /// What a relay is at work on is left to it.
    ///
    /// - Parameter note: Who does so and why; it ends the reason that each has then.
    /// - Returns: How many they are.
    package func giveUp(
        destination: String, now: WallTime, note: String? = nil
    ) throws(StoreError) -> Int {
        let reason = "given up with its destination by a person" + (note.map { " (\($0))" } ?? "")
        var (count, last) = (0, Int.min)
        while true {
            let incidents = try database.rows(
                """
                SELECT DISTINCT incident FROM jobs WHERE destination = ?1 AND state IN ('pending', 'leased')
                    AND incident > ?2 ORDER BY incident LIMIT ?3
                """, [.text(destination), .integer(last), .integer(Self.incidentsAtOnce)]
            ).compactMap(\.first?.integer)
            guard let newest = incidents.last else { return count }
            count += try giveUp(destination, incidents, now: now, reason)
            last = newest
        }
    }

    private func giveUp(
        _ destination: String, _ incidents: [Int], now: WallTime, _ reason: String
    ) throws(StoreError) -> Int {
        try transaction { () throws(StoreError) in
            try database.lockJobs(ofIncidents: incidents)
            let time = try database.stored(now).unixMilliseconds
            var count = 0
            for incident in incidents {
                count += try database.rows(
                    """
                    UPDATE jobs SET state = 'dead', due_at = NULL, progress = NULL, reason = ?3
                    WHERE incident = ?4 AND destination = ?1
                        AND (state = 'pending' OR state = 'leased' AND due_at <= ?2) RETURNING 1
                    """, [.text(destination), .integer(time), .text(reason), .integer(incident)]
                ).count
            }
            return count
        }
    }

    /// Whether the store shows that a relay has a destination: it plans to try what waits there, or has sent
    /// something within ``servedMilliseconds``.
    ///
    /// A relay that has it not leaves everything that waits there overdue.
    package func isServed(_ destination: String, now: WallTime) throws(StoreError) -> Bool {
        let now = try database.stored(now)
        let planned = try number(
            """
            SELECT count(*) FROM jobs WHERE destination = ?1 AND due_at > ?2
                AND state IN ('pending', 'leased')
            """, [.text(destination), .integer(now.unixMilliseconds)])
        guard planned == 0 else { return true }
        let newest = try number(
            """
            SELECT max(moment) FROM (
                SELECT max(finished_at) AS moment FROM jobs WHERE destination = ?1 AND state = 'delivered'
                UNION ALL
                SELECT max(at) FROM attempts JOIN jobs ON jobs.id = attempts.job
                    WHERE destination = ?1 AND state IN ('pending', 'leased')) AS moments
            """, [.text(destination)])
        return newest.map { now.unixMilliseconds - $0 < Self.servedMilliseconds } ?? false
    }
}
