internal import AdapterKit
internal import OpenSenseWebhooks

/// The ends of running jobs: leases, outcomes and their reports.
extension DeliveryEngine {
    // MARK: Leases

    mutating func renew(_ id: Int, forMilliseconds length: Int) {
        guard let run = running[id] else { return }
        running[id]?.renewedUntil = now.adding(milliseconds: length)
        put(.journal(.renew(HeldJob(run.job), now: wallNow, leaseMilliseconds: length)))
    }

    mutating func renewed(_ held: HeldJob, _ result: Result<Bool, StoreError>) {
        guard let run = running[held.job] else { return }
        guard case .success(let isHeld) = result, run.job.lease == held.lease else {
            // The lease is unchanged, or is another one already: what waits for it looks again.
            if case .renewing = run.stage {
                running[held.job]?.timer = now.adding(milliseconds: Self.journalRetryMilliseconds)
            }
            return
        }
        if isHeld {
            running[held.job]?.leaseUntil = run.renewedUntil ?? run.leaseUntil
            if case .renewing(let request) = run.stage { send(held.job, request) }
        } else if !run.isSending {
            // A running request is awaited all the same: its answer shows the vendor's health.
            abandonLease(held.job)
        }
    }

    /// Drops a job whose lease is lost; the holder of the newer lease reports its outcome.
    mutating func abandonLease(_ id: Int) {
        guard let run = running.removeValue(forKey: id) else { return }
        if run.isWaiting { destinations[run.job.destination]?.resumeJob() }
        destinations[run.job.destination]?.endJob()
    }

    // MARK: Finishing

    /// - Parameter failsOver: Whether the failover is to have it at once.
    mutating func retry(
        _ id: Int, after retryAfter: RetryAfter?, reason: String, failsOver: Bool = false
    ) {
        guard let run = running[id] else { return }
        let wait = policy.waitMilliseconds(
            attempts: run.job.attempts + 1,
            triedMilliseconds: run.job.triedMilliseconds + now.milliseconds(since: run.leasedAt),
            askedMilliseconds: policy.askedMilliseconds(retryAfter, at: wallNow), random: random.next())
        guard let wait else { return endDead(id, "given up: \(reason)") }
        // What follows an open goes with it, or waits for the vendor that has it.
        let failover =
            failsOver && run.job.action == .open ? destinations[run.job.destination]?.spec.failover : nil
        end(id, .retry(afterMilliseconds: wait, reason: reason, failover: failover))
    }

    /// Only an open is worth waiting for: what follows an acknowledgement or a resolve makes sense without
    /// it.
    ///
    /// An update goes to no other destination: where its incident is not open it would page.
    mutating func endDead(_ id: Int, _ reason: String) {
        guard let run = running[id] else { return }
        let spec = destinations[run.job.destination]?.spec
        let failover = run.job.action == .update ? nil : spec?.failover
        let holds = spec?.onDeadLetter == .hold && run.job.action == .open && failover == nil
        end(id, .dead(.init(reason: reason, holdsLane: holds, failover: failover)))
    }

    mutating func end(_ id: Int, _ outcome: JobOutcome) {
        running[id]?.stage = .ended(outcome)
        running[id]?.timer = nil
        report(id)
    }

    mutating func report(_ id: Int) {
        guard let run = running[id], case .ended(let outcome) = run.stage else { return }
        running[id]?.reportedLease = run.job.lease
        var report = JobReport(run.job, outcome, exchange: run.exchange)
        report.mayHaveArrived = run.mayHaveArrived
        report.folds = run.adapter?.traits.folds ?? true
        report.isAlone = failedAlone(run)
        put(.journal(.finish(report, now: wallNow)))
    }

    /// Whether nothing shows that other lanes of the vendor fail, too.
    private mutating func failedAlone(_ run: RunningJob) -> Bool {
        let isWell = withVendor(of: run.job.destination) { $1.isWell(at: $2) } ?? false
        switch run.failure {
        case .request: return true
        case .vendor: return isWell
        // Those that opened the incident may be over, and what comes after has others.
        case .credentials:
            let present = destinations[run.job.destination]?.spec.fingerprint
            return isWell || run.job.fingerprint.map { $0 != present } ?? false
        case .pace: return false
        }
    }

    mutating func finished(_ id: Int, _ result: Result<FinishOutcome, StoreError>) {
        guard let run = running[id], case .ended(let outcome) = run.stage else { return }
        guard case .success(let written) = result else {
            // While draining, an outcome that cannot be stored is dropped; the job is sent again after the
            // restart.
            if isDraining { return giveBack([id]) }
            running[id]?.timer = now.adding(milliseconds: Self.journalRetryMilliseconds)
            return
        }
        if written == .leaseLost, run.reportedLease != run.job.lease {
            // The store failed for so long that the lease ran out, and this relay has the job anew: its
            // outcome holds.
            return report(id)
        }
        running[id] = nil
        destinations[run.job.destination]?.endJob()
        noteOutcome(of: run, outcome)
        expectWork(after: run.job, outcome, isLost: written == .leaseLost)
    }

    /// Keeps whether anything succeeds at a destination; what becomes of the relay's own reports does not
    /// count.
    private mutating func noteOutcome(of run: RunningJob, _ outcome: JobOutcome) {
        guard !JobReference(run.job).isOfRelay, run.requestCount > 0 else { return }
        switch outcome {
        case .delivered: destinations[run.job.destination]?.noteSuccess()
        case .retry(_, let reason, _): destinations[run.job.destination]?.noteFailure(reason, at: now)
        // The vendor has answered, and refuses this update.
        case .dead: break
        }
    }

    /// Looks for what an outcome that is written down has made due.
    private mutating func expectWork(after job: LeasedJob, _ outcome: JobOutcome, isLost: Bool) {
        guard !isLost else {
            destinations[job.destination]?.expectWork(at: now.adding(milliseconds: pollMilliseconds))
            return
        }
        // The lane's next job: also of one that is tried again, which what waits behind it may have passed.
        destinations[job.destination]?.nextDueAt = now
        if let failover = outcome.failover { destinations[failover]?.nextDueAt = now }
        // What the failover has taken over waits for the first destination no more.
        for name in destinations.keys where destinations[name]?.spec.failover == job.destination {
            destinations[name]?.nextDueAt = now
        }
    }

    // MARK: Stopping

    /// Jobs that only wait, for a check or for the journal, are given back: the relay that takes them next
    /// begins them anew.
    ///
    /// An outcome that could not be written down is written once more, as what has arrived is not to be sent
    /// again.
    mutating func drain() {
        isDraining = true
        let waiting = running.filter { $0.value.timer != nil }
        let ended = waiting.filter { $0.value.isEnded }.keys.sorted()
        giveBack(waiting.keys.sorted().filter { !ended.contains($0) })
        for id in ended {
            running[id]?.timer = nil
            report(id)
        }
    }

    mutating func giveBack(_ ids: [Int]) {
        let held = ids.compactMap { running.removeValue(forKey: $0).map { HeldJob($0.job) } }
        if !held.isEmpty { put(.journal(.release(held, now: wallNow))) }
    }
}
