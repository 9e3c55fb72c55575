internal import AdapterKit
internal import OpenSenseWebhooks
internal import RelayCore
internal import SQLiteClient

extension StoreWriter {
    /// Makes good what the last relay left: every job that was on its way is due again, no job is due later than
    /// any retry could be (the clock was set back since), and jobs for a destination that is gone are dead letters.
    ///
    /// - Returns: The destinations that are gone.
    func recover(destinations: Set<String>?, now: Int) throws(StoreError) -> [String] {
        try connection.statement("UPDATE jobs SET due_at = ?1, state = 'pending' WHERE state = 'leased'")
            .run(now)
        try connection.statement("UPDATE jobs SET due_at = ?1 WHERE due_at > ?2").run(
            now, now + Self.dueAheadMax)
        guard let destinations else { return [] }
        var gone: [String] = []
        try connection.statement("SELECT DISTINCT destination FROM jobs WHERE due_at IS NOT NULL")
            .forEachRow { (row) throws(StoreError) in
                if !destinations.contains(row.text(0)) { gone.append(row.text(0)) }
            }
        for name in gone {
            try connection.statement(
                """
                UPDATE jobs SET due_at = NULL, state = 'dead', reason = ?1
                WHERE destination = ?2 AND finished_at IS NULL
                """
            ).run("the configuration has no destination of this name any more", name)
        }
        return gone
    }

    /// The longest that a retry waits, in milliseconds, and some more.
    static let dueAheadMax = 2 * 3_600_000

    func lease(
        _ destination: String, limit: Int, now: Int, leaseUntil: Int
    ) throws(StoreError) -> Lease {
        var jobs: [LeasedJob] = []
        try connection.statement(
            """
            SELECT jobs.id, action, delivery_id, body, attempts, coalesce(first_tried_at, ?2), value,
                (SELECT key FROM incidents WHERE incidents.id = jobs.incident)
            FROM jobs JOIN deliveries ON deliveries.sequence = jobs.id / ?4
                LEFT JOIN correlations ON correlations.incident = jobs.incident
                    AND correlations.destination = jobs.destination
            WHERE jobs.destination = ?1 AND due_at <= ?2 ORDER BY due_at LIMIT ?3
            """
        ).forEachRow(destination, now, limit, JobNumber.perDeliveryMax) { (row) throws(StoreError) in
            guard let action = IncidentUpdate.Action(rawValue: row.text(1)) else {
                throw StoreError(.damaged, "Job \(row.integer(0)) has an action that nobody wrote.")
            }
            jobs.append(
                LeasedJob(
                    id: row.integer(0), destination: destination, action: action, incident: row.text(7),
                    deliveryID: row.text(2),
                    body: row.blob(3), attempts: row.integer(4), startedAt: row.integer(5),
                    correlation: row.optionalText(6)))
        }
        for job in jobs {
            try connection.statement(
                """
                UPDATE jobs SET due_at = ?1, state = 'leased', first_tried_at = coalesce(first_tried_at, ?2)
                WHERE id = ?3
                """
            ).run(leaseUntil, now, job.id)
        }
        let next = try connection.statement(
            "SELECT due_at FROM jobs WHERE destination = ?1 AND due_at IS NOT NULL ORDER BY due_at LIMIT 1"
        ).firstRow(destination) { $0.integer(0) }
        return Lease(jobs: jobs, nextDueAt: next)
    }

    func finish(_ job: Int, _ outcome: JobOutcome, now: Int) throws(StoreError) {
        switch outcome {
        case .retry(let due, let reason):
            try connection.statement(
                """
                UPDATE jobs SET due_at = ?1, state = 'pending', attempts = attempts + 1, reason = ?2
                WHERE id = ?3
                """
            ).run(due, reason, job)
        case .dead(let reason):
            try connection.statement(
                """
                UPDATE jobs SET due_at = NULL, state = 'dead', attempts = attempts + 1, reason = ?1 WHERE id = ?2
                """
            ).run(reason, job)
            // What follows goes on: an alarm must not be lost because the vendor refused the one before.
            try promote(after: job, now: now)
        case .delivered(let correlation):
            try connection.statement(
                """
                UPDATE jobs SET due_at = NULL, state = 'delivered', attempts = attempts + 1, reason = NULL,
                    finished_at = ?1 WHERE id = ?2
                """
            ).run(now, job)
            if let correlation { try keep(correlation, job) }
            try promote(after: job, now: now)
        }
    }

    private func keep(_ correlation: String, _ job: Int) throws(StoreError) {
        try connection.statement(
            """
            INSERT INTO correlations (incident, destination, value)
            SELECT incident, destination, ?1 FROM jobs WHERE id = ?2
            ON CONFLICT DO UPDATE SET value = excluded.value
            """
        ).run(correlation, job)
    }

    /// Makes the next job of a finished one's lane due.
    private func promote(after job: Int, now: Int) throws(StoreError) {
        try connection.statement(
            """
            UPDATE jobs SET due_at = ?1 WHERE due_at IS NULL AND state = 'pending' AND id = (
                SELECT next.id FROM jobs AS next JOIN jobs AS done
                    ON next.incident = done.incident AND next.destination = done.destination
                WHERE done.id = ?2 AND next.finished_at IS NULL AND next.state <> 'dead'
                ORDER BY next.id LIMIT 1)
            """
        ).run(now, job)
    }

    func probe(now: Int) throws(StoreError) {
        try connection.statement(
            "INSERT INTO probe (id, at) VALUES (1, ?1) ON CONFLICT DO UPDATE SET at = excluded.at"
        ).run(now)
    }

    func summary() throws(StoreError) -> StoreSummary {
        var summary = StoreSummary()
        summary.deliveries = try connection.number("SELECT count(*) FROM deliveries")
        summary.pendingJobs = try connection.number(
            "SELECT count(*) FROM jobs WHERE finished_at IS NULL AND state <> 'dead'")
        summary.deadJobs = try connection.number(
            "SELECT count(*) FROM jobs WHERE finished_at IS NULL AND state = 'dead'")
        summary.deliveredJobs = try connection.number(
            "SELECT count(*) FROM jobs WHERE finished_at IS NOT NULL")
        summary.quarantined = try connection.number("SELECT count(*) FROM quarantine")
        return summary
    }
}
