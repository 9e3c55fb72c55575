internal import AdapterKit
internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// An alarm that one destination does not take goes to another; the same as ``SQLiteStore`` does.
extension PostgreSQLStore {
    // MARK: What has waited for too long

    /// Gives opens that wait for too long to another destination.
    ///
    /// - Returns: How many.
    func failOver(_ request: FailOverRequest, now: WallTime) throws(StoreError) -> Int {
        let time = stored(now)
        let before = time.adding(milliseconds: request.acceptedBefore.milliseconds(since: now))
        // An incident that another relay has locked is left to the next time.
        let found = try query([
            PostgreSQLStatement(
                Self.waitingOpens,
                [
                    .text(request.destination), .integer(Urgency.follow.rawValue),
                    .integer(request.onlyTried ? 1 : 0), .time(before), .integer(FailOverRequest.atOnceMax),
                    .text(request.to), .integer(JobNumber.perDeliveryMax),
                ])
        ])[0]
        let opens = (0..<found.count).compactMap { found.integer($0, 0) }
        guard !opens.isEmpty else { return 0 }
        try readAgain(with: opens)
        for open in opens { try failOver(open, to: request.to, now: time) }
        return opens.count
    }

    /// The open with which a lane ends whose first job is due or tried, if it has waited for too long and the
    /// other destination has not got it.
    ///
    /// OFFSET 0 keeps the server from joining, by a plan that it made when there were few jobs.
    private static let waitingOpens: StaticString =
        """
        SELECT open.id FROM (
            SELECT incident FROM jobs WHERE destination = $1 AND urgency < $2 AND due_at IS NOT NULL
                AND ($3::bigint = 0 OR attempts > 0 OR first_tried_at <= $4)
                AND NOT EXISTS (SELECT 1 FROM jobs AS own WHERE own.incident = jobs.incident
                    AND own.destination = $6 AND own.action = 'open' AND own.id >= $7 * (
                        SELECT max(id) / $7 FROM jobs AS last WHERE last.incident = jobs.incident
                            AND last.destination = $1 AND last.finished_at IS NULL AND last.state <> 'dead' AND last.action = 'open')
                    OFFSET 0)
            ORDER BY urgency, due_at LIMIT $5) AS head
        JOIN incidents ON incidents.id = head.incident
        CROSS JOIN LATERAL (
            SELECT id FROM (
                SELECT jobs.id, action FROM jobs WHERE jobs.incident = head.incident AND destination = $1
                    AND finished_at IS NULL AND state <> 'dead' AND action IN ('open', 'resolve')
                ORDER BY jobs.id DESC LIMIT 1) AS newest
            WHERE action = 'open' AND $4 > (
                SELECT min(received_at) FROM jobs AS ahead JOIN deliveries ON sequence = ahead.id / $7
                WHERE ahead.incident = head.incident AND ahead.destination = $1
                    AND ahead.finished_at IS NULL AND ahead.state <> 'dead')
                AND NOT EXISTS (SELECT 1 FROM jobs AS copy WHERE copy.origin = newest.id OFFSET 0)
                AND NOT EXISTS (SELECT 1 FROM jobs AS own WHERE own.incident = head.incident
                    AND own.destination = $6 AND own.action = 'open' AND own.id >= newest.id / $7 * $7)) AS open
        ORDER BY incidents.id FOR NO KEY UPDATE OF incidents SKIP LOCKED
        """

    // MARK: Handing over

    /// Gives the update of a dead letter to another destination, which gets what follows of the alarm, too:
    /// what waits behind an open now, and what is accepted from now on.
    func failOver(_ id: Int, to destination: String, now: WallTime) throws(StoreError) {
        guard let job = batch.jobs[id] else { return }
        let values: [PostgreSQLValue] = [
            .integer(job.lane.incident), .text(job.lane.destination), .integer(id),
            .text(job.action.rawValue),
            .text(destination), .integer(JobNumber.perDeliveryMax),
        ]
        let moved = try query([PostgreSQLStatement(Self.jobsToFailOver, values)])[0]
        let key = PostgreSQLBatch.LaneKey(incident: job.lane.incident, destination: destination)
        let lane = batch.lane(key)
        var nextNumbers: [Int: Int] = [:]
        for row in 0..<moved.count {
            let delivery = try moved.number(row, 0) / JobNumber.perDeliveryMax
            let next = try moved.number(row, 2)
            let number = nextNumbers[delivery] ?? next
            guard JobNumber.all(of: delivery).contains(number) else { continue }
            nextNumbers[delivery] = number + 1
            let urgency = Urgency(rawValue: try moved.number(row, 3))
            let action = try moved.action(row, 1)
            if action == .open { promotePastDead(lane, now: now) }
            // There it is as fresh as any.
            add(
                number, to: lane, key: key, action: action, urgency: urgency.untried,
                now: now, origin: try moved.number(row, 0), receivedAt: moved.time(row, 4))
        }
        guard moved.count > 0, let incident = batch.incidentsByID[job.lane.incident],
            let episode = incident.timeline.episode, !episode.destinations.contains(destination)
        else { return }
        incident.timeline.episode?.destinations.append(destination)
        changes.save(incident, at: now)
    }

    /// The dead letter, and what waits behind an open up to the next one; without deliveries for which the
    /// destination already has a job: an update that it may have closed must not be opened again.
    private static let jobsToFailOver: StaticString =
        """
        SELECT id, action, (SELECT max(same.id) + 1 FROM jobs AS same
            WHERE same.id BETWEEN moved.id / $6 * $6 AND moved.id / $6 * $6 + $6 - 1), urgency,
            (SELECT received_at FROM deliveries WHERE sequence = moved.id / $6)
        FROM jobs AS moved WHERE (id = $3 OR ($4 = 'open' AND incident = $1 AND destination = $2 AND id > $3
            AND finished_at IS NULL AND state <> 'dead' AND NOT (action IN ('open', 'resolve') AND id / $6 = $3 / $6)
            AND NOT EXISTS (
                SELECT 1 FROM jobs AS newer WHERE newer.incident = $1 AND newer.destination = $2
                    AND newer.finished_at IS NULL AND newer.state <> 'dead' AND newer.action = 'open'
                    AND newer.id / $6 <> $3 / $6 AND newer.id > $3 AND newer.id <= moved.id)))
            AND NOT EXISTS (SELECT 1 FROM jobs AS own
                WHERE own.incident = moved.incident AND own.destination = $5 AND own.id >= moved.id / $6 * $6 AND (
                    own.action = 'open' AND own.id >= moved.id / $6 * $6 + $6
                    OR own.action = 'resolve' AND moved.action = 'open' AND own.id >= moved.id / $6 * $6 + $6
                        AND (own.finished_at IS NOT NULL OR own.due_at IS NOT NULL)
                    OR own.id < moved.id / $6 * $6 + $6 AND (
                        own.action = moved.action OR own.action = 'open' AND moved.action = 'resolve')))
        ORDER BY id
        """

    // MARK: Taking over

    /// The failover has an open: what waits for the first destination is not sent there any more, but for the
    /// end of an alarm that may have arrived.
    func takeOver(_ origin: Int, _ incident: Int, now: WallTime) throws(StoreError) {
        let found = batch.lanes.first { key, lane in
            key.incident == incident && lane.jobs.contains { $0.id == origin && $0.state == .pending }
        }
        guard let (key, lane) = found, let open = lane.jobs.first(where: { $0.id == origin }) else { return }
        let hasLeftOver = try hasLeftOver(key)
        let leftOut = LaneTakeover.leftOut(
            of: lane.jobs.map(\.job), origin: origin, hasLeftOver: hasLeftOver)
        guard try hold(leftOut, of: lane) else { return try takeOver(origin, incident, now: now) }
        for id in leftOut {
            leaveOut(id, of: lane, as: .takenOver, now: now)
        }
        if !open.hasArrived, !hasLeftOver, lane.jobs.isEmpty, let known = batch.incidentsByID[incident],
            known.timeline.episode != nil
        {
            // It never got the alarm: its end does not go there.
            known.timeline.takeOver(from: key.destination)
            changes.save(known, at: now)
        }
        promote(lane, now: now)
    }

    /// Whether the end of an alarm was left out or given up, and none was delivered since.
    private func hasLeftOver(_ key: PostgreSQLBatch.LaneKey) throws(StoreError) -> Bool {
        let last = try query([
            PostgreSQLStatement(
                """
                SELECT state FROM jobs WHERE incident = $1 AND destination = $2
                    AND action = 'resolve' AND state IN ('delivered', 'passed', 'dead', 'discarded')
                ORDER BY id DESC LIMIT 1
                """, [.integer(key.incident), .text(key.destination)])
        ])[0]
        return last.count > 0 && last.text(0, 0) != JobState.delivered.rawValue
    }

    /// Whether the failover has an open whose attempt was on its way when it got it.
    func isTakenOver(_ job: Int) throws(StoreError) -> Bool {
        try query([
            PostgreSQLStatement(
                "SELECT 1 FROM jobs WHERE origin = $1 AND action = 'open' AND state = 'delivered'",
                [.integer(job)])
        ])[0].count > 0
    }
}
