internal import AdapterKit
package import OpenSenseWebhooks
internal import PostgreSQLClient
package import RelayCore

extension PostgreSQLStore {
    /// Adapts the store to what has changed since the last start: jobs whose due time no right clock can have
    /// set become due.
    ///
    /// Leased jobs are unchanged: they may be another relay's, and are due when their lease has run out.
    ///
    /// - Returns: The destinations of waiting work that the configuration does not have; it waits for a relay
    ///   that has them.
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
        return gone
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

    // MARK: Leasing

    /// Takes due jobs that no other relay is taking at this moment.
    func lease(_ request: LeaseRequest) throws(StoreError) -> Lease {
        let time = stored(request.now)
        if clock.hasGoneBack(at: time) { try makeDue(at: time) }
        var classes = try dueClasses(of: request.destination, at: time)
        if try passUnclaimed(request, classes, at: time) {
            classes = try dueClasses(of: request.destination, at: time)
        }
        let due = classes.filter { $0.due <= time }
        let fresh = due.map(\.urgency).first(where: \.isOfFreshOpen)
        var jobs: [LeasedJob] = []
        switch request.pick {
        case .urgent:
            if due.contains(where: { $0.urgency == .follow }), due.contains(where: \.urgency.isOfOpen) {
                let first = min(request.limits.followsFirst, request.limits.total)
                jobs += try take([(.follow, first)], request, at: time)
            }
            let wishes = due.map { ($0.urgency, request.limits.limit(for: $0.urgency) - jobs.count) }
            jobs += try take(wishes, request, at: time)
        case .freshOpen: if let fresh { jobs = try take([(fresh, 1)], request, at: time) }
        case .trial:
            if let fresh { jobs = try take([(fresh, 1)], request, at: time) }
            if jobs.isEmpty {
                let longest = due.sorted { $0.due < $1.due }.map { ($0.urgency, 1) }
                jobs = try take(longest, request, at: time)
            }
        }
        if !jobs.isEmpty { classes = try dueClasses(of: request.destination, at: time) }
        let next = classes.map(\.due).min()
        return Lease(jobs: jobs, nextDueInMilliseconds: next.map { max($0.milliseconds(since: time), 0) })
    }

    /// Leaves out what this relay cannot do and no other one has done for a minute, where an open waits
    /// behind it: the credentials that opened the alarm before may be gone for good.
    ///
    /// - Returns: Whether there was any.
    private func passUnclaimed(
        _ request: LeaseRequest, _ classes: [(urgency: Urgency, due: WallTime)], at time: WallTime
    ) throws(StoreError) -> Bool {
        let late = time.adding(milliseconds: -LanePatience.openMilliseconds)
        let urgencies = classes.filter { $0.urgency.isOfOpen && $0.due <= late }.map(\.urgency.rawValue)
        guard !urgencies.isEmpty else { return false }
        let found = try query([
            PostgreSQLStatement(
                Self.unclaimed,
                [
                    .text(request.destination), .integers(urgencies), .time(late),
                    .texts(request.fingerprints), .integer(StoreLimits.unclaimedAtOnceMax),
                    .time(dueScan.start(of: request.destination, at: time)),
                ])
        ])[0]
        let jobs = (0..<found.count).compactMap { found.integer($0, 0) }
        guard !jobs.isEmpty else { return false }
        try readAgain(with: jobs)
        for id in jobs {
            guard let job = batch.jobs[id], job.state == .pending else { continue }
            let lane = batch.lane(job.lane)
            leaveOut(id, of: lane, as: .passed, now: time)
            promote(lane, now: time)
        }
        return true
    }

    /// Only the longest due of each urgency: what is done is due later, so these gather in front.
    private static let unclaimed: StaticString =
        """
        SELECT job.id FROM unnest($2::bigint[]) AS wish (urgency) CROSS JOIN LATERAL (
            SELECT id, incident, destination, action, state FROM jobs WHERE destination = $1
                AND jobs.urgency = wish.urgency AND due_at BETWEEN $6 AND $3 ORDER BY due_at LIMIT $5) AS job
        JOIN incidents ON incidents.id = job.incident
        JOIN pins ON pins.incident = job.incident AND pins.destination = job.destination
        WHERE state = 'pending' AND action <> 'open' AND fingerprint <> ALL ($4::text[])
        ORDER BY incidents.id FOR NO KEY UPDATE OF incidents SKIP LOCKED
        """

    /// The urgencies of what is due or will be, and when the first of each is.
    ///
    /// One look at the index for each.
    private static func dueClasses(_ destination: String) -> PostgreSQLStatement {
        PostgreSQLStatement(
            """
            WITH RECURSIVE class(urgency) AS (
                (SELECT urgency FROM jobs WHERE destination = $1 AND due_at IS NOT NULL ORDER BY urgency LIMIT 1)
                UNION ALL
                SELECT (SELECT jobs.urgency FROM jobs WHERE destination = $1 AND due_at IS NOT NULL
                    AND jobs.urgency > class.urgency ORDER BY jobs.urgency LIMIT 1)
                FROM class WHERE class.urgency IS NOT NULL)
            SELECT urgency, (SELECT due_at FROM jobs WHERE destination = $1
                AND jobs.urgency = class.urgency AND due_at IS NOT NULL ORDER BY due_at LIMIT 1)
            FROM class WHERE urgency IS NOT NULL ORDER BY urgency
            """, [.text(destination)])
    }

    /// The same from a place on, where the index has much in front of it that is done; and what a person has
    /// made due, which has the time 0.
    private static func dueClasses(_ destination: String, from start: WallTime) -> PostgreSQLStatement {
        PostgreSQLStatement(
            """
            SELECT class.urgency, job.due_at FROM generate_series(0::bigint, $3) AS class (urgency)
            CROSS JOIN LATERAL (
                (SELECT due_at FROM jobs WHERE destination = $1 AND jobs.urgency = class.urgency AND due_at = 0
                    LIMIT 1)
                UNION ALL (SELECT due_at FROM jobs WHERE destination = $1
                    AND jobs.urgency = class.urgency AND due_at >= $2 ORDER BY due_at LIMIT 1)
                LIMIT 1) AS job
            ORDER BY class.urgency
            """, [.text(destination), .time(start), .integer(Urgency.remark.rawValue)])
    }

    private func dueClasses(
        of destination: String, at time: WallTime
    ) throws(StoreError) -> [(urgency: Urgency, due: WallTime)] {
        let start = dueScan.start(of: destination, at: time)
        if start > DueScan.beginning {
            let classes = try dueClasses(query([Self.dueClasses(destination, from: start)])[0])
            guard classes.contains(where: { $0.due < start }) else { return classes }
            dueScan.forget(destination)
        }
        let clock = ContinuousClock()
        let began = clock.now
        var classes: [(urgency: Urgency, due: WallTime)] = []
        // Also where it took so long that the server has ended it.
        defer {
            dueScan.note(
                destination, first: classes.map(\.due).min(),
                milliseconds: Int((clock.now - began) / .milliseconds(1)), at: time)
        }
        classes = try dueClasses(query([Self.dueClasses(destination)])[0])
        return classes
    }

    private func dueClasses(_ rows: PostgreSQLRows) -> [(urgency: Urgency, due: WallTime)] {
        (0..<rows.count).compactMap { row in
            guard let urgency = rows.integer(row, 0), let due = rows.time(row, 1) else { return nil }
            return (Urgency(rawValue: urgency), due)
        }
    }

    /// Leases jobs by urgency, each while fewer than its limit are taken.
    private func take(
        _ wishes: [(urgency: Urgency, limit: Int)], _ request: LeaseRequest, at time: WallTime
    ) throws(StoreError) -> [LeasedJob] {
        let wishes = wishes.filter { $0.limit > 0 }
        guard !wishes.isEmpty else { return [] }
        let found = try query([
            PostgreSQLStatement(
                Self.leaseJobs,
                [
                    .text(request.destination), .time(time), .integers(wishes.map(\.urgency.rawValue)),
                    .time(time.adding(milliseconds: request.leaseMilliseconds)),
                    .integer(JobNumber.perDeliveryMax), .integers(wishes.map { min($0.limit, 1_024) }),
                    .texts(request.fingerprints), .time(dueScan.start(of: request.destination, at: time)),
                ])
        ])[0]
        var jobs: [(place: Int, job: LeasedJob)] = []
        for row in 0..<found.count {
            let job = try leased(found, row, request, time)
            jobs.append((try found.number(row, 9), job))
            let lane = PostgreSQLBatch.LaneKey(
                incident: try found.number(row, 17), destination: request.destination)
            batch.noteLease(of: job, in: lane)
            if job.action == .open, let place = job.fingerprint {
                changes.pin(lane, to: place)
                batch.pinned.insert(lane)
            }
        }
        return jobs.sorted { ($0.place, $0.job.id) < ($1.place, $1.job.id) }.map(\.job)
    }

    private func leased(
        _ rows: PostgreSQLRows, _ row: Int, _ request: LeaseRequest, _ time: WallTime
    ) throws(StoreError) -> LeasedJob {
        let id = try rows.number(row, 0)
        var job = LeasedJob(
            id: id, destination: request.destination, action: try rows.action(row, 1),
            incident: rows.text(row, 7) ?? "", deliveryID: rows.text(row, 2) ?? "",
            body: rows.bytes(row, 3) ?? [], attempts: try rows.number(row, 4),
            triedMilliseconds: try rows.number(row, 5), progress: rows.text(row, 13),
            episodeState: rows.text(row, 6), begunAt: rows.time(row, 10) ?? time,
            nonce: LeasedJob.nonce(
                high: try rows.number(row, 11), low: try rows.number(row, 12), job: id),
            lease: try rows.number(row, 8))
        job.note = rows.text(row, 16)
        job.urgency = Urgency(rawValue: try rows.number(row, 18))
        job.fingerprint = request.place(
            of: job.action, pinned: rows.text(row, 14), mayHaveArrived: rows.integer(row, 15) == 1)
        return job
    }

    private static let leaseJobs: StaticString =
        """
        WITH running AS MATERIALIZED (
            SELECT coalesce((SELECT sequence FROM marks WHERE name = 'running'), 0) AS milliseconds),
        due AS MATERIALIZED (
            SELECT job.id, wish.most, row_number() OVER (ORDER BY wish.place, job.due_at, job.id) AS place
            FROM unnest($3::bigint[], $6::bigint[]) WITH ORDINALITY AS wish (urgency, most, place)
            CROSS JOIN LATERAL (
                SELECT id, due_at FROM jobs WHERE destination = $1 AND jobs.urgency = wish.urgency AND due_at BETWEEN $8 AND $2
                    AND (action = 'open' OR NOT EXISTS (SELECT 1 FROM pins WHERE pins.incident = jobs.incident
                        AND pins.destination = jobs.destination AND fingerprint <> ALL ($7::text[])))
                ORDER BY due_at, id LIMIT wish.most FOR UPDATE SKIP LOCKED) AS job),
        taken AS MATERIALIZED (SELECT id, place FROM due WHERE place <= most)
        UPDATE jobs SET due_at = $4, state = 'leased', first_tried_at = coalesce(first_tried_at, $2),
            first_tried_running = CASE WHEN first_tried_at IS NULL THEN running.milliseconds
                ELSE coalesce(first_tried_running, running.milliseconds) END,
            arrived = CASE state WHEN 'leased' THEN 1 ELSE arrived END, lease = lease + 1
        FROM running, taken JOIN deliveries ON deliveries.sequence = taken.id / $5
        WHERE jobs.id = taken.id
        RETURNING jobs.id, action, delivery_id, body, attempts,
            greatest(0, running.milliseconds - first_tried_running),
            (SELECT value FROM correlations WHERE correlations.incident = jobs.incident
                AND correlations.destination = jobs.destination),
            (SELECT key FROM incidents WHERE incidents.id = jobs.incident), lease, taken.place,
            received_at, deliveries.high, deliveries.low, progress,
            (SELECT fingerprint FROM pins WHERE pins.incident = jobs.incident
                AND pins.destination = jobs.destination), arrived, note, jobs.incident, urgency
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
