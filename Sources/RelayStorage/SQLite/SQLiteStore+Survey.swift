internal import OpenSenseWebhooks
internal import RelayCore
internal import SQLiteClient

extension SQLiteStore {
    /// What is left that this relay cannot do, and which incidents about the relay are open.
    func survey(_ places: [String: [String]], now: WallTime) throws(StoreError) -> StoreSurvey {
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
        var own: [String] = []
        try connection.statement(
            "SELECT key FROM incidents WHERE key >= 'relay/' AND key < 'relay0' AND is_open = 1 LIMIT 256"
        ).forEachRow { own.append($0.text(0)) }
        return StoreSurvey(unclaimed: unclaimed, ownIncidents: own)
    }
}
