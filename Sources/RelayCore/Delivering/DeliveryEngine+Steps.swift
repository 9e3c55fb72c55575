internal import AdapterKit
internal import OpenSenseWebhooks

/// The step machine of a running job: what its adapter decides, and what the engine does of it.
extension DeliveryEngine {
    // MARK: Deciding

    mutating func start(_ run: RunningJob) {
        var run = run
        let job = run.job
        destinations[job.destination]?.startJob()
        run.adapter = destinations[job.destination]?.spec.adapter(at: job.fingerprint)
        run.startedAt = wallNow
        running[job.id] = run
        do throws(AdapterError) {
            guard let adapter = run.adapter else {
                throw AdapterError("The configuration has no destination \(job.destination) any more.")
            }
            guard adapter.traits.actions.contains(job.action) else {
                return end(job.id, .delivered(episodeState: nil))
            }
            let update = try update(of: job)
            running[job.id]?.update = update
            follow(job.id, try adapter.begin(update, context: run.context))
        } catch {
            endDead(job.id, error.description)
        }
    }

    private func update(of job: LeasedJob) throws(AdapterError) -> IncidentUpdate {
        let event: Event
        do { event = try Delivery(body: job.body).event } catch { throw AdapterError(error.description) }
        return IncidentUpdate(
            action: job.action, key: IncidentKey(event, fallback: job.deliveryID, stored: job.incident),
            event: event, deliveryID: job.deliveryID, note: job.note,
            wording: destinations[job.destination]?.spec.wording ?? Wording(),
            writtenAt: wallNow.unixSeconds)
    }

    mutating func answered(_ id: Int, _ response: VendorResponse, _ milliseconds: Int?) {
        guard let run = running[id], case .sending(let request) = run.stage, let adapter = run.adapter,
            let update = run.update
        else { return }
        running[id]?.stage = .deciding
        let step: AdapterStep
        do {
            step = try adapter.next(response, to: request, for: update, context: run.context)
        } catch {
            step = .refused(.content, reason: error.description)
        }
        let failure = RunningJob.Failure(status: response.status, step)
        updateHealth(of: run.job, response, step, failure)
        running[id]?.failure = failure
        // What a vendor refuses has had no effect there; its own failure may have had one.
        if response.status >= 500 || response.status < 300 { running[id]?.mayHaveArrived = true }
        running[id]?.exchange =
            step.isFailure ? Exchange(request, response) : Exchange(taken: request, response)
        running[id]?.exchange?.milliseconds = milliseconds
        follow(id, step)
    }

    mutating func unreachable(_ id: Int, _ failure: Unreachable, _ milliseconds: Int?) {
        guard let run = running[id], case .sending(let request) = run.stage else { return }
        running[id]?.stage = .deciding
        let reason = "\(failure.code): \(failure.reason)"
        running[id]?.exchange = Exchange(request, answer: reason)
        running[id]?.exchange?.milliseconds = milliseconds
        if failure.isOfRequest {
            // It says nothing of the vendor, which was not asked.
            vendorAnswered(run.job, isWell: true, tookIt: false)
            return endDead(id, reason)
        }
        vendorAnswered(run.job, isWell: false, tookIt: false)
        running[id]?.failure = .vendor
        if failure.mayHaveArrived { running[id]?.mayHaveArrived = true }
        if request.purpose == .check { return askLater(id, request, after: .seconds(5)) }
        retry(id, after: nil, reason: reason)
    }

    /// A 5xx counts as a failure of the vendor; a 429 pauses everything that shares its credentials.
    private mutating func updateHealth(
        of job: LeasedJob, _ response: VendorResponse, _ step: AdapterStep, _ failure: RunningJob.Failure
    ) {
        guard response.status == 429 else {
            let isWell = response.status < 500
            return vendorAnswered(job, isWell: isWell, tookIt: isWell && failure == .request)
        }
        var asked: Int?
        if case .retry(let retryAfter?, _) = step {
            asked = policy.askedMilliseconds(retryAfter, at: wallNow)
        }
        _ = withVendor(of: job.destination) { _, vendor, now in
            vendor.limited(pauseMilliseconds: asked, at: now)
        }
        destinations[job.destination]?.failedAt = now
    }

    private mutating func vendorAnswered(_ job: LeasedJob, isWell: Bool, tookIt: Bool) {
        let lane = "\(job.destination) \(job.incident)"
        _ = withVendor(of: job.destination) { _, vendor, now in
            vendor.answered(isWell, tookIt: tookIt, lane: lane, at: now)
        }
        if !isWell { destinations[job.destination]?.failedAt = now }
    }

    private mutating func follow(_ id: Int, _ step: AdapterStep) {
        switch step {
        case .send(let request, let progress):
            guard let count = running[id]?.requestCount, count < Self.requestsMax else {
                let reason = "its adapter asked for more than \(Self.requestsMax) requests"
                return retry(id, after: nil, reason: reason)
            }
            running[id]?.requestCount += 1
            keep(id, progress, then: .init(request: request))
        case .askLater(let request, let after, let progress):
            keep(id, progress, then: .init(request: request, after: after))
        case .done(let state, let remark):
            let fault = Self.fault(of: state, named: "state", bytesMax: AdapterStep.stateBytesMax)
            if let fault, let job = running[id]?.job {
                // The vendor has it: without what was to be kept, what follows may not find it.
                put(.observe(.jobStateDropped(JobReference(job), reason: fault)))
            }
            end(
                id,
                .delivered(
                    episodeState: fault == nil ? state : nil,
                    remark: remark.map { JSONText.cut($0, bytesMax: Self.remarkBytesMax) }))
        case .retry(let after, let reason): retry(id, after: after, reason: reason)
        case .refused(.content, let reason): refused(id, reason)
        case .refused(.credentials, let reason): credentialsRefused(id, reason)
        }
    }

    /// The longest remark on a success that is kept, in bytes.
    private static let remarkBytesMax = 400

    /// How often an acknowledgement or a remark is tried that a vendor has accepted and then not done.
    private static let acceptedAttemptsMax = 3

    private mutating func refused(_ id: Int, _ reason: String) {
        guard let run = running[id] else { return }
        let isPassing =
            run.isOutcome && [.acknowledge, .annotate, .update].contains(run.job.action)
            && run.job.attempts + 1 < Self.acceptedAttemptsMax
        if isPassing { retry(id, after: nil, reason: reason) } else { endDead(id, reason) }
    }

    /// A person has to change them, and may soon: the update waits, and the failover has it meanwhile.
    private mutating func credentialsRefused(_ id: Int, _ reason: String) {
        guard let job = running[id]?.job else { return }
        destinations[job.destination]?.failedAt = now
        put(.observe(.credentialsRefused(JobReference(job), reason: reason)))
        retry(id, after: nil, reason: reason, failsOver: true)
    }

    /// What is wrong with a text that an adapter wants to have kept; nil when it can be stored.
    private static func fault(of text: String?, named name: String, bytesMax: Int) -> String? {
        guard let text else { return nil }
        if text.utf8.count > bytesMax {
            return "its adapter's \(name) has \(text.utf8.count) bytes; at most \(bytesMax) are kept"
        }
        return text.utf8.contains(0) ? "its adapter's \(name) has a NUL" : nil
    }

    // MARK: Keeping progress

    /// Has `progress` written down, unless it is already, and goes on with `errand` once it is.
    private mutating func keep(_ id: Int, _ progress: String?, then errand: RunningJob.Errand) {
        guard let progress, progress != running[id]?.progress else { return perform(id, errand) }
        if let fault = Self.fault(of: progress, named: "progress", bytesMax: AdapterStep.progressBytesMax) {
            return endDead(id, fault)
        }
        running[id]?.stage = .keeping(progress, then: errand)
        advance(id, progress)
    }

    private mutating func advance(_ id: Int, _ progress: String) {
        guard let run = running[id] else { return }
        put(.journal(.advance(HeldJob(run.job), progress: progress, now: wallNow)))
    }

    mutating func advanced(_ held: HeldJob, _ result: Result<Bool, StoreError>) {
        let id = held.job
        guard let run = running[id], case .keeping(let progress, let errand) = run.stage else { return }
        guard case .success(let isHeld) = result else {
            if isDraining { return giveBack([id]) }
            running[id]?.timer = now.adding(milliseconds: Self.journalRetryMilliseconds)
            return
        }
        if isHeld {
            running[id]?.progress = progress
            running[id]?.stage = .deciding
            perform(id, errand)
        } else if held.lease != run.job.lease {
            advance(id, progress)  // this relay has the job anew
        } else {
            abandonLease(id)
        }
    }

    // MARK: Sending

    private mutating func perform(_ id: Int, _ errand: RunningJob.Errand) {
        if let after = errand.after { return askLater(id, errand.request, after: after) }
        trySend(id, errand.request)
    }

    /// Sends a request when pace and health of its vendor let it, and puts it aside until then.
    private mutating func trySend(_ id: Int, _ request: OutboundRequest) {
        guard let run = running[id] else { return }
        let name = run.job.destination
        var wait = 0
        if !run.hasPace {
            // What has begun is brought to its end: given back, it would begin anew and use up the pace.
            let hasBegun = run.requestCount > 1 || run.checkedSince != nil
            let urgency = hasBegun ? Urgency(rawValue: 0) : run.job.urgency
            let reserved = withVendor(of: name) {
                $1.reservePace(of: request, for: urgency, at: $2, within: Self.checkMilliseconds)
            }
            switch reserved ?? .taken(inMilliseconds: 0) {
            case .refused(let pause):
                return postpone(id, request, forMilliseconds: min(max(pause, 1_000), Self.checkMilliseconds))
            case .taken(let pause): wait = pause
            }
            running[id]?.hasPace = true
        }
        // A question about what the vendor has accepted already troubles it little, and nothing waits for it.
        if request.purpose == .deliver {
            let rest = withVendor(of: name) { $1.restMilliseconds(for: run.job.urgency, at: $2) }
            wait = max(wait, rest ?? 0)
        }
        guard wait > 0 else { return send(id, request) }
        guard !isDraining else { return giveBack([id]) }
        guard wait <= Self.checkMilliseconds else {
            return postpone(id, request, forMilliseconds: wait)
        }
        setAside(id, request, forMilliseconds: wait)
    }

    /// Lets go of a job that cannot be sent for a while; it counts as no attempt.
    ///
    /// A question about an outcome is repeated by itself.
    private mutating func postpone(_ id: Int, _ request: OutboundRequest, forMilliseconds wait: Int) {
        guard request.purpose == .deliver else { return askLater(id, request, after: .seconds(5)) }
        guard let run = running.removeValue(forKey: id) else { return }
        // Spread out, so that what waits together does not come back together.
        let spread = wait + Int(random.next() % UInt64(wait / 2 + 1))
        destinations[run.job.destination]?.endJob()
        destinations[run.job.destination]?.expectWork(at: now.adding(milliseconds: spread))
        put(.journal(.release([HeldJob(run.job)], now: wallNow, afterMilliseconds: spread)))
    }

    /// Sends a request that nothing holds up but its lease, which may have to be made longer first.
    mutating func send(_ id: Int, _ request: OutboundRequest) {
        guard let run = running[id] else { return }
        guard now.adding(milliseconds: Self.requestMilliseconds) <= run.leaseUntil else {
            // After a stall longer than the lease, as in a debugger or on a machine that slept, another relay
            // may have leased the job and sent it.
            guard now < run.leaseUntil else { return abandonLease(id) }
            running[id]?.stage = .renewing(request)
            return renew(id, forMilliseconds: leaseMilliseconds)
        }
        running[id]?.stage = .sending(request)
        running[id]?.hasPace = false
        running[id]?.isOutcome = request.purpose == .check
        _ = withVendor(of: run.job.destination) {
            $1.requestStarted(request, for: run.job.urgency, at: $2)
        }
        var sent = request
        let folds = run.adapter?.traits.folds ?? true
        sent.needsNewConnection = !folds && !request.method.isIdempotent
        put(.send(run.job, sent))
    }

    // MARK: Waiting

    /// Puts a job aside until its vendor is asked, in the adapter's words.
    ///
    /// A vendor that has accepted an update and reports no outcome within ``checkMilliseconds`` is assumed to
    /// have it, so that the alarm's next updates wait no longer than that.
    private mutating func askLater(_ id: Int, _ request: OutboundRequest, after: RetryAfter) {
        guard let run = running[id] else { return }
        // While draining, outcomes are not awaited: after the restart the adapter begins anew, from the
        // progress that is kept.
        guard !isDraining else { return giveBack([id]) }
        let since = run.checkedSince ?? now
        guard now.milliseconds(since: since) < Self.checkMilliseconds else {
            guard request.purpose == .check else {
                return retry(id, after: nil, reason: "the vendor did not decide in time")
            }
            return end(id, .delivered(episodeState: nil))
        }
        running[id]?.checkedSince = since
        let asked = policy.askedMilliseconds(after, at: wallNow)
        setAside(id, request, forMilliseconds: min(max(asked, 1_000), Self.checkMilliseconds))
    }

    /// Frees the job's place until `request` is sent.
    private mutating func setAside(_ id: Int, _ request: OutboundRequest, forMilliseconds wait: Int) {
        guard let run = running[id] else { return }
        running[id]?.stage = .waiting(request)
        running[id]?.timer = now.adding(milliseconds: wait)
        destinations[run.job.destination]?.pauseJob()
        renew(id, forMilliseconds: wait + leaseMilliseconds)
    }

    /// Does what a job waited for.
    mutating func tick() {
        for (id, run) in running.sorted(by: { $0.key < $1.key }) {
            guard let timer = run.timer, timer <= now else { continue }
            running[id]?.timer = nil
            switch run.stage {
            case .ended: report(id)
            case .keeping(let progress, _): advance(id, progress)
            case .waiting(let request):
                running[id]?.stage = .deciding
                destinations[run.job.destination]?.resumeJob()
                trySend(id, request)
            case .renewing(let request): send(id, request)
            case .deciding, .sending: break
            }
        }
    }
}

extension AdapterStep {
    var isFailure: Bool {
        switch self {
        case .retry, .refused: true
        case .send, .askLater, .done: false
        }
    }
}
