internal import AdapterKit
internal import RelayCore

extension StoreWriter {
    /// Every job that was on its way when the last relay stopped is due again.
    func releaseLeases(now: Int) throws(JournalError) {
        try connection.statement("UPDATE jobs SET due_at = ?1, state = 'pending' WHERE state = 'leased'")
            .run(now)
    }

    func lease(
        _ destination: String, limit: Int, now: Int, leaseUntil: Int
    ) throws(JournalError) -> Lease {
        var jobs: [LeasedJob] = []
        // 64 is JobNumber.perDeliveryMax.
        try connection.statement(
            """
            SELECT jobs.id, action, delivery_id, body, attempts, received_at, value
            FROM jobs JOIN deliveries ON deliveries.sequence = jobs.id / 64
                LEFT JOIN correlations ON correlations.incident = jobs.incident
                    AND correlations.destination = jobs.destination
            WHERE jobs.destination = ?1 AND due_at <= ?2 ORDER BY due_at LIMIT ?3
            """
        ).forEachRow(destination, now, limit) { (row) throws(JournalError) in
            guard let action = IncidentUpdate.Action(rawValue: row.text(1)) else {
                throw JournalError(.damaged, "Job \(row.integer(0)) has an action that nobody wrote.")
            }
            jobs.append(
                LeasedJob(
                    id: row.integer(0), destination: destination, action: action, deliveryID: row.text(2),
                    body: row.blob(3), attempts: row.integer(4), acceptedAt: row.integer(5),
                    correlation: row.optionalText(6)))
        }
        for job in jobs {
            try connection.statement("UPDATE jobs SET due_at = ?1, state = 'leased' WHERE id = ?2")
                .run(leaseUntil, job.id)
        }
        let next = try connection.statement(
            "SELECT due_at FROM jobs WHERE destination = ?1 AND due_at IS NOT NULL ORDER BY due_at LIMIT 1"
        ).firstRow(destination) { $0.integer(0) }
        return Lease(jobs: jobs, nextDueAt: next)
    }

    func finish(_ job: Int, _ outcome: JobOutcome, now: Int) throws(JournalError) {
        switch outcome {
        case .retry(let due, let reason):
            try connection.statement(
                """
                UPDATE jobs SET due_at = ?1, state = 'pending', attempts = attempts + 1, reason = ?2
                WHERE id = ?3
                """
            ).run(due, reason, job)
        case .dead(let reason):
            // It keeps its place at the head of its lane: what follows must not overtake it.
            try connection.statement(
                """
                UPDATE jobs SET due_at = NULL, state = 'dead', attempts = attempts + 1, reason = ?1 WHERE id = ?2
                """
            ).run(reason, job)
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

    private func keep(_ correlation: String, _ job: Int) throws(JournalError) {
        try connection.statement(
            """
            INSERT INTO correlations (incident, destination, value)
            SELECT incident, destination, ?1 FROM jobs WHERE id = ?2
            ON CONFLICT DO UPDATE SET value = excluded.value
            """
        ).run(correlation, job)
    }

    /// Makes the next job of a finished one's lane due.
    private func promote(after job: Int, now: Int) throws(JournalError) {
        try connection.statement(
            """
            UPDATE jobs SET due_at = ?1 WHERE due_at IS NULL AND state = 'pending' AND id = (
                SELECT next.id FROM jobs AS next JOIN jobs AS done
                    ON next.incident = done.incident AND next.destination = done.destination
                WHERE done.id = ?2 AND next.finished_at IS NULL ORDER BY next.id LIMIT 1)
            """
        ).run(now, job)
    }

    func probe(now: Int) throws(JournalError) {
        try connection.statement(
            "INSERT INTO probe (id, at) VALUES (1, ?1) ON CONFLICT DO UPDATE SET at = excluded.at"
        ).run(now)
    }

    func summary() throws(JournalError) -> StoreSummary {
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
