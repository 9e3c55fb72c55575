internal import AdapterKit
internal import OpenSenseWebhooks
internal import RelayCore
internal import SQLiteClient

/// The jobs of one incident at one destination, which are done in order.
extension SQLiteStore {
    /// Adds jobs at the ends of their lanes.
    ///
    /// - Parameter isNew: Whether the incident was not known before, so that nothing can be waiting.
    /// - Returns: The destinations at which something is due now, or is more urgent than before.
    func enqueue(
        _ lanes: [AcceptancePlan.Lane], _ policy: AcceptancePolicy, from sequence: Int, incident: Int,
        isNew: Bool, now: WallTime
    ) throws(StoreError) -> [String] {
        var due: [String] = []
        var numbers = JobNumber.all(of: sequence).makeIterator()
        for lane in lanes {
            var change = LaneRoom(isFree: true, added: Array(lane.jobs.indices))
            if !isNew { change = try prepareLane(incident, for: lane, policy, now: now) }
            var endsFirst = !isNew && lane.beginsAlarm && !change.hasEnd
            if endsFirst { endsFirst = try isPinned(incident, lane.destination) }
            if change.isMoreUrgent || (change.isFree && !change.added.isEmpty) {
                due.append(lane.destination)
            }
            for index in change.added {
                let job = lane.jobs[index]
                if endsFirst, job.action == .open, let number = numbers.next() {
                    try insert(
                        job: number, incident: incident, destination: job.destination, action: .resolve,
                        urgency: job.urgency, due: change.isFree ? now : nil)
                    (endsFirst, change.isFree) = (false, false)
                }
                guard let number = numbers.next() else { break }
                try insert(
                    job: number, incident: incident, destination: job.destination, action: job.action,
                    urgency: job.urgency, due: change.isFree ? now : nil)
                change.isFree = false
            }
        }
        return due
    }

    /// How a lane is when jobs are about to be added.
    private struct LaneRoom {
        /// Whether nothing waits in it.
        var isFree: Bool
        /// Those of the jobs that are added, by their place.
        var added: [Int]
        /// Whether something at its destination is more urgent than before.
        var isMoreUrgent = false
        /// Whether the end of an alarm waits in it.
        var hasEnd = false
    }

    /// Whether a destination was sent an alarm of the incident, and no end of it that it took.
    private func isPinned(_ incident: Int, _ destination: String) throws(StoreError) -> Bool {
        try connection.statement("SELECT 1 FROM pins WHERE incident = ?1 AND destination = ?2")
            .firstRow(incident, destination) { _ in true } ?? false
    }

    /// Makes room in a lane for jobs that are about to be added.
    private func prepareLane(
        _ incident: Int, for new: AcceptancePlan.Lane, _ policy: AcceptancePolicy, now: WallTime
    ) throws(StoreError) -> LaneRoom {
        var waiting = try lane(incident, new.destination)
        guard !waiting.isEmpty else { return LaneRoom(isFree: true, added: Array(new.jobs.indices)) }
        let opens = new.jobs.contains { $0.action == .open }
        var isDue = false
        if opens { isDue = try promotePastDead(&waiting, now: now) }
        let changes = LaneChanges(
            adding: new.jobs, to: waiting, policy.destination(new.destination).collapse)
        for id in changes.collapsed { try finish(id, as: .collapsed, now: now) }
        for (id, urgency) in changes.urgencies {
            try connection.statement("UPDATE jobs SET urgency = ?1 WHERE id = ?2").run(urgency.rawValue, id)
        }
        let left = waiting.filter { !changes.collapsed.contains($0.id ?? 0) }
        if let first = left.first, let head = first.id {
            if !changes.collapsed.isEmpty, try makeHeadDue(head, now: now) { isDue = true }
            if opens, first.wasBegun {
                try connection.statement(
                    """
                    UPDATE jobs SET due_at = min(due_at, ?1) WHERE id = ?2 AND state = 'pending' AND attempts > 0
                    """
                ).run(now.adding(milliseconds: LanePatience.openMilliseconds), head)
                // Who leases has to know the new time.
                if connection.changes > 0 { isDue = true }
            }
        }
        return LaneRoom(
            isFree: left.isEmpty, added: changes.added, isMoreUrgent: isDue || changes.isMoreUrgent,
            hasEnd: left.contains { $0.action == .resolve })
    }

    /// What is in a lane, neither finished nor dead, in order.
    func lane(_ incident: Int, _ destination: String) throws(StoreError) -> [LaneJob] {
        var jobs: [LaneJob] = []
        try findLane.forEachRow(incident, destination) { (row) throws(StoreError) in
            guard let action = IncidentUpdate.Action(rawValue: row.text(1)) else { return }
            let isPending = row.text(2) == JobState.pending.rawValue
            jobs.append(
                LaneJob(
                    id: row.integer(0), action: action,
                    wasBegun: !isPending || row.integer(3) > 0,
                    mayHaveArrived: !isPending || row.integer(5) == 1,
                    urgency: Urgency(rawValue: row.integer(4))))
        }
        return jobs
    }

    func insert(
        job number: Int, incident: Int, destination: String, action: IncidentUpdate.Action,
        urgency: Urgency, due: WallTime?, origin: Int? = nil
    ) throws(StoreError) {
        try insertJob.run(number, incident, destination, action.rawValue, due, urgency.rawValue, origin)
    }

    /// Ends a job without sending anything more for it.
    func finish(_ job: Int, as state: JobState, now: WallTime) throws(StoreError) {
        try connection.statement(
            "UPDATE jobs SET state = ?1, due_at = NULL, finished_at = ?2, progress = NULL WHERE id = ?3"
        ).run(state.rawValue, now, job)
    }

    /// Makes the first job of a lane due, if it waits.
    func makeHeadDue(_ job: Int, now: WallTime) throws(StoreError) -> Bool {
        try connection.statement(
            "UPDATE jobs SET due_at = ?1 WHERE id = ?2 AND due_at IS NULL AND state = 'pending'"
        ).run(now, job)
        return connection.changes > 0
    }

    /// Lets a new alarm pass the dead letters of older ones: what waited behind them goes first, and without
    /// them.
    ///
    /// - Parameter waiting: The lane, from which such a dead letter is taken.
    /// - Returns: Whether the first of the lane was such a dead letter.
    @discardableResult func promotePastDead(
        _ waiting: inout [LaneJob], now: WallTime
    ) throws(StoreError) -> Bool {
        guard let stuck = waiting.first?.id else { return false }
        try connection.statement("UPDATE jobs SET state = 'dead' WHERE id = ?1 AND state = 'stuck'").run(
            stuck)
        guard connection.changes == 1 else { return false }
        waiting.removeFirst()
        try promote(after: stuck, now: now)
        return true
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

    /// Has the open that waits behind a resolve that was left out page once more: the incident of before may
    /// be open still and acknowledged, and the open folds into it then.
    ///
    /// Once for each alarm: a resolve that always fails must not make work without end.
    func pageAgain(after resolve: Int, _ held: HeldRow) throws(StoreError) {
        let open = try connection.statement(
            """
            SELECT id, urgency, (SELECT count(*) FROM jobs AS own WHERE own.destination = ?2
                    AND own.id BETWEEN jobs.id / ?4 * ?4 AND jobs.id / ?4 * ?4 + ?4 - 1),
                (SELECT max(id) FROM jobs AS all_jobs
                    WHERE all_jobs.id BETWEEN jobs.id / ?4 * ?4 AND jobs.id / ?4 * ?4 + ?4 - 1),
                EXISTS (SELECT 1 FROM jobs AS behind INDEXED BY jobs_lane WHERE behind.incident = ?1
                    AND behind.destination = ?2 AND behind.id > jobs.id AND behind.finished_at IS NULL
                    AND behind.state <> 'dead' AND behind.action = 'acknowledge')
            FROM jobs INDEXED BY jobs_lane WHERE incident = ?1 AND destination = ?2 AND id > ?3
                AND finished_at IS NULL AND state <> 'dead' AND action = 'open' ORDER BY id LIMIT 1
            """
        ).firstRow(held.incident, held.destination, resolve, JobNumber.perDeliveryMax) {
            (
                id: $0.integer(0), urgency: $0.integer(1), own: $0.integer(2), last: $0.integer(3),
                isAcknowledged: $0.integer(4) == 1
            )
        }
        guard let open, LanePatience.mayPageAgain(ownJobs: open.own, isAcknowledged: open.isAcknowledged),
            JobNumber.all(of: open.id / JobNumber.perDeliveryMax).contains(open.last + 2)
        else { return }
        for (offset, action) in [IncidentUpdate.Action.resolve, .open].enumerated() {
            try insert(
                job: open.last + 1 + offset, incident: held.incident, destination: held.destination,
                action: action, urgency: Urgency(rawValue: open.urgency), due: nil)
        }
    }
}
