internal import AdapterKit
internal import OpenSenseWebhooks

/// The course of running jobs: sending, answers, and reporting their outcomes.
extension DeliveryEngine {
    // MARK: Sending

    mutating func sendNext(_ id: Int, at now: SteadyTime, into outputs: inout [Output]) {
        guard let run = running[id] else { return }
        guard let request = run.requests.first else {
            return end(id, .delivered(episodeState: run.episodeState), into: &outputs)
        }
        send(id, request, at: now, into: &outputs)
    }

    private mutating func send(
        _ id: Int, _ request: OutboundRequest, at now: SteadyTime, into outputs: inout [Output]
    ) {
        guard let run = running[id] else { return }
        // After a stall longer than the lease, as in a debugger or on a machine that slept, another relay may
        // have leased the job and sent it.
        guard now.adding(milliseconds: Self.requestMilliseconds) <= run.leaseUntil else {
            return abandonLease(id)
        }
        let name = run.job.destination
        running[id]?.current = request
        running[id]?.timer = nil
        destinations[name]?.requestStarted(at: now)
        outputs.append(.send(run.job, request))
    }

    mutating func answered(
        _ id: Int, _ response: VendorResponse, at now: ClockReading, into outputs: inout [Output]
    ) {
        guard let run = running[id], let request = run.current,
            let adapter = destinations[run.job.destination]?.spec.adapter
        else { return }
        running[id]?.current = nil
        let disposition = adapter.disposition(of: response, to: request)
        updateHealth(of: run.job.destination, response, disposition, at: now)
        running[id]?.exchange = nil
        switch disposition {
        case .delivered(let correlation):
            if let correlation { running[id]?.episodeState = correlation }
            running[id]?.requests.removeFirst()
            sendNext(id, at: now.steady, into: &outputs)
        case .checkLater(let check, let after):
            checkLater(id, by: check, after: after, at: now, into: &outputs)
        case .retry(let retryAfter, let reason):
            running[id]?.exchange = Exchange(request, response)
            retry(id, after: retryAfter, reason: reason, at: now, into: &outputs)
        case .rejected(let reason):
            running[id]?.exchange = Exchange(request, response)
            endDead(id, reason, into: &outputs)
        }
    }

    /// Puts a job aside until its outcome is asked for; another job uses its place meanwhile.
    ///
    /// A vendor that has accepted an update and reports no outcome within ``checkMilliseconds`` is assumed to
    /// have it, so that the alarm's next updates wait no longer than that.
    private mutating func checkLater(
        _ id: Int, by check: OutboundRequest, after: RetryAfter, at now: ClockReading,
        into outputs: inout [Output]
    ) {
        guard let run = running[id] else { return }
        // While draining, outcomes are not awaited: after the restart the update is sent again, and a
        // vendor that deduplicates ignores it.
        guard !isDraining else { return running[id] = nil }
        let since = run.checkedSince ?? now.steady
        guard now.steady.milliseconds(since: since) < Self.checkMilliseconds else {
            return end(id, .delivered(episodeState: run.episodeState), into: &outputs)
        }
        running[id]?.checkedSince = since
        running[id]?.check = check
        let asked = policy.askedMilliseconds(after, at: now.wall)
        let timer = now.steady.adding(milliseconds: min(max(asked, 1_000), Self.checkMilliseconds))
        running[id]?.timer = timer
        destinations[run.job.destination]?.pauseJob()
        outputs.append(
            .renew(job: id, lease: run.job.lease, leaseUntil: timer.adding(milliseconds: leaseMilliseconds)))
    }

    mutating func renewed(
        _ id: Int, lease: Int, until leaseUntil: SteadyTime, _ result: Result<Bool, StoreError>
    ) {
        // When the journal fails, the lease is unchanged, and the job is abandoned once that has run out.
        // What became of an older lease is nothing to the present one.
        guard case .success(let isHeld) = result, running[id]?.job.lease == lease else { return }
        if isHeld {
            running[id]?.leaseUntil = leaseUntil
        } else if running[id]?.current == nil {
            // A running request is awaited all the same: its answer shows the vendor's health.
            abandonLease(id)
        }
    }

    /// Drops a job whose lease is lost; the holder of the newer lease reports its outcome.
    mutating func abandonLease(_ id: Int) {
        guard let run = running.removeValue(forKey: id) else { return }
        if run.check != nil { destinations[run.job.destination]?.resumeJob() }
        destinations[run.job.destination]?.endJob()
    }

    mutating func unreachable(
        _ id: Int, _ reason: String, at now: ClockReading, into outputs: inout [Output]
    ) {
        guard let name = running[id]?.job.destination, let request = running[id]?.current else { return }
        running[id]?.current = nil
        destinations[name]?.breaker.failed(at: now.steady)
        running[id]?.exchange = Exchange(request, answer: reason)
        if request.purpose == .check {
            return checkLater(id, by: request, after: .seconds(5), at: now, into: &outputs)
        }
        retry(id, after: nil, reason: reason, at: now, into: &outputs)
    }

    /// A 5xx counts as a failure of the vendor; a 429 pauses every job of the destination.
    private mutating func updateHealth(
        of name: String, _ response: VendorResponse, _ disposition: Disposition, at now: ClockReading
    ) {
        if response.status >= 500 {
            destinations[name]?.breaker.failed(at: now.steady)
        } else {
            destinations[name]?.breaker.answered()
        }
        if response.status == 429, case .retry(let retryAfter?, _) = disposition {
            let asked = policy.askedMilliseconds(retryAfter, at: now.wall)
            destinations[name]?.pausedUntil = now.steady.adding(milliseconds: asked)
        }
    }

    private mutating func retry(
        _ id: Int, after retryAfter: RetryAfter?, reason: String, at now: ClockReading,
        into outputs: inout [Output]
    ) {
        guard let run = running[id] else { return }
        let wait = policy.waitMilliseconds(
            attempts: run.job.attempts + 1,
            triedMilliseconds: run.job.triedMilliseconds + now.steady.milliseconds(since: run.leasedAt),
            askedMilliseconds: policy.askedMilliseconds(retryAfter, at: now.wall), random: random.next())
        guard let wait else { return endDead(id, "given up: \(reason)", into: &outputs) }
        end(id, .retry(afterMilliseconds: wait, reason: reason), into: &outputs)
    }

    // MARK: Finishing

    /// Only an open is worth waiting for: what follows an acknowledgement or a resolve makes sense without
    /// it.
    mutating func endDead(_ id: Int, _ reason: String, into outputs: inout [Output]) {
        guard let run = running[id], let spec = destinations[run.job.destination]?.spec else { return }
        let holds = spec.onDeadLetter == .hold && run.job.action == .open && spec.failover == nil
        end(id, .dead(.init(reason: reason, holdsLane: holds, failover: spec.failover)), into: &outputs)
    }

    private mutating func end(_ id: Int, _ outcome: JobOutcome, into outputs: inout [Output]) {
        running[id]?.outcome = outcome
        running[id]?.timer = nil
        if let run = running[id] { report(id, run, into: &outputs) }
    }

    private mutating func report(_ id: Int, _ run: RunningJob, into outputs: inout [Output]) {
        guard let outcome = run.outcome else { return }
        running[id]?.reportedLease = run.job.lease
        outputs.append(.finish(run.job, JobReport(run.job, outcome, exchange: run.exchange)))
    }

    mutating func finished(
        _ id: Int, _ result: Result<FinishOutcome, StoreError>, at now: SteadyTime,
        into outputs: inout [Output]
    ) {
        guard let run = running[id] else { return }
        guard case .success(let written) = result else {
            // While draining, an outcome that cannot be stored is dropped; the job is sent again after the
            // restart.
            if isDraining { running[id] = nil }
            running[id]?.timer = now.adding(milliseconds: Self.journalRetryMilliseconds)
            return
        }
        if written == .leaseLost, run.reportedLease != run.job.lease {
            // The store failed for so long that the lease ran out, and this relay has the job anew: its
            // outcome holds.
            return report(id, run, into: &outputs)
        }
        running[id] = nil
        destinations[run.job.destination]?.endJob()
        if written == .leaseLost {
            destinations[run.job.destination]?.expectWork(
                at: now.adding(milliseconds: Self.pollMilliseconds))
        } else if case .retry(let wait, _) = run.outcome {
            destinations[run.job.destination]?.expectWork(at: now.adding(milliseconds: wait))
        } else {
            destinations[run.job.destination]?.nextDueAt = now  // the lane's next job
        }
    }

    /// Jobs that only wait, for a check or for the journal, are dropped: the next start or the end of their
    /// lease makes them due, and sending them again is harmless.
    mutating func drain() {
        isDraining = true
        for (id, run) in running where run.timer != nil { running[id] = nil }
    }

    mutating func tick(at now: SteadyTime, into outputs: inout [Output]) {
        for (id, run) in running.sorted(by: { $0.key < $1.key }) {
            guard let timer = run.timer, timer <= now else { continue }
            running[id]?.timer = nil
            if run.outcome != nil {
                report(id, run, into: &outputs)
            } else if let check = run.check {
                running[id]?.check = nil
                destinations[run.job.destination]?.resumeJob()
                send(id, check, at: now, into: &outputs)
            }
        }
    }
}
