internal import AdapterKit
internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

extension PostgreSQLStore {
    /// Makes good what has changed since the last start: no job is due later than any retry could be (the server's clock
    /// was set back since), and jobs for a destination that is gone are dead letters.
    ///
    /// Jobs on their way are left alone: they may be another relay's, and are due when their lease has run out.
    ///
    /// - Returns: The destinations that are gone.
    func recover(now: Int) throws(StoreError) -> [String] {
        var gone: [String] = []
        let outcome = Outcome<Void>()
        begin()
        add(
            .other { (store) throws(StoreError) in
                let time = store.stored(now)
                _ = try store.query([
                    PostgreSQLStatement(
                        "UPDATE jobs SET due_at = $1 WHERE due_at > $2",
                        [.integer(time), .integer(time + StoreWriter.dueAheadMax)])
                ])
                outcome.set(())
            })
        try commit()
        guard let configured else { return [] }
        let found = try connection.query("SELECT DISTINCT destination FROM jobs WHERE due_at IS NOT NULL")
        for row in 0..<found.count {
            if let name = found.text(row, 0), !configured.contains(name) { gone.append(name) }
        }
        if !gone.isEmpty { try bury(gone) }
        return gone
    }

    /// Makes dead letters of all work for destinations that are gone.
    private func bury(_ destinations: [String]) throws(StoreError) {
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

    /// Takes due jobs that no other relay is taking at this moment.
    func lease(
        _ destination: String, limit: Int, now: Int, leaseUntil: Int
    ) throws(StoreError) -> Lease {
        let (time, until) = (stored(now), stored(leaseUntil))
        let rows = try query([
            PostgreSQLStatement(
                Self.leaseJobs,
                [
                    .text(destination), .integer(time), .integer(limit), .integer(until),
                    .integer(JobNumber.perDeliveryMax),
                ]),
            PostgreSQLStatement(
                "SELECT min(due_at) FROM jobs WHERE destination = $1 AND due_at IS NOT NULL",
                [.text(destination)]),
        ])
        var jobs: [(wasDue: Int, job: LeasedJob)] = []
        let found = rows[0]
        for row in 0..<found.count {
            let id = try found.number(row, 0)
            guard let action = found.text(row, 1).flatMap(IncidentUpdate.Action.init(rawValue:)) else {
                throw StoreError(.damaged, "Job \(id) has an action that nobody wrote.")
            }
            let job = LeasedJob(
                id: id, destination: destination, action: action, incident: found.text(row, 7) ?? "",
                deliveryID: found.text(row, 2) ?? "", body: found.bytes(row, 3) ?? [],
                attempts: try found.number(row, 4), startedAt: told(try found.number(row, 5)),
                correlation: found.text(row, 6), lease: try found.number(row, 8), leaseUntil: leaseUntil)
            jobs.append((try found.number(row, 9), job))
            batch.jobs[id]?.state = "leased"
            batch.jobs[id]?.lease = job.lease
        }
        jobs.sort { ($0.wasDue, $0.job.id) < ($1.wasDue, $1.job.id) }
        return Lease(jobs: jobs.map(\.job), nextDueAt: rows[1].integer(0, 0).map(told))
    }

    private static let leaseJobs: StaticString =
        """
        WITH taken AS MATERIALIZED (
            SELECT id, due_at FROM jobs WHERE destination = $1 AND due_at <= $2
            ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)
        UPDATE jobs SET due_at = $4, state = 'leased', first_tried_at = coalesce(first_tried_at, $2),
            lease = lease + 1
        FROM taken JOIN deliveries ON deliveries.sequence = taken.id / $5
        WHERE jobs.id = taken.id
        RETURNING jobs.id, action, delivery_id, body, attempts, first_tried_at,
            (SELECT value FROM correlations WHERE correlations.incident = jobs.incident
                AND correlations.destination = jobs.destination),
            (SELECT key FROM incidents WHERE incidents.id = jobs.incident), lease, taken.due_at
        """

    // MARK: The rest

    /// Every connection has a row of its own, so that relays do not wait for each other here.
    func probe(now: Int) throws(StoreError) {
        _ = try query([
            PostgreSQLStatement(
                """
                INSERT INTO probe (id, at) VALUES (pg_backend_pid(), $1)
                ON CONFLICT (id) DO UPDATE SET at = excluded.at
                """, [.integer(stored(now))])
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
        var summary = StoreSummary()
        summary.deliveries = try rows.number(0, 0)
        summary.pendingJobs = try rows.number(0, 1)
        summary.deadJobs = try rows.number(0, 2)
        summary.deliveredJobs = try rows.number(0, 3)
        summary.quarantined = try rows.number(0, 4)
        return summary
    }

    /// Keeps a request within the bounds: noise must neither fill the disk nor push out what is kept already.
    func quarantine(_ capture: QuarantinedRequest) throws(StoreError) -> QuarantineOutcome {
        let minute = capture.receivedAt / 60_000
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
                    .integer(stored(capture.receivedAt)), .text(capture.path), .text(capture.code),
                    .text(capture.header), .bytes(capture.body), .integer(quarantineBounds.countMax),
                ])
        ])[0]
        return kept.count == 1 ? .kept : .dropped
    }
}
