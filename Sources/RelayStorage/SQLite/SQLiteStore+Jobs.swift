internal import AdapterKit
package import OpenSenseWebhooks
package import RelayCore
internal import SQLiteClient

extension SQLiteStore {
    /// Restores the store after the last run: every leased job becomes due again, jobs whose due time no
    /// right clock can have set become due, and jobs for a removed destination become dead letters.
    ///
    /// - Returns: The destinations that are gone.
    package func recover(now: WallTime) throws(StoreError) -> [String] {
        // After a sync that failed, the log may hold what only the system's memory has. A relay that starts
        // anew would take it for committed, and a power cut would take it back with all that came after it.
        // Copied, and begun anew by a write, the log is whole.
        try beginLogAnew(now: now)
        try connection.statement("UPDATE jobs SET due_at = ?1, state = 'pending' WHERE state = 'leased'")
            .run(now)
        // The clock of the last run may have been ahead, or this one may be behind, and nothing in the store
        // says so for certain: an attempt too early costs less than an alarm that waits.
        try makeDue(at: now)
        guard let configured else { return [] }
        var gone: [String] = []
        try connection.statement("SELECT DISTINCT destination FROM jobs WHERE due_at IS NOT NULL")
            .forEachRow { (row) throws(StoreError) in
                if !configured.contains(row.text(0)) { gone.append(row.text(0)) }
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

    /// Copies the write-ahead log into the database and begins it anew.
    ///
    /// While a person reads it, that is left to the checkpointer.
    ///
    /// - Throws: ``StoreError`` when the disk fails: what is accepted on such a log could be lost with it.
    private func beginLogAnew(now: WallTime) throws(StoreError) {
        do throws(StoreError) {
            _ = try connection.checkpoint(truncating: true)
            try probe(now: now)
        } catch  where error.kind == .inputOutput {
            throw error
        } catch {
            return
        }
    }

    func lease(
        _ destination: String, limit: Int, now: WallTime, leaseMilliseconds: Int
    ) throws(StoreError) -> Lease {
        if clock.hasGoneBack(at: now) { try makeDue(at: now) }
        let running = try runningMilliseconds()
        let leaseUntil = now.adding(milliseconds: leaseMilliseconds)
        var jobs: [LeasedJob] = []
        try connection.statement(
            """
            SELECT jobs.id, action, delivery_id, body, attempts, CASE WHEN first_tried_at IS NULL THEN 0
                    ELSE max(0, ?5 - coalesce(first_tried_running, ?5)) END, value,
                (SELECT key FROM incidents WHERE incidents.id = jobs.incident), lease, received_at,
                deliveries.high, deliveries.low, progress
            FROM jobs JOIN deliveries ON deliveries.sequence = jobs.id / ?4
                LEFT JOIN correlations ON correlations.incident = jobs.incident
                    AND correlations.destination = jobs.destination
            WHERE jobs.destination = ?1 AND due_at <= ?2 ORDER BY due_at LIMIT ?3
            """
        ).forEachRow(
            destination, now, limit, JobNumber.perDeliveryMax, running
        ) { (row) throws(StoreError) in
            guard let action = IncidentUpdate.Action(rawValue: row.text(1)) else {
                throw StoreError(
                    .damaged, "Job \(row.integer(0)) has an action that this version does not know.")
            }
            jobs.append(
                LeasedJob(
                    id: row.integer(0), destination: destination, action: action, incident: row.text(7),
                    deliveryID: row.text(2), body: row.blob(3), attempts: row.integer(4),
                    triedMilliseconds: row.integer(5), progress: row.optionalText(12),
                    episodeState: row.optionalText(6),
                    begunAt: row.wallTime(9) ?? now,
                    nonce: LeasedJob.nonce(high: row.integer(10), low: row.integer(11), job: row.integer(0)),
                    lease: row.integer(8) + 1))
        }
        for job in jobs {
            try connection.statement(
                """
                UPDATE jobs SET due_at = ?1, state = 'leased', first_tried_at = coalesce(first_tried_at, ?2),
                    first_tried_running = ?4 - ?5, lease = lease + 1
                WHERE id = ?3
                """
            ).run(leaseUntil, now, job.id, running, job.triedMilliseconds)
        }
        let next =
            try connection.statement(
                "SELECT due_at FROM jobs WHERE destination = ?1 AND due_at IS NOT NULL ORDER BY due_at LIMIT 1"
            ).firstRow(destination) { $0.wallTime(0) } ?? nil
        return Lease(jobs: jobs, nextDueInMilliseconds: next.map { max($0.milliseconds(since: now), 0) })
    }

    /// Makes a lease hold for `leaseMilliseconds` from `now`, if it is still held.
    func renew(_ held: HeldJob, now: WallTime, leaseMilliseconds: Int) throws(StoreError) -> Bool {
        clock.note(now)
        try connection.statement(
            "UPDATE jobs SET due_at = ?1 WHERE id = ?2 AND lease = ?3 AND state = 'leased'"
        ).run(now.adding(milliseconds: leaseMilliseconds), held.job, held.lease)
        return connection.changes == 1
    }

    /// Keeps how far the adapter has come with a job, if its lease is still held.
    func advance(_ held: HeldJob, progress: String, now: WallTime) throws(StoreError) -> Bool {
        clock.note(now)
        try connection.statement(
            "UPDATE jobs SET progress = ?1 WHERE id = ?2 AND lease = ?3 AND state = 'leased'"
        ).run(progress, held.job, held.lease)
        return connection.changes == 1
    }

    /// Makes jobs due whose leases are still held; that they were leased counts as no attempt.
    func release(_ held: [HeldJob], due: WallTime, now: WallTime) throws(StoreError) {
        clock.note(now)
        for held in held {
            try connection.statement(
                """
                UPDATE jobs SET due_at = ?1, state = 'pending' WHERE id = ?2 AND lease = ?3 AND state = 'leased'
                """
            ).run(due, held.job, held.lease)
        }
    }

    func finish(_ report: JobReport, now: WallTime) throws(StoreError) -> FinishOutcome {
        clock.note(now)
        let state: JobState
        var (due, finished): (WallTime?, WallTime?) = (nil, nil)
        var reason: String?
        switch report.outcome {
        case .retry(let wait, let why): (state, due, reason) = (.pending, now.adding(milliseconds: wait), why)
        case .dead(let letter):
            let isPassed = try letter.holdsLane ? isNewerAlarmWaiting(behind: report.job) : true
            (state, reason) = (isPassed ? .dead : .stuck, letter.reason)
        case .delivered: (state, finished) = (.delivered, now)
        }
        // Progress is that of the present attempts alone.
        let ended = try connection.statement(
            """
            UPDATE jobs SET due_at = ?1, state = ?2, attempts = attempts + 1, reason = ?3, finished_at = ?4,
                progress = CASE ?2 WHEN 'pending' THEN progress END
            WHERE id = ?5 AND lease = ?6 AND state = 'leased' RETURNING incident, destination, action
            """
        ).firstRow(due, state.rawValue, reason, finished, report.job, report.lease) {
            (incident: $0.integer(0), destination: $0.text(1), action: $0.text(2))
        }
        guard let ended else { return .leaseLost }
        if let exchange = report.exchange { try saveAttempt(exchange, of: report.job, now: now) }
        if case .delivered(let episodeState) = report.outcome {
            try saveEpisodeState(
                episodeState, ended.incident, ended.destination,
                isOver: report.endsState)
        }
        if case .dead(let letter) = report.outcome, let failover = letter.failover {
            try failOver(report.job, to: failover, now: now)
        }
        if due == nil { try promote(after: report.job, now: now) }
        return .recorded
    }

    /// Whether a newer alarm of the same incident waits in the lane, which must not wait for a person.
    private func isNewerAlarmWaiting(behind job: Int) throws(StoreError) -> Bool {
        try connection.statement(
            """
            SELECT 1 FROM jobs AS next JOIN jobs AS done
                ON next.incident = done.incident AND next.destination = done.destination
            WHERE done.id = ?1 AND next.id > done.id AND next.action = 'open' AND next.finished_at IS NULL
                AND next.state <> 'dead' LIMIT 1
            """
        ).firstRow(job) { _ in true } != nil
    }

    /// Keeps an attempt behind the job's others, and forgets one of those between the first and the newest.
    private func saveAttempt(_ exchange: Exchange, of job: Int, now: WallTime) throws(StoreError) {
        try connection.statement(
            """
            INSERT INTO attempts (job, number, at, milliseconds, request, answer, answer_bytes)
            SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6 FROM attempts WHERE job = ?1
            """
        ).run(
            job, now, exchange.milliseconds, exchange.request, exchange.answer, exchange.answerBytes)
        try connection.statement(
            """
            DELETE FROM attempts WHERE job = ?1 AND number > 1 AND number <= (
                SELECT max(number) FROM attempts WHERE job = ?1) - ?2
            """
        ).run(job, StoreLimits.newestAttemptsMax)
    }

    /// Gives the update of a dead letter to another destination, which gets what follows of the alarm, too:
    /// what waits behind an open now, and what is accepted from now on.
    private func failOver(_ job: Int, to destination: String, now: WallTime) throws(StoreError) {
        var moved = [job]
        try connection.statement(
            """
            SELECT next.id FROM jobs AS next JOIN jobs AS done
                ON next.incident = done.incident AND next.destination = done.destination
            WHERE done.id = ?1 AND done.action = 'open' AND next.id > done.id AND next.finished_at IS NULL
                AND next.state <> 'dead' AND NOT EXISTS (
                    SELECT 1 FROM jobs AS newer WHERE newer.incident = done.incident
                        AND newer.destination = done.destination AND newer.finished_at IS NULL
                        AND newer.state <> 'dead' AND newer.action = 'open'
                        AND newer.id > done.id AND newer.id <= next.id)
            ORDER BY next.id
            """
        ).forEachRow(job) { moved.append($0.integer(0)) }
        for job in moved { try failOverOne(job, to: destination, now: now) }
    }

    private func failOverOne(_ job: Int, to destination: String, now: WallTime) throws(StoreError) {
        let found = try connection.statement(
            """
            SELECT incident, action, (SELECT max(id) + 1 FROM jobs AS all_jobs
                WHERE all_jobs.id BETWEEN jobs.id / ?2 * ?2 AND jobs.id / ?2 * ?2 + ?2 - 1)
            FROM jobs WHERE id = ?1 AND NOT EXISTS (
                SELECT 1 FROM jobs AS own WHERE own.incident = jobs.incident AND own.destination = ?3
                    AND own.id >= jobs.id / ?2 * ?2 AND (
                        own.action = 'open' AND own.id >= jobs.id / ?2 * ?2 + ?2
                        OR own.action = 'resolve' AND jobs.action = 'open' AND own.id >= jobs.id / ?2 * ?2 + ?2
                            AND (own.finished_at IS NOT NULL OR own.due_at IS NOT NULL)
                        OR own.id < jobs.id / ?2 * ?2 + ?2 AND (
                            own.action = jobs.action OR own.action = 'open' AND jobs.action = 'resolve')))
            """
        ).firstRow(job, JobNumber.perDeliveryMax, destination) {
            ($0.integer(0), $0.text(1), $0.integer(2))
        }
        // A destination that already has a job for the update, or was sent its end, must not reopen what it
        // has closed since, and one that has a newer alarm must not close that.
        guard let (incident, action, number) = found,
            JobNumber.all(of: job / JobNumber.perDeliveryMax).contains(number)
        else { return }
        let isWaiting = try isLaneBusy(incident, destination)
        try insert(
            job: number, incident: incident, destination: destination, action: action,
            due: isWaiting ? nil : now)
        try connection.statement(
            """
            UPDATE incidents SET destinations = destinations || char(10) || ?1
            WHERE id = ?2 AND is_open = 1
                AND instr(char(10) || destinations || char(10), char(10) || ?1 || char(10)) = 0
            """
        ).run(destination, incident)
    }

    /// Keeps what the adapter asked to keep for the incident, until its resolve is delivered.
    private func saveEpisodeState(
        _ state: String?, _ incident: Int, _ destination: String, isOver: Bool
    ) throws(StoreError) {
        if isOver {
            try connection.statement("DELETE FROM correlations WHERE incident = ?1 AND destination = ?2")
                .run(incident, destination)
        } else if let state {
            try connection.statement(
                """
                INSERT INTO correlations (incident, destination, value) VALUES (?1, ?2, ?3)
                ON CONFLICT DO UPDATE SET value = excluded.value
                """
            ).run(incident, destination, state)
        }
    }

    /// Makes the next job of a finished one's lane due.
    ///
    /// - Returns: Whether there was one.
    @discardableResult func promote(after job: Int, now: WallTime) throws(StoreError) -> Bool {
        try connection.statement(
            """
            UPDATE jobs SET due_at = ?1 WHERE due_at IS NULL AND state = 'pending' AND id = (
                SELECT next.id FROM jobs AS next JOIN jobs AS done
                    ON next.incident = done.incident AND next.destination = done.destination
                WHERE done.id = ?2 AND next.finished_at IS NULL AND next.state <> 'dead'
                ORDER BY next.id LIMIT 1)
            """
        ).run(now, job)
        return connection.changes > 0
    }

    func probe(now: WallTime) throws(StoreError) {
        try connection.statement(
            "INSERT INTO probe (id, at) VALUES (1, ?1) ON CONFLICT DO UPDATE SET at = excluded.at"
        ).run(now)
    }

    package func summary() throws(StoreError) -> StoreSummary {
        StoreSummary(
            deliveries: try connection.number("SELECT count(*) FROM deliveries"),
            pendingJobs: try connection.number(
                "SELECT count(*) FROM jobs WHERE finished_at IS NULL AND state NOT IN ('dead', 'stuck')"),
            deadJobs: try connection.number("SELECT count(*) FROM jobs WHERE state IN ('dead', 'stuck')"),
            deliveredJobs: try connection.number(
                "SELECT count(*) FROM jobs WHERE finished_at IS NOT NULL"),
            quarantined: try connection.number("SELECT count(*) FROM quarantine"))
    }
}
