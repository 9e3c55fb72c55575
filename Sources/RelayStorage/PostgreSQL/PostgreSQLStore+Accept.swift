internal import AdapterKit
internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// What is decided in memory, from what the batch has read; the same as ``SQLiteStore`` does with statements.
extension PostgreSQLStore {
    /// Notes ledger, delivery, timeline and jobs, unless the delivery is known.
    func accept(_ given: Acceptance) throws(StoreError) -> AcceptanceOutcome {
        var acceptance = given
        for identity in given.identities {
            guard let known = batch.knownDeliveries[identity] else { continue }
            if try isRepetition(given, of: known) { return .duplicate(sequence: known) }
            acceptance.identities = [given.identityOfEvent]
        }
        let hasReusedID = acceptance.identities != given.identities
        if hasReusedID, let known = try sequence(of: acceptance.identities[0]) {
            return .duplicate(sequence: known)
        }
        return try acceptNew(acceptance, hasReusedID: hasReusedID)
    }

    /// Whether a delivery repeats one whose id it has.
    private func isRepetition(_ acceptance: Acceptance, of sequence: Int) throws(StoreError) -> Bool {
        let rows = try query([
            PostgreSQLStatement("SELECT body FROM deliveries WHERE sequence = $1", [.integer(sequence)])
        ])[0]
        // One that was forgotten already is known by its id alone.
        return rows.count == 0 || acceptance.repeats(rows.bytes(0, 0) ?? [])
    }

    /// The delivery of an identity that was not asked for at the beginning of the batch.
    private func sequence(of identity: DeliveryKey) throws(StoreError) -> Int? {
        if let known = batch.knownDeliveries[identity] { return known }
        return try query([
            PostgreSQLStatement(
                "SELECT sequence FROM ledger WHERE high = $1 AND low = $2",
                [.integer(identity.signedHigh), .integer(identity.signedLow)])
        ])[0].integer(0, 0)
    }

    private func acceptNew(
        _ acceptance: Acceptance, hasReusedID: Bool
    ) throws(StoreError) -> AcceptanceOutcome {
        let now = stored(acceptance.receivedAt)
        let key = acceptance.incidentKey?.stored
        var incident = key.flatMap { batch.incidentsByKey[$0] }
        if acceptance.mayConcernOther(than: incident?.timeline),
            let other = acceptance.keyWithoutAccount.flatMap({ batch.incidentsByKey[$0.stored] }),
            other.timeline.episode != nil
        {
            incident = other
        }
        let isEventKnown = acceptance.eventKey.map { batch.knownDeliveries[$0] != nil } ?? false
        let plan = try AcceptancePlan(
            acceptance, known: incident?.timeline, isEventKnown: isEventKnown)
        if let key, incident == nil {
            let made = batch.makeIncident(key, plan.timeline ?? IncidentTimeline())
            changes.save(made, at: now)
            incident = made
        } else if let incident, let timeline = plan.timeline {
            incident.timeline = timeline
            changes.save(incident, at: now)
        } else if let incident, incident.timeline.episode == nil {
            changes.mention(incident, at: now)
        }
        let sequence = batch.nextSequence()
        let reason = plan.reason ?? (hasReusedID ? Acceptance.reusedID : nil)
        let keys = acceptance.ledgerKeys(isEventKnown: isEventKnown)
        changes.add(
            .init(
                sequence: sequence, acceptance: acceptance, keys: keys, plan: plan, reason: reason,
                incident: incident?.id, receivedAt: now))
        for identity in keys { batch.knownDeliveries[identity] = sequence }
        var due: [String] = []
        if let incident {
            due = try enqueue(plan.lanes, acceptance.policy, from: sequence, incident: incident.id, now: now)
        }
        return .accepted(
            sequence: sequence, verdict: plan.verdict, reason: reason,
            due: due.filter { configured?.contains($0) ?? true })
    }

    // MARK: Lanes

    /// Adds jobs at the ends of their lanes.
    ///
    /// - Returns: The destinations at which something is due now, or is more urgent than before.
    private func enqueue(
        _ lanes: [AcceptancePlan.Lane], _ policy: AcceptancePolicy, from sequence: Int, incident: Int,
        now: WallTime
    ) throws(StoreError) -> [String] {
        var due: [String] = []
        var numbers = JobNumber.all(of: sequence).makeIterator()
        for new in lanes {
            let key = PostgreSQLBatch.LaneKey(incident: incident, destination: new.destination)
            let lane = batch.lane(key)
            let change = try prepareLane(
                lane, for: new.jobs, policy.destination(new.destination).collapse, now: now)
            if change.isMoreUrgent || (lane.jobs.isEmpty && !change.added.isEmpty) {
                due.append(new.destination)
            }
            var endsFirst =
                new.beginsAlarm && batch.pinned.contains(key) && !lane.jobs.contains { $0.action == .resolve }
            for index in change.added {
                let job = new.jobs[index]
                if endsFirst, job.action == .open, let number = numbers.next() {
                    add(number, to: lane, key: key, action: .resolve, urgency: job.urgency, now: now)
                    endsFirst = false
                }
                guard let number = numbers.next() else { break }
                add(number, to: lane, key: key, action: job.action, urgency: job.urgency, now: now)
            }
        }
        return due
    }

    /// Makes room in a lane for jobs that are about to be added.
    private func prepareLane(
        _ lane: PostgreSQLBatch.Lane, for new: [AcceptancePlan.Job], _ collapse: CollapseResolved,
        now: WallTime
    ) throws(StoreError) -> (added: [Int], isMoreUrgent: Bool) {
        guard !lane.jobs.isEmpty else { return (Array(new.indices), false) }
        let opens = new.contains { $0.action == .open }
        var isDue = opens && promotePastDead(lane, now: now)
        var changes = LaneChanges(adding: new, to: lane.jobs.map(\.job), collapse)
        while try !hold(changes.collapsed, of: lane) {
            changes = LaneChanges(adding: new, to: lane.jobs.map(\.job), collapse)
        }
        for id in changes.collapsed { leaveOut(id, of: lane, as: .collapsed, now: now) }
        for (id, urgency) in changes.urgencies {
            self.changes.setUrgency(urgency, of: id)
            for index in lane.jobs.indices where lane.jobs[index].id == id {
                lane.jobs[index].urgency = urgency
            }
        }
        if !changes.collapsed.isEmpty, promote(lane, now: now) { isDue = true }
        if opens, let head = lane.jobs.first, head.state == .pending, head.attempts > 0 {
            self.changes.hasten(head.id, to: now.adding(milliseconds: LanePatience.openMilliseconds))
            // Who leases has to know the new time.
            isDue = true
        }
        return (changes.added, isDue || changes.isMoreUrgent)
    }

    /// Ends a job without sending anything more for it.
    func leaveOut(
        _ job: Int, of lane: PostgreSQLBatch.Lane, as state: JobState, now: WallTime
    ) {
        changes.leaveOut(job, as: state, at: now)
        lane.jobs.removeAll { $0.id == job }
    }

    /// Adds a job to a lane; it is due when it is alone there.
    func add(
        _ number: Int, to lane: PostgreSQLBatch.Lane, key: PostgreSQLBatch.LaneKey,
        action: IncidentUpdate.Action, urgency: Urgency, now: WallTime, origin: Int? = nil,
        receivedAt: WallTime? = nil
    ) {
        let isDue = lane.jobs.isEmpty
        lane.insert(
            .init(
                id: number, action: action, state: .pending, isDue: isDue, urgency: urgency,
                receivedAt: receivedAt ?? now))
        changes.add(
            .init(
                id: number, lane: key, action: action, urgency: urgency, due: isDue ? now : nil,
                origin: origin))
    }

    /// Lets a new alarm pass the dead letters of older ones: what waited behind them goes first, and without
    /// them.
    ///
    /// - Returns: Whether the first of the lane was such a dead letter.
    @discardableResult func promotePastDead(_ lane: PostgreSQLBatch.Lane, now: WallTime) -> Bool {
        guard let first = lane.jobs.first, first.state == .stuck else { return false }
        changes.releaseLane(of: first.id)
        lane.jobs.removeFirst()
        promote(lane, now: now)
        return true
    }

    /// Makes the first job of a lane due, if it waits.
    ///
    /// - Returns: Whether it did.
    @discardableResult func promote(_ lane: PostgreSQLBatch.Lane, now: WallTime) -> Bool {
        guard let first = lane.jobs.first, first.state == .pending, !first.isDue else { return false }
        lane.jobs[0].isDue = true
        changes.promote(first.id, due: now)
        return true
    }

    // MARK: Finishing

    /// Whether a job is held under this lease, as far as the batch has come.
    private func isHeld(_ held: HeldJob) -> Bool {
        guard let job = batch.jobs[held.job] else { return false }
        return job.state == .leased && job.lease == held.lease
    }

    func renew(_ held: HeldJob, now: WallTime, leaseMilliseconds: Int) -> Bool {
        guard isHeld(held) else { return false }
        changes.renew(held.job, until: stored(now).adding(milliseconds: leaseMilliseconds))
        return true
    }

    /// Keeps how far the adapter has come with a job, if its lease is still held.
    func advance(_ held: HeldJob, progress: String) -> Bool {
        guard isHeld(held) else { return false }
        changes.advance(held.job, to: progress)
        return true
    }

    /// Makes jobs due whose leases are still held; that they were leased counts as no attempt.
    func release(_ held: [HeldJob], now: WallTime, afterMilliseconds wait: Int) {
        for held in held where isHeld(held) {
            guard let lane = batch.jobs[held.job].map({ batch.lane($0.lane) }) else { continue }
            changes.giveBack(held.job, due: stored(now).adding(milliseconds: wait))
            batch.jobs[held.job]?.state = .pending
            for index in lane.jobs.indices where lane.jobs[index].id == held.job {
                lane.jobs[index].state = .pending
                lane.jobs[index].isDue = true
            }
        }
    }

    func finish(_ report: JobReport, now: WallTime) throws(StoreError) -> FinishOutcome {
        guard let job = batch.jobs[report.job], isHeld(HeldJob(job: report.job, lease: report.lease)) else {
            return isDead(report) ? .recorded : .leaseLost
        }
        let now = stored(now)
        let lane = batch.lane(job.lane)
        let (state, wait, reason) = report.ending(
            attempts: job.attempts + 1, waiting(behind: report.job, in: lane, now: now))
        let due = wait.map { now.adding(milliseconds: $0) }
        let isFinished = ![.pending, .dead, .stuck].contains(state)
        changes.add(
            .init(
                job: report.job, state: state, due: due, reason: reason, finished: isFinished ? now : nil,
                hasArrived: report.mayHaveArrived))
        batch.jobs[report.job]?.state = state
        if let exchange = report.exchange { changes.saveAttempt(exchange, of: report.job, at: now) }
        note(state, isDue: due != nil, of: report, in: lane)
        if LanePatience.pagesAgain(after: report, state, attempts: job.attempts + 1) {
            try pageAgain(after: report.job, job.lane, lane, now: now)
        }
        switch report.outcome {
        case .delivered(let episodeState, _):
            let isOver = report.endsState
            if isOver || episodeState != nil {
                changes.saveEpisodeState(isOver ? nil : episodeState, of: job.lane)
            }
            if report.action == .resolve {
                changes.pin(job.lane, to: nil)
                batch.pinned.remove(job.lane)
            }
            if let origin = job.origin, report.action == .open {
                try takeOver(origin, job.lane.incident, now: now)
            }
        case .dead, .retry:
            if let failover = report.outcome.failover { try failOver(report.job, to: failover, now: now) }
        }
        if state == .pending, report.action == .open, try isTakenOver(report.job) {
            try takeOver(report.job, job.lane.incident, now: now)
        }
        if due == nil { promote(lane, now: now) }
        return state == .passed ? .passed : .recorded
    }

    /// Whether a dead letter was made under the lease of the report of one: its commit took place, and the
    /// relay has not heard of it.
    private func isDead(_ report: JobReport) -> Bool {
        guard case .dead = report.outcome, let job = batch.jobs[report.job] else { return false }
        return job.lease == report.lease && [.dead, .stuck].contains(job.state)
    }

    /// What waits behind a job.
    private func waiting(
        behind job: Int, in lane: PostgreSQLBatch.Lane, now: WallTime
    ) -> LaneBehind {
        let behind = lane.jobs.filter { $0.id > job }
        let open = behind.first { $0.action == .open }
        return LaneBehind(
            openWaits: open.map { max(now.milliseconds(since: $0.receivedAt), 0) },
            isOpenOwn: open.map { JobNumber.areOfOneDelivery($0.id, job) } ?? false,
            isEndWaiting: behind.contains { $0.action == .resolve })
    }

    /// Has the open that waits behind a resolve that was left out page once more: the incident of before may
    /// be open still and acknowledged, and the open folds into it then.
    private func pageAgain(
        after resolve: Int, _ key: PostgreSQLBatch.LaneKey, _ lane: PostgreSQLBatch.Lane, now: WallTime
    ) throws(StoreError) {
        guard let open = lane.jobs.first(where: { $0.id > resolve && $0.action == .open }) else { return }
        let numbers = JobNumber.all(of: open.id / JobNumber.perDeliveryMax)
        let found = try query([
            PostgreSQLStatement(
                "SELECT count(*) FILTER (WHERE destination = $3), max(id) FROM jobs WHERE id BETWEEN $1 AND $2",
                [.integer(numbers.lowerBound), .integer(numbers.upperBound), .text(key.destination)])
        ])[0]
        let last = try found.number(0, 1)
        let own = try found.number(0, 0)
        let isAcknowledged = lane.jobs.contains { $0.id > open.id && $0.action == .acknowledge }
        guard LanePatience.mayPageAgain(ownJobs: own, isAcknowledged: isAcknowledged),
            numbers.contains(last + 2)
        else { return }
        for (offset, action) in [IncidentUpdate.Action.resolve, .open].enumerated() {
            add(
                last + 1 + offset, to: lane, key: key, action: action, urgency: open.urgency, now: now,
                receivedAt: open.receivedAt)
        }
    }

    /// Keeps what became of a job in its lane.
    private func note(
        _ state: JobState, isDue: Bool, of report: JobReport, in lane: PostgreSQLBatch.Lane
    ) {
        guard let index = lane.jobs.firstIndex(where: { $0.id == report.job }) else { return }
        guard state == .pending || state == .stuck else {
            lane.jobs.remove(at: index)
            return
        }
        lane.jobs[index].state = state
        lane.jobs[index].isDue = isDue
        lane.jobs[index].attempts += 1
        if report.mayHaveArrived { lane.jobs[index].hasArrived = true }
        if state == .pending { lane.jobs[index].urgency = lane.jobs[index].urgency.tried }
    }
}
