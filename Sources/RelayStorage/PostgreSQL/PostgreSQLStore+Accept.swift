internal import AdapterKit
internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// What is decided in memory, from what the batch has read; the same as ``SQLiteStore`` does with statements.
extension PostgreSQLStore {
    /// Notes ledger, delivery, timeline and jobs, unless the delivery is known.
    func accept(_ acceptance: Acceptance) throws(StoreError) -> AcceptanceOutcome {
        for identity in acceptance.identities {
            if let known = batch.knownDeliveries[identity] { return .duplicate(sequence: known) }
        }
        let now = stored(acceptance.receivedAt)
        var key: String?
        if case .step(let named, _) = acceptance.content { key = named.stored }
        var incident = key.flatMap { batch.incidentsByKey[$0] }
        let plan = try AcceptancePlan(acceptance, known: incident?.timeline, configured: configured)
        if let key, incident == nil {
            let made = batch.makeIncident(key, plan.timeline ?? IncidentTimeline())
            changes.save(made, at: now)
            incident = made
        } else if let incident, let timeline = plan.timeline {
            incident.timeline = timeline
            changes.save(incident, at: now)
        }
        let sequence = batch.nextSequence()
        changes.add(
            .init(
                sequence: sequence, acceptance: acceptance, plan: plan, incident: incident?.id,
                receivedAt: now))
        for identity in acceptance.identities { batch.knownDeliveries[identity] = sequence }
        let due = incident.map { enqueue(plan.jobs, from: sequence, incident: $0.id, now: now) } ?? []
        return .accepted(sequence: sequence, verdict: plan.verdict, reason: plan.reason, due: due)
    }

    /// Adds jobs at the ends of their lanes.
    ///
    /// - Returns: The destinations whose lane had nothing waiting, so that its first job is due at once.
    private func enqueue(
        _ jobs: [AcceptancePlan.Job], from sequence: Int, incident: Int, now: WallTime
    ) -> [String] {
        var due: [String] = []
        for (number, job) in zip(JobNumber.all(of: sequence), jobs) {
            let key = PostgreSQLBatch.LaneKey(incident: incident, destination: job.destination)
            let lane = batch.lane(key)
            if job.action == .open, promotePastDead(lane, now: now) { due.append(job.destination) }
            if lane.jobs.isEmpty { due.append(job.destination) }
            add(number, to: lane, key: key, action: job.action, now: now)
        }
        return due
    }

    /// Adds a job to a lane; it is due when it is alone there.
    private func add(
        _ number: Int, to lane: PostgreSQLBatch.Lane, key: PostgreSQLBatch.LaneKey,
        action: IncidentUpdate.Action, now: WallTime
    ) {
        let isDue = lane.jobs.isEmpty
        lane.insert(.init(id: number, state: .pending, isDue: isDue), action)
        changes.add(.init(id: number, lane: key, action: action, due: isDue ? now : nil))
    }

    /// Lets a new alarm pass the dead letters of older ones: what waited behind them goes first, and without
    /// them.
    ///
    /// - Returns: Whether something that waited is due now.
    private func promotePastDead(_ lane: PostgreSQLBatch.Lane, now: WallTime) -> Bool {
        guard let first = lane.jobs.first, first.state == .stuck else { return false }
        changes.releaseLane(of: first.id)
        lane.jobs.removeFirst()
        return promote(lane, now: now)
    }

    /// Makes the first job of a lane due, if it waits.
    ///
    /// - Returns: Whether it did.
    @discardableResult private func promote(_ lane: PostgreSQLBatch.Lane, now: WallTime) -> Bool {
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
            return .leaseLost
        }
        let now = stored(now)
        let lane = batch.lane(job.lane)
        let state: JobState
        var (due, finished): (WallTime?, WallTime?) = (nil, nil)
        var reason: String?
        switch report.outcome {
        case .retry(let wait, let why): (state, due, reason) = (.pending, now.adding(milliseconds: wait), why)
        case .dead(let letter):
            // A newer alarm that waits behind it must not wait for a person.
            let isPassed = !letter.holdsLane || (lane.newestOpen ?? 0) > report.job
            (state, reason) = (isPassed ? .dead : .stuck, letter.reason)
        case .delivered: (state, finished) = (.delivered, now)
        }
        changes.add(.init(job: report.job, state: state, due: due, reason: reason, finished: finished))
        batch.jobs[report.job]?.state = state
        if let exchange = report.exchange { changes.saveAttempt(exchange, of: report.job, at: now) }
        if case .delivered(let episodeState) = report.outcome {
            let isOver = report.endsState
            if isOver || episodeState != nil {
                changes.saveEpisodeState(isOver ? nil : episodeState, of: job.lane)
            }
        }
        if let index = lane.jobs.firstIndex(where: { $0.id == report.job }) {
            if finished != nil || state == .dead {
                lane.jobs.remove(at: index)
            } else {
                lane.jobs[index].state = state
                lane.jobs[index].isDue = due != nil
            }
        }
        if case .dead(let letter) = report.outcome, let failover = letter.failover {
            try failOver(report.job, to: failover, now: now)
        }
        if due == nil { promote(lane, now: now) }
        return .recorded
    }

    /// Gives the update of a dead letter to another destination, which gets what follows of the alarm, too:
    /// what waits behind an open now, and what is accepted from now on.
    private func failOver(_ id: Int, to destination: String, now: WallTime) throws(StoreError) {
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
            add(number, to: lane, key: key, action: try moved.action(row, 1), now: now)
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
            WHERE same.id BETWEEN moved.id / $6 * $6 AND moved.id / $6 * $6 + $6 - 1)
        FROM jobs AS moved WHERE (id = $3 OR ($4 = 'open' AND incident = $1 AND destination = $2 AND id > $3
            AND finished_at IS NULL AND state <> 'dead' AND NOT EXISTS (
                SELECT 1 FROM jobs AS newer WHERE newer.incident = $1 AND newer.destination = $2
                    AND newer.finished_at IS NULL AND newer.state <> 'dead' AND newer.action = 'open'
                    AND newer.id > $3 AND newer.id <= moved.id)))
            AND NOT EXISTS (SELECT 1 FROM jobs AS own
                WHERE own.incident = moved.incident AND own.destination = $5 AND own.id >= moved.id / $6 * $6 AND (
                    own.action = 'open' AND own.id >= moved.id / $6 * $6 + $6
                    OR own.action = 'resolve' AND moved.action = 'open' AND own.id >= moved.id / $6 * $6 + $6
                        AND (own.finished_at IS NOT NULL OR own.due_at IS NOT NULL)
                    OR own.id < moved.id / $6 * $6 + $6 AND (
                        own.action = moved.action OR own.action = 'open' AND moved.action = 'resolve')))
        ORDER BY id
        """
}
