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
        _ jobs: [AcceptancePlan.Job], _ policy: AcceptancePolicy, from sequence: Int, incident: Int,
        isNew: Bool, now: WallTime
    ) throws(StoreError) -> [String] {
        var due: [String] = []
        var numbers = JobNumber.all(of: sequence).makeIterator()
        for destination in Self.names(of: jobs) {
            let own = jobs.filter { $0.destination == destination }
            var isFree = true
            var added = Array(own.indices)
            if !isNew {
                let change = try prepareLane(incident, destination, for: own, policy, now: now)
                (isFree, added) = (change.isFree, change.added)
                if change.isMoreUrgent { due.append(destination) }
            }
            if isFree, !added.isEmpty, due.last != destination { due.append(destination) }
            for index in added {
                guard let number = numbers.next() else { break }
                try insert(
                    job: number, incident: incident, destination: destination, action: own[index].action,
                    urgency: Self.urgency(own, from: index), due: isFree ? now : nil)
                isFree = false
            }
        }
        return due
    }

    /// The destinations in the order in which they appear.
    private static func names(of jobs: [AcceptancePlan.Job]) -> [String] {
        var names: [String] = []
        for job in jobs where !names.contains(job.destination) { names.append(job.destination) }
        return names
    }

    /// The urgency of a job: the most urgent from it on.
    private static func urgency(_ jobs: [AcceptancePlan.Job], from index: Int) -> Urgency {
        jobs[index...].map(\.urgency).min() ?? .follow
    }

    /// Makes room in a lane for jobs that are about to be added.
    private func prepareLane(
        _ incident: Int, _ destination: String, for new: [AcceptancePlan.Job], _ policy: AcceptancePolicy,
        now: WallTime
    ) throws(StoreError) -> (isFree: Bool, added: [Int], isMoreUrgent: Bool) {
        var waiting = try lane(incident, destination)
        guard !waiting.isEmpty else { return (true, Array(new.indices), false) }
        var isDue = false
        if new.contains(where: { $0.action == .open }) {
            isDue = try promotePastDead(incident, destination, now: now)
            if isDue { waiting.removeFirst() }
        }
        let changes = LaneChanges(
            adding: new, to: waiting, policy.destinations[destination]?.collapse ?? .overtaken)
        for id in changes.collapsed { try finish(id, as: .collapsed, now: now) }
        for (id, urgency) in changes.urgencies {
            try connection.statement("UPDATE jobs SET urgency = ?1 WHERE id = ?2").run(urgency.rawValue, id)
        }
        let left = waiting.filter { !changes.collapsed.contains($0.id ?? 0) }
        if let head = left.first?.id {
            if !changes.collapsed.isEmpty, try makeHeadDue(head, now: now) { isDue = true }
            if new.contains(where: { $0.action == .open }) {
                try connection.statement(
                    """
                    UPDATE jobs SET due_at = min(due_at, ?1) WHERE id = ?2 AND state = 'pending' AND attempts > 0
                    """
                ).run(now.adding(milliseconds: LanePatience.openMilliseconds), head)
            }
        }
        return (left.isEmpty, changes.added, isDue || changes.isMoreUrgent)
    }

    /// What is in a lane, neither finished nor dead, in order.
    func lane(_ incident: Int, _ destination: String) throws(StoreError) -> [LaneJob] {
        var jobs: [LaneJob] = []
        try findLane.forEachRow(incident, destination) { (row) throws(StoreError) in
            guard let action = IncidentUpdate.Action(rawValue: row.text(1)) else { return }
            jobs.append(
                LaneJob(
                    id: row.integer(0), action: action,
                    wasBegun: row.text(2) != JobState.pending.rawValue || row.integer(3) > 0,
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
    /// - Returns: Whether the first of the lane was such a dead letter.
    @discardableResult func promotePastDead(
        _ incident: Int, _ destination: String, now: WallTime
    ) throws(StoreError) -> Bool {
        let stuck = try connection.statement(
            """
            SELECT id FROM jobs WHERE incident = ?1 AND destination = ?2 AND finished_at IS NULL
                AND state <> 'dead' ORDER BY id LIMIT 1
            """
        ).firstRow(incident, destination) { $0.integer(0) }
        guard let stuck else { return false }
        try connection.statement("UPDATE jobs SET state = 'dead' WHERE id = ?1 AND state = 'stuck'").run(
            stuck)
        guard connection.changes == 1 else { return false }
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
    func pageAgain(
        after resolve: Int, _ held: HeldRow, mayHaveArrived: Bool
    ) throws(StoreError) {
        let open = try connection.statement(
            """
            SELECT id, urgency, (SELECT count(*) FROM jobs AS own WHERE own.destination = ?2
                    AND own.id BETWEEN jobs.id / ?4 * ?4 AND jobs.id / ?4 * ?4 + ?4 - 1),
                (SELECT max(id) FROM jobs AS all_jobs
                    WHERE all_jobs.id BETWEEN jobs.id / ?4 * ?4 AND jobs.id / ?4 * ?4 + ?4 - 1)
            FROM jobs INDEXED BY jobs_lane WHERE incident = ?1 AND destination = ?2 AND id > ?3
                AND finished_at IS NULL AND state <> 'dead' AND action = 'open' ORDER BY id LIMIT 1
            """
        ).firstRow(held.incident, held.destination, resolve, JobNumber.perDeliveryMax) {
            (id: $0.integer(0), urgency: $0.integer(1), own: $0.integer(2), last: $0.integer(3))
        }
        guard let open, LanePatience.mayPageAgain(ownJobs: open.own, mayHaveArrived: mayHaveArrived),
            JobNumber.all(of: open.id / JobNumber.perDeliveryMax).contains(open.last + 2)
        else { return }
        for (offset, action) in [IncidentUpdate.Action.resolve, .open].enumerated() {
            try insert(
                job: open.last + 1 + offset, incident: held.incident, destination: held.destination,
                action: action, urgency: Urgency(rawValue: open.urgency), due: nil)
        }
    }
}
