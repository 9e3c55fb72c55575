internal import AdapterKit
package import OpenSenseWebhooks
internal import PostgreSQLClient
package import RelayCore

extension PostgreSQLStore {
    /// Adapts the store to what has changed since the last start: jobs whose due time no right clock can have
    /// set become due, and jobs for a removed destination become dead letters.
    ///
    /// Leased jobs are unchanged: they may be another relay's, and are due when their lease has run out.
    ///
    /// - Returns: The destinations that are gone.
    package func recover(now: WallTime) throws(StoreError) -> [String] {
        try transaction(.init([])) { () throws(StoreError) in
            let time = stored(now)
            if let newest = try newestStoredTime(), newest > time {
                // The server's clock was ahead, or is behind: neither may make an alarm wait.
                try makeDue(at: time)
            } else {
                let dueMax = time.adding(milliseconds: StoreLimits.dueAheadMax)
                _ = try query([
                    PostgreSQLStatement(
                        "UPDATE jobs SET due_at = $1 WHERE due_at > $2", [.time(time), .time(dueMax)])
                ])
            }
        }
        var gone: [String] = []
        guard let configured else { return [] }
        let found = try connection.query("SELECT DISTINCT destination FROM jobs WHERE due_at IS NOT NULL")
        for row in 0..<found.count {
            if let name = found.text(row, 0), !configured.contains(name) { gone.append(name) }
        }
        if !gone.isEmpty { try deadLetterAll(gone) }
        return gone
    }

    /// Makes dead letters of all work for destinations that are gone.
    private func deadLetterAll(_ destinations: [String]) throws(StoreError) {
        let names = PostgreSQLValue.texts(destinations)
        do throws(StoreError) {
            _ = try connection.begin([
                PostgreSQLStatement(
                    """
                    SELECT count(*) FROM (SELECT id FROM incidents WHERE id IN (
                        SELECT incident FROM jobs WHERE destination = ANY ($1::text[]) AND finished_at IS NULL)
                    ORDER BY id FOR UPDATE) AS locked
                    """, [names])
            ])
            try connection.commit([
                PostgreSQLStatement(
                    """
                    UPDATE jobs SET due_at = NULL, state = 'dead',
                        reason = 'the configuration has no destination of this name any more'
                    WHERE destination = ANY ($1::text[]) AND finished_at IS NULL
                    """, [names])
            ])
        } catch {
            connection.rollBack()
            throw error
        }
    }

    /// The latest time at which something was written down.
    private func newestStoredTime() throws(StoreError) -> WallTime? {
        try query([
            PostgreSQLStatement(
                """
                SELECT greatest((SELECT received_at FROM deliveries ORDER BY sequence DESC LIMIT 1),
                    (SELECT max(at) FROM running_time), (SELECT sequence FROM marks WHERE name = 'running-at'))
                """)
        ])[0].time(0, 0)
    }

    /// Makes due what waits for a time that was planned by a clock that was ahead.
    ///
    /// A lease is left to its holder for as long as any lease may last.
    private func makeDue(at now: WallTime) throws(StoreError) {
        _ = try query([
            PostgreSQLStatement(
                """
                UPDATE jobs SET due_at = CASE state WHEN 'leased' THEN least(due_at, $2) ELSE $1 END WHERE due_at > $1
                """, [.time(now), .time(now.adding(milliseconds: StoreLimits.leaseMax))])
        ])
    }

    /// Takes due jobs that no other relay is taking at this moment.
    func lease(
        _ destination: String, limit: Int, now: WallTime, leaseMilliseconds: Int
    ) throws(StoreError) -> Lease {
        let time = stored(now)
        if clock.hasGoneBack(at: time) { try makeDue(at: time) }
        let rows = try query([
            PostgreSQLStatement(
                Self.leaseJobs,
                [
                    .text(destination), .time(time), .integer(limit),
                    .time(time.adding(milliseconds: leaseMilliseconds)), .integer(JobNumber.perDeliveryMax),
                ]),
            PostgreSQLStatement(
                "SELECT min(due_at) FROM jobs WHERE destination = $1 AND due_at IS NOT NULL",
                [.text(destination)]),
        ])
        var jobs: [(wasDue: Int, job: LeasedJob)] = []
        let found = rows[0]
        for row in 0..<found.count {
            let id = try found.number(row, 0)
            let job = LeasedJob(
                id: id, destination: destination, action: try found.action(row, 1),
                incident: found.text(row, 7) ?? "",
                deliveryID: found.text(row, 2) ?? "", body: found.bytes(row, 3) ?? [],
                attempts: try found.number(row, 4), triedMilliseconds: try found.number(row, 5),
                progress: found.text(row, 13), episodeState: found.text(row, 6),
                begunAt: found.time(row, 10) ?? time,
                nonce: LeasedJob.nonce(
                    high: try found.number(row, 11), low: try found.number(row, 12), job: id),
                lease: try found.number(row, 8))
            jobs.append((try found.number(row, 9), job))
            batch.jobs[id]?.state = .leased
            batch.jobs[id]?.lease = job.lease
        }
        jobs.sort { ($0.wasDue, $0.job.id) < ($1.wasDue, $1.job.id) }
        let nextDue = rows[1].time(0, 0)
        return Lease(
            jobs: jobs.map(\.job),
            nextDueInMilliseconds: nextDue.map { max($0.milliseconds(since: time), 0) })
    }

    private static let leaseJobs: StaticString =
        """
        WITH running AS MATERIALIZED (
            SELECT coalesce((SELECT sequence FROM marks WHERE name = 'running'), 0) AS milliseconds),
        taken AS MATERIALIZED (
            SELECT id, due_at FROM jobs WHERE destination = $1 AND due_at <= $2
            ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)
        UPDATE jobs SET due_at = $4, state = 'leased', first_tried_at = coalesce(first_tried_at, $2),
            first_tried_running = CASE WHEN first_tried_at IS NULL THEN running.milliseconds
                ELSE coalesce(first_tried_running, running.milliseconds) END,
            lease = lease + 1
        FROM running, taken JOIN deliveries ON deliveries.sequence = taken.id / $5
        WHERE jobs.id = taken.id
        RETURNING jobs.id, action, delivery_id, body, attempts,
            greatest(0, running.milliseconds - first_tried_running),
            (SELECT value FROM correlations WHERE correlations.incident = jobs.incident
                AND correlations.destination = jobs.destination),
            (SELECT key FROM incidents WHERE incidents.id = jobs.incident), lease, taken.due_at,
            received_at, deliveries.high, deliveries.low, progress
        """

    // MARK: The rest

    /// Every connection writes a separate row, so that relays do not wait for each other here.
    func probe(now: WallTime) throws(StoreError) {
        _ = try query([
            PostgreSQLStatement(
                """
                INSERT INTO probe (id, at) VALUES (pg_backend_pid(), $1)
                ON CONFLICT (id) DO UPDATE SET at = excluded.at
                """, [.time(stored(now))])
        ])
    }

    func summary() throws(StoreError) -> StoreSummary {
        let rows = try query([
            PostgreSQLStatement(
                """
                SELECT (SELECT count(*) FROM deliveries),
                    (SELECT count(*) FROM jobs WHERE finished_at IS NULL AND state NOT IN ('dead', 'stuck')),
                    (SELECT count(*) FROM jobs WHERE state IN ('dead', 'stuck')),
                    (SELECT count(*) FROM jobs WHERE finished_at IS NOT NULL),
                    (SELECT count(*) FROM quarantine)
                """)
        ])[0]
        return StoreSummary(
            deliveries: try rows.number(0, 0), pendingJobs: try rows.number(0, 1),
            deadJobs: try rows.number(0, 2), deliveredJobs: try rows.number(0, 3),
            quarantined: try rows.number(0, 4))
    }

    /// Keeps a request within the bounds: noise must neither fill the disk nor push out what is kept already.
    ///
    /// Its time is not the server's but that of the clock which would have judged the signature's age, and
    /// will.
    func quarantine(_ capture: QuarantinedRequest) throws(StoreError) -> QuarantineOutcome {
        let minute = capture.receivedAt.unixSeconds / 60
        if minute != quarantineMinute.number { quarantineMinute = (minute, 0) }
        guard quarantineMinute.count < quarantineBounds.perMinuteMax else { return .dropped }
        quarantineMinute.count += 1
        let kept = try query([
            PostgreSQLStatement(
                """
                INSERT INTO quarantine (received_at, path, code, header, body)
                SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM quarantine) < $6 RETURNING 1
                """,
                [
                    .time(capture.receivedAt), .text(capture.path), .text(capture.code),
                    .text(capture.header), .bytes(capture.body), .integer(quarantineBounds.countMax),
                ])
        ])[0]
        return kept.count == 1 ? .kept : .dropped
    }
}
