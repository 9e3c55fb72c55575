internal import AdapterKit
internal import OpenSenseWebhooks
internal import RelayCore
internal import SQLiteClient

/// An alarm that one destination does not take goes to another.
extension SQLiteStore {
    // MARK: What has waited for too long

    /// Gives opens that wait for too long to another destination.
    ///
    /// - Returns: How many.
    func failOver(_ request: FailOverRequest, now: WallTime) throws(StoreError) -> Int {
        clock.note(now)
        var heads: [(job: Int, incident: Int)] = []
        // Only what is more urgent than a resolve ends with an open of an alarm that is not over.
        try connection.statement(
            """
            SELECT id, incident FROM jobs WHERE destination = ?1 AND urgency < ?2 AND due_at IS NOT NULL
                AND (?3 = 0 OR attempts > 0 OR first_tried_at <= ?4)
                AND NOT EXISTS (SELECT 1 FROM jobs AS own WHERE own.incident = jobs.incident
                    AND own.destination = ?6 AND own.action = 'open' AND own.id >= ?7 * (
                        SELECT max(id) / ?7 FROM jobs AS last INDEXED BY jobs_lane
                        WHERE last.incident = jobs.incident AND last.destination = ?1
                            AND last.finished_at IS NULL AND last.state <> 'dead' AND last.action = 'open'))
            ORDER BY urgency, due_at LIMIT ?5
            """
        ).forEachRow(
            request.destination, Urgency.follow.rawValue, request.onlyTried ? 1 : 0, request.acceptedBefore,
            FailOverRequest.atOnceMax * 4, request.to, JobNumber.perDeliveryMax
        ) { heads.append(($0.integer(0), $0.integer(1))) }
        var moved = 0
        for head in heads where moved < FailOverRequest.atOnceMax {
            guard let open = try waitingOpen(head.incident, request) else { continue }
            try failOver(open, to: request.to, now: now)
            moved += 1
        }
        return moved
    }

    /// The open with which a lane ends, if it has waited for too long and the other destination has not got
    /// it.
    private func waitingOpen(_ incident: Int, _ request: FailOverRequest) throws(StoreError) -> Int? {
        try connection.statement(
            """
            SELECT id FROM (
                SELECT id, action FROM jobs INDEXED BY jobs_lane WHERE incident = ?1 AND destination = ?2
                    AND finished_at IS NULL AND state <> 'dead' AND action IN ('open', 'resolve')
                ORDER BY id DESC LIMIT 1) AS newest
            WHERE action = 'open' AND ?3 > (
                SELECT min(received_at) FROM jobs AS ahead INDEXED BY jobs_lane
                    JOIN deliveries ON sequence = ahead.id / ?4
                WHERE ahead.incident = ?1 AND ahead.destination = ?2 AND ahead.finished_at IS NULL
                    AND ahead.state <> 'dead')
                AND NOT EXISTS (SELECT 1 FROM jobs AS copy WHERE copy.origin = newest.id)
                AND NOT EXISTS (SELECT 1 FROM jobs AS own WHERE own.incident = ?1
                    AND own.destination = ?5 AND own.action = 'open' AND own.id >= newest.id / ?4 * ?4)
            """
        ).firstRow(
            incident, request.destination, request.acceptedBefore, JobNumber.perDeliveryMax, request.to
        ) { $0.integer(0) }
    }

    // MARK: Handing over

    /// Gives the update of a dead letter to another destination, which gets what follows of the alarm, too:
    /// what waits behind an open now, and what is accepted from now on.
    func failOver(_ job: Int, to destination: String, now: WallTime) throws(StoreError) {
        var moved = [job]
        try connection.statement(
            """
            SELECT next.id FROM jobs AS next JOIN jobs AS done
                ON next.incident = done.incident AND next.destination = done.destination
            WHERE done.id = ?1 AND done.action = 'open' AND next.id > done.id AND next.finished_at IS NULL
                AND next.state <> 'dead'
                -- What has it page once more there is not for another destination.
                AND NOT (next.action IN ('open', 'resolve') AND next.id / ?2 = done.id / ?2) AND NOT EXISTS (
                    SELECT 1 FROM jobs AS newer WHERE newer.incident = done.incident
                        AND newer.destination = done.destination AND newer.finished_at IS NULL
                        AND newer.state <> 'dead' AND newer.action = 'open' AND newer.id / ?2 <> done.id / ?2
                        AND newer.id > done.id AND newer.id <= next.id)
            ORDER BY next.id
            """
        ).forEachRow(job, JobNumber.perDeliveryMax) { moved.append($0.integer(0)) }
        for job in moved { try failOverOne(job, to: destination, now: now) }
    }

    private func failOverOne(_ job: Int, to destination: String, now: WallTime) throws(StoreError) {
        let found = try connection.statement(
            """
            SELECT incident, action, urgency, (SELECT max(id) + 1 FROM jobs AS all_jobs
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
            (
                incident: $0.integer(0), action: IncidentUpdate.Action(rawValue: $0.text(1)),
                urgency: Urgency(rawValue: $0.integer(2)), number: $0.integer(3)
            )
        }
        // A destination that already has a job for the update, or was sent its end, must not reopen what it
        // has closed since, and one that has a newer alarm must not close that.
        guard let found, let action = found.action,
            JobNumber.all(of: job / JobNumber.perDeliveryMax).contains(found.number)
        else { return }
        var waiting = try lane(found.incident, destination)
        if action == .open { try promotePastDead(&waiting, now: now) }
        // There it is as fresh as any.
        try insert(
            job: found.number, incident: found.incident, destination: destination, action: action,
            urgency: found.urgency.untried, due: waiting.isEmpty ? now : nil, origin: job)
        try connection.statement(
            """
            UPDATE incidents SET destinations = destinations || char(10) || ?1
            WHERE id = ?2 AND is_open = 1
                AND instr(char(10) || destinations || char(10), char(10) || ?1 || char(10)) = 0
            """
        ).run(destination, found.incident)
    }

    // MARK: Taking over

    /// The failover has an open: what waits for the first destination is not sent there any more, but for the
    /// end of an alarm that may have arrived.
    func takeOver(_ origin: Int, now: WallTime) throws(StoreError) {
        let found = try connection.statement(
            "SELECT incident, destination, arrived FROM jobs WHERE id = ?1 AND state = 'pending'"
        ).firstRow(origin) { (incident: $0.integer(0), destination: $0.text(1), arrived: $0.integer(2) == 1) }
        guard let found else { return }
        let waiting = try lane(found.incident, found.destination)
        let hasLeftOver = try hasLeftOver(found.incident, found.destination)
        for id in LaneTakeover.leftOut(of: waiting, origin: origin, hasLeftOver: hasLeftOver) {
            try finish(id, as: .takenOver, now: now)
        }
        if !found.arrived, !hasLeftOver { try unpin(found.incident, found.destination, now: now) }
        try promote(after: origin, now: now)
    }

    /// Whether the end of an alarm was left out or given up, and none was delivered since.
    private func hasLeftOver(_ incident: Int, _ destination: String) throws(StoreError) -> Bool {
        let last = try connection.statement(
            """
            SELECT state FROM jobs INDEXED BY jobs_incident WHERE incident = ?1 AND destination = ?2
                AND action = 'resolve' AND state IN ('delivered', 'passed', 'dead', 'discarded')
            ORDER BY id DESC LIMIT 1
            """
        ).firstRow(incident, destination) { $0.text(0) }
        return last.map { $0 != JobState.delivered.rawValue } ?? false
    }

    /// As ``takeOver(_:now:)``, for an open whose attempt was on its way when the failover got it.
    func takeOverIfDelivered(_ job: Int, now: WallTime) throws(StoreError) {
        let isDelivered = try connection.statement(
            "SELECT 1 FROM jobs WHERE origin = ?1 AND action = 'open' AND state = 'delivered'"
        ).firstRow(job) { _ in true }
        if isDelivered != nil { try takeOver(job, now: now) }
    }

    /// Takes a destination that never got the alarm from those that its end goes to, unless a newer alarm
    /// waits there.
    private func unpin(
        _ incident: Int, _ destination: String, now: WallTime
    ) throws(StoreError) {
        guard try lane(incident, destination).isEmpty else { return }
        let key = try connection.statement("SELECT key FROM incidents WHERE id = ?1 AND is_open = 1")
            .firstRow(incident) { $0.text(0) }
        guard let key, var timeline = try self.incident(key)?.timeline else { return }
        timeline.takeOver(from: destination)
        try write(timeline, of: incident, at: now)
    }
}
