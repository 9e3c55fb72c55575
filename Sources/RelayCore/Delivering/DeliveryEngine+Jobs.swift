internal import AdapterKit
internal import OpenSenseWebhooks

/// The course of running jobs: sending, answers, and reporting their outcomes.
extension DeliveryEngine {
    // MARK: Sending

    mutating func start(_ run: RunningJob) {
        var run = run
        let job = run.job
        destinations[job.destination]?.startJob()
        run.adapter = destinations[job.destination]?.spec.adapter
        do throws(AdapterError) {
            run.requests = try requests(for: job, by: run.adapter)
        } catch {
            running[job.id] = run
            return endDead(job.id, error.description)
        }
        running[job.id] = run
        sendNext(job.id)
    }

    private func requests(
        for job: LeasedJob, by adapter: (any IncidentAdapter)?
    ) throws(AdapterError) -> [OutboundRequest] {
        guard let adapter else {
            throw AdapterError("The configuration has no destination \(job.destination) any more.")
        }
        let event: Event
        do { event = try Delivery(body: job.body).event } catch { throw AdapterError(error.description) }
        let update = IncidentUpdate(
            action: job.action, key: IncidentKey(event, fallback: job.deliveryID), event: event,
            deliveryID: job.deliveryID)
        return try adapter.requests(for: update, correlation: job.episodeState)
    }

    private mutating func sendNext(_ id: Int) {
        guard let run = running[id] else { return }
        guard let request = run.requests.first else {
            return end(id, .delivered(episodeState: run.episodeState))
        }
        send(id, request)
    }

    private mutating func send(_ id: Int, _ request: OutboundRequest) {
        guard let run = running[id] else { return }
        // After a stall longer than the lease, as in a debugger or on a machine that slept, another relay may
        // have leased the job and sent it.
        guard now.adding(milliseconds: Self.requestMilliseconds) <= run.leaseUntil else {
            return abandonLease(id)
        }
        running[id]?.current = request
        running[id]?.timer = nil
        destinations[run.job.destination]?.requestStarted(at: now)
        put(.send(run.job, request))
    }

    mutating func answered(_ id: Int, _ response: VendorResponse) {
        guard let run = running[id], let request = run.current, let adapter = run.adapter else { return }
        running[id]?.current = nil
        let disposition = adapter.disposition(of: response, to: request)
        updateHealth(of: run.job.destination, response, disposition)
        running[id]?.exchange = nil
        switch disposition {
        case .delivered(let correlation):
            if let correlation { running[id]?.episodeState = correlation }
            running[id]?.requests.removeFirst()
            sendNext(id)
        case .checkLater(let check, let after): checkLater(id, by: check, after: after)
        case .retry(let retryAfter, let reason):
            running[id]?.exchange = Exchange(request, response)
            retry(id, after: retryAfter, reason: reason)
        case .rejected(let reason):
            running[id]?.exchange = Exchange(request, response)
            endDead(id, reason)
        }
    }

    mutating func unreachable(_ id: Int, _ reason: String) {
        guard let name = running[id]?.job.destination, let request = running[id]?.current else { return }
        running[id]?.current = nil
        destinations[name]?.breaker.failed(at: now)
        running[id]?.exchange = Exchange(request, answer: reason)
        if request.purpose == .check { return checkLater(id, by: request, after: .seconds(5)) }
        retry(id, after: nil, reason: reason)
    }

    /// A 5xx counts as a failure of the vendor; a 429 pauses every job of the destination.
    private mutating func updateHealth(
        of name: String, _ response: VendorResponse, _ disposition: Disposition
    ) {
        if response.status >= 500 {
            destinations[name]?.breaker.failed(at: now)
        } else {
            destinations[name]?.breaker.answered()
        }
        if response.status == 429, case .retry(let retryAfter?, _) = disposition {
            let asked = policy.askedMilliseconds(retryAfter, at: wallNow)
            destinations[name]?.pausedUntil = now.adding(milliseconds: asked)
        }
    }

    // MARK: Waiting

    /// Puts a job aside until its outcome is asked for; another job uses its place meanwhile.
    ///
    /// A vendor that has accepted an update and reports no outcome within ``checkMilliseconds`` is assumed to
    /// have it, so that the alarm's next updates wait no longer than that.
    private mutating func checkLater(_ id: Int, by check: OutboundRequest, after: RetryAfter) {
        guard let run = running[id] else { return }
        // While draining, outcomes are not awaited: after the restart the update is sent again, and a
        // vendor that deduplicates ignores it.
        guard !isDraining else { return giveBack([id]) }
        let since = run.checkedSince ?? now
        guard now.milliseconds(since: since) < Self.checkMilliseconds else {
            return end(id, .delivered(episodeState: run.episodeState))
        }
        let asked = policy.askedMilliseconds(after, at: wallNow)
        let wait = min(max(asked, 1_000), Self.checkMilliseconds)
        running[id]?.checkedSince = since
        running[id]?.check = check
        running[id]?.timer = now.adding(milliseconds: wait)
        destinations[run.job.destination]?.pauseJob()
        renew(id, forMilliseconds: wait + leaseMilliseconds)
    }

    private mutating func renew(_ id: Int, forMilliseconds length: Int) {
        guard let run = running[id] else { return }
        running[id]?.renewedUntil = now.adding(milliseconds: length)
        put(.journal(.renew(HeldJob(run.job), now: wallNow, leaseMilliseconds: length)))
    }

    mutating func renewed(_ held: HeldJob, _ result: Result<Bool, StoreError>) {
        // When the journal fails, the lease is unchanged, and the job is abandoned once that has run out.
        // What became of an older lease is nothing to the present one.
        guard case .success(let isHeld) = result, let run = running[held.job], run.job.lease == held.lease
        else { return }
        if isHeld {
            running[held.job]?.leaseUntil = run.renewedUntil ?? run.leaseUntil
        } else if run.current == nil {
            // A running request is awaited all the same: its answer shows the vendor's health.
            abandonLease(held.job)
        }
    }

    /// Drops a job whose lease is lost; the holder of the newer lease reports its outcome.
    private mutating func abandonLease(_ id: Int) {
        guard let run = running.removeValue(forKey: id) else { return }
        if run.check != nil { destinations[run.job.destination]?.resumeJob() }
        destinations[run.job.destination]?.endJob()
    }

    private mutating func retry(_ id: Int, after retryAfter: RetryAfter?, reason: String) {
        guard let run = running[id] else { return }
        let wait = policy.waitMilliseconds(
            attempts: run.job.attempts + 1,
            triedMilliseconds: run.job.triedMilliseconds + now.milliseconds(since: run.leasedAt),
            askedMilliseconds: policy.askedMilliseconds(retryAfter, at: wallNow), random: random.next())
        guard let wait else { return endDead(id, "given up: \(reason)") }
        end(id, .retry(afterMilliseconds: wait, reason: reason))
    }

    // MARK: Finishing

    /// Only an open is worth waiting for: what follows an acknowledgement or a resolve makes sense without
    /// it.
    private mutating func endDead(_ id: Int, _ reason: String) {
        guard let run = running[id] else { return }
        let spec = destinations[run.job.destination]?.spec
        let holds = spec?.onDeadLetter == .hold && run.job.action == .open && spec?.failover == nil
        end(id, .dead(.init(reason: reason, holdsLane: holds, failover: spec?.failover)))
    }

    private mutating func end(_ id: Int, _ outcome: JobOutcome) {
        running[id]?.outcome = outcome
        running[id]?.timer = nil
        report(id)
    }

    private mutating func report(_ id: Int) {
        guard let run = running[id], let outcome = run.outcome else { return }
        running[id]?.reportedLease = run.job.lease
        put(.journal(.finish(JobReport(run.job, outcome, exchange: run.exchange), now: wallNow)))
    }

    mutating func finished(_ id: Int, _ result: Result<FinishOutcome, StoreError>) {
        guard let run = running[id] else { return }
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
        if written == .leaseLost {
            destinations[run.job.destination]?.expectWork(at: now.adding(milliseconds: pollMilliseconds))
        } else if case .retry(let wait, _) = run.outcome {
            destinations[run.job.destination]?.expectWork(at: now.adding(milliseconds: wait))
        } else {
            destinations[run.job.destination]?.nextDueAt = now  // the lane's next job
        }
    }

    mutating func tick() {
        for (id, run) in running.sorted(by: { $0.key < $1.key }) {
            guard let timer = run.timer, timer <= now else { continue }
            running[id]?.timer = nil
            if run.outcome != nil {
                report(id)
            } else if let check = run.check {
                running[id]?.check = nil
                destinations[run.job.destination]?.resumeJob()
                send(id, check)
            }
        }
    }

    // MARK: Stopping

    /// Jobs that only wait, for a check or for the journal, are given back: the relay that takes them next
    /// sends them again, which is harmless.
    mutating func drain() {
        isDraining = true
        giveBack(running.filter { $0.value.timer != nil }.keys.sorted())
    }

    private mutating func giveBack(_ ids: [Int]) {
        let held = ids.compactMap { running.removeValue(forKey: $0).map { HeldJob($0.job) } }
        if !held.isEmpty { put(.journal(.release(held, now: wallNow))) }
    }
}
