internal import AdapterKit
package import OpenSenseWebhooks
package import RelayCore
internal import SQLiteClient

extension SQLiteStore {
    /// Restores the store after the last run: every leased job becomes due again, and so do jobs whose due
    /// time no right clock can have set.
    ///
    /// - Returns: The destinations of waiting work that the configuration does not have; it waits for a relay
    ///   that has them.
    package func recover(now: WallTime) throws(StoreError) -> [String] {
        // After a sync that failed, the log may hold what only the system's memory has. A relay that starts
        // anew would take it for committed, and a power cut would take it back with all that came after it.
        // Copied, and begun anew by a write, the log is whole.
        try beginLogAnew(now: now)
        // What was on its way may have arrived.
        try connection.statement(
            "UPDATE jobs SET due_at = ?1, state = 'pending', arrived = 1 WHERE state = 'leased'"
        ).run(now)
        // The clock of the last run may have been ahead, or this one may be behind, and nothing in the store
        // says so for certain: an attempt too early costs less than an alarm that waits.
        try makeDue(at: now)
        guard let configured else { return [] }
        var gone: [String] = []
        try connection.statement("SELECT DISTINCT destination FROM jobs WHERE due_at IS NOT NULL")
            .forEachRow { (row) throws(StoreError) in
                if !configured.contains(row.text(0)) { gone.append(row.text(0)) }
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

    // MARK: Leasing

    func lease(_ request: LeaseRequest) throws(StoreError) -> Lease {
        let now = request.now
        if clock.hasGoneBack(at: now) { try makeDue(at: now) }
        var jobs: [LeasedJob] = []
        var classes = try dueClasses(request.destination)
        if try passUnclaimed(request, classes) { classes = try dueClasses(request.destination) }
        let due = classes.filter { $0.due <= now }
        let fresh = due.map(\.urgency).first(where: \.isOfFreshOpen)
        let running = due.isEmpty ? 0 : try runningMilliseconds()
        switch request.pick {
        case .urgent:
            if due.contains(where: { $0.urgency == .follow }) {
                let first = min(request.limits.followsFirst, request.limits.total)
                jobs += try take(first, of: .follow, request, running)
            }
            for (urgency, _) in due {
                let limit = request.limits.limit(for: urgency) - jobs.count
                jobs += try take(limit, of: urgency, request, running)
            }
        case .freshOpen: if let fresh { jobs = try take(1, of: fresh, request, running) }
        case .trial:
            if let fresh { jobs = try take(1, of: fresh, request, running) }
            for longest in due.sorted(by: { $0.due < $1.due }) where jobs.isEmpty {
                jobs = try take(1, of: longest.urgency, request, running)
            }
        }
        let next = (jobs.isEmpty ? classes : try dueClasses(request.destination)).map(\.due).min()
        return Lease(jobs: jobs, nextDueInMilliseconds: next.map { max($0.milliseconds(since: now), 0) })
    }

    /// Leaves out what this relay cannot do and no other one has done for a minute, where an open waits
    /// behind it: the credentials that opened the alarm before may be gone for good.
    ///
    /// - Returns: Whether there was any.
    private func passUnclaimed(
        _ request: LeaseRequest, _ classes: [(urgency: Urgency, due: WallTime)]
    ) throws(StoreError) -> Bool {
        let late = request.now.adding(milliseconds: -LanePatience.openMilliseconds)
        var left: [Int] = []
        // Only the longest due of each urgency: what is done is due later, so these gather in front.
        for urgency in classes.filter({ $0.urgency.isOfOpen && $0.due <= late }).map(\.urgency) {
            try connection.statement(
                """
                SELECT job.id FROM (
                    SELECT id, incident, destination, action, state FROM jobs WHERE destination = ?1
                        AND urgency = ?2 AND due_at <= ?3 ORDER BY due_at LIMIT ?5) AS job
                JOIN pins ON pins.incident = job.incident AND pins.destination = job.destination
                WHERE state = 'pending' AND action <> 'open'
                    AND instr(?4, char(10) || fingerprint || char(10)) = 0
                """
            ).forEachRow(
                request.destination, urgency.rawValue, late, request.fingerprintLines,
                StoreLimits.unclaimedAtOnceMax
            ) { left.append($0.integer(0)) }
        }
        for job in left {
            try finish(job, as: .passed, now: request.now)
            try promote(after: job, now: request.now)
        }
        return !left.isEmpty
    }

    /// The urgencies of what is due or will be, and when the first of each is; the most urgent first.
    ///
    /// One look at the index for each, however much waits.
    private func dueClasses(_ destination: String) throws(StoreError) -> [(urgency: Urgency, due: WallTime)] {
        var classes: [(Urgency, WallTime)] = []
        try connection.statement(
            """
            WITH RECURSIVE class(urgency) AS (
                SELECT min(urgency) FROM jobs WHERE destination = ?1 AND due_at IS NOT NULL
                UNION ALL
                SELECT (SELECT min(jobs.urgency) FROM jobs WHERE destination = ?1 AND due_at IS NOT NULL
                    AND jobs.urgency > class.urgency)
                FROM class WHERE class.urgency IS NOT NULL)
            SELECT urgency, (SELECT min(due_at) FROM jobs WHERE destination = ?1
                AND jobs.urgency = class.urgency AND due_at IS NOT NULL)
            FROM class WHERE urgency IS NOT NULL
            """
        ).forEachRow(destination) { row in
            if let due = row.wallTime(1) { classes.append((Urgency(rawValue: row.integer(0)), due)) }
        }
        return classes
    }

    /// Leases up to `limit` jobs of one urgency.
    ///
    /// - Parameter running: For how long relays have run, in milliseconds.
    private func take(
        _ limit: Int, of urgency: Urgency, _ request: LeaseRequest, _ running: Int
    ) throws(StoreError) -> [LeasedJob] {
        guard limit > 0 else { return [] }
        var jobs: [LeasedJob] = []
        try connection.statement(
            """
            SELECT jobs.id, action, delivery_id, body, attempts, CASE WHEN first_tried_at IS NULL THEN 0
                    ELSE max(0, ?5 - coalesce(first_tried_running, ?5)) END, value,
                (SELECT key FROM incidents WHERE incidents.id = jobs.incident), lease, received_at,
                deliveries.high, deliveries.low, progress, fingerprint,
                CASE state WHEN 'leased' THEN 1 ELSE arrived END, note, jobs.incident
            FROM jobs JOIN deliveries ON deliveries.sequence = jobs.id / ?4
                LEFT JOIN correlations ON correlations.incident = jobs.incident
                    AND correlations.destination = jobs.destination
                LEFT JOIN pins ON pins.incident = jobs.incident AND pins.destination = jobs.destination
            WHERE jobs.destination = ?1 AND urgency = ?6 AND due_at <= ?2
                AND (action = 'open' OR fingerprint IS NULL OR instr(?7, char(10) || fingerprint || char(10)) > 0)
            ORDER BY due_at LIMIT ?3
            """
        ).forEachRow(
            request.destination, request.now, limit, JobNumber.perDeliveryMax, running, urgency.rawValue,
            request.fingerprintLines
        ) { (row) throws(StoreError) in
            guard let action = IncidentUpdate.Action(rawValue: row.text(1)) else {
                throw StoreError(
                    .damaged, "Job \(row.integer(0)) has an action that this version does not know.")
            }
            var job = LeasedJob(
                id: row.integer(0), destination: request.destination, action: action, incident: row.text(7),
                deliveryID: row.text(2), body: row.blob(3), attempts: row.integer(4),
                triedMilliseconds: row.integer(5), progress: row.optionalText(12),
                episodeState: row.optionalText(6), begunAt: row.wallTime(9) ?? request.now,
                nonce: LeasedJob.nonce(high: row.integer(10), low: row.integer(11), job: row.integer(0)),
                lease: row.integer(8) + 1)
            (job.urgency, job.note) = (urgency, row.optionalText(15))
            job.fingerprint = request.place(
                of: action, pinned: row.optionalText(13), mayHaveArrived: row.integer(14) == 1)
            jobs.append(job)
        }
        for job in jobs { try hold(job, until: request.leaseEnd, running, request.now) }
        return jobs
    }

    private func hold(
        _ job: LeasedJob, until end: WallTime, _ running: Int, _ now: WallTime
    ) throws(StoreError) {
        try connection.statement(
            """
            UPDATE jobs SET due_at = ?1, state = 'leased', first_tried_at = coalesce(first_tried_at, ?2),
                arrived = CASE state WHEN 'leased' THEN 1 ELSE arrived END,
                first_tried_running = ?4 - ?5, lease = lease + 1
            WHERE id = ?3
            """
        ).run(end, now, job.id, running, job.triedMilliseconds)
        guard job.action == .open, let fingerprint = job.fingerprint else { return }
        try connection.statement(
            """
            INSERT INTO pins (incident, destination, fingerprint)
            SELECT incident, destination, ?2 FROM jobs WHERE id = ?1
            ON CONFLICT DO UPDATE SET fingerprint = excluded.fingerprint WHERE fingerprint <> excluded.fingerprint
            """
        ).run(job.id, fingerprint)
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

    // MARK: Finishing

    func finish(_ report: JobReport, now: WallTime) throws(StoreError) -> FinishOutcome {
        clock.note(now)
        guard let job = try heldJob(report) else { return try isDead(report) ? .recorded : .leaseLost }
        let (state, wait, reason) = report.ending(
            attempts: job.attempts + 1, try waiting(behind: report, job, now: now))
        let due = wait.map { now.adding(milliseconds: $0) }
        let isFinished = ![.pending, .dead, .stuck].contains(state)
        // Progress is that of the present attempts alone.
        try connection.statement(
            """
            UPDATE jobs SET due_at = ?1, state = ?2, attempts = attempts + 1, reason = ?3, finished_at = ?4,
                progress = CASE ?2 WHEN 'pending' THEN progress END, arrived = max(arrived, ?6),
                urgency = CASE WHEN ?2 = 'pending' AND urgency < ?7 THEN urgency | 1 ELSE urgency END
            WHERE id = ?5
            """
        ).run(
            due, state.rawValue, reason, isFinished ? now : nil, report.job, report.mayHaveArrived ? 1 : 0,
            Urgency.follow.rawValue)
        if let exchange = report.exchange { try saveAttempt(exchange, of: report.job, now: now) }
        if LanePatience.pagesAgain(after: report, state, attempts: job.attempts + 1) {
            try pageAgain(after: report.job, job)
        }
        switch report.outcome {
        case .delivered(let episodeState, _):
            try saveEpisodeState(episodeState, job.incident, job.destination, isOver: report.endsState)
            if report.action == .resolve { try forgetPin(job.incident, job.destination) }
            if let origin = job.origin, report.action == .open { try takeOver(origin, now: now) }
        case .dead, .retry:
            if let failover = report.outcome.failover { try failOver(report.job, to: failover, now: now) }
        }
        if state == .pending { try takeOverIfDelivered(report.job, now: now) }
        if due == nil { try promote(after: report.job, now: now) }
        return state == .passed ? .passed : .recorded
    }

    /// A job whose lease is held.
    struct HeldRow {
        let incident: Int, destination: String, attempts: Int, origin: Int?
    }

    private func heldJob(_ report: JobReport) throws(StoreError) -> HeldRow? {
        try connection.statement(
            """
            SELECT incident, destination, attempts, origin FROM jobs
            WHERE id = ?1 AND lease = ?2 AND state = 'leased'
            """
        ).firstRow(report.job, report.lease) {
            HeldRow(
                incident: $0.integer(0), destination: $0.text(1), attempts: $0.integer(2),
                origin: $0.optionalInteger(3))
        }
    }

    /// Whether a dead letter was made under the lease of the report of one: its commit took place, and the
    /// relay has not heard of it.
    private func isDead(_ report: JobReport) throws(StoreError) -> Bool {
        guard case .dead = report.outcome else { return false }
        return try connection.statement(
            "SELECT 1 FROM jobs WHERE id = ?1 AND lease = ?2 AND state IN ('dead', 'stuck')"
        ).firstRow(report.job, report.lease) { _ in true } ?? false
    }

    /// What waits behind a job that failed.
    private func waiting(
        behind report: JobReport, _ held: HeldRow, now: WallTime
    ) throws(StoreError) -> LaneBehind {
        var (open, isEndWaiting): ((job: Int, at: WallTime?)?, Bool) = (nil, false)
        if case .delivered = report.outcome { return LaneBehind(openWaits: nil, isEndWaiting: false) }
        try connection.statement(
            """
            SELECT action, received_at, jobs.id FROM jobs INDEXED BY jobs_lane JOIN deliveries ON sequence = jobs.id / ?4
            WHERE jobs.incident = ?1 AND destination = ?2 AND jobs.id > ?3 AND finished_at IS NULL
                AND state <> 'dead' AND action IN ('open', 'resolve') ORDER BY jobs.id
            """
        ).forEachRow(held.incident, held.destination, report.job, JobNumber.perDeliveryMax) { row in
            if row.text(0) == "resolve" {
                isEndWaiting = true
            } else {
                open = open ?? (row.integer(2), row.wallTime(1))
            }
        }
        return LaneBehind(
            openWaits: open?.at.map { max(now.milliseconds(since: $0), 0) },
            isOpenOwn: open.map { JobNumber.areOfOneDelivery($0.job, report.job) } ?? false,
            isEndWaiting: isEndWaiting)
    }

    private func forgetPin(_ incident: Int, _ destination: String) throws(StoreError) {
        try connection.statement("DELETE FROM pins WHERE incident = ?1 AND destination = ?2")
            .run(incident, destination)
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
