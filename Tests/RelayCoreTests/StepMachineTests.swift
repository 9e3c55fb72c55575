import AdapterKit
import OpenSenseWebhooks
import RelayCore
import Testing

/// Looks before it creates, whenever an attempt before may have created, and closes by the vendor's id.
struct LookingAdapter: IncidentAdapter {
    var traits = AdapterTraits(folds: false)
    var progress = "creating"
    var state = "id-7"
    var paceKey: String?

    func begin(_ update: IncidentUpdate, context: AdapterContext) -> AdapterStep {
        if update.action == .resolve {
            let url = "http://vendor/\(context.state ?? "none")"
            return .send(OutboundRequest(method: .delete, url: url))
        }
        guard context.progress != nil else { return create(context) }
        return .send(OutboundRequest(method: .get, url: "http://vendor/look"))
    }

    func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) throws(AdapterError) -> AdapterStep {
        switch (request.method, answer.status) {
        case (_, 298): throw AdapterError("no such answer")
        case (.get, 404): create(context)
        case (.get, 425): .askLater(request, after: .seconds(2))
        case (.get, 204): .send(request)
        case (.get, 200), (.post, 200): .done(state: state)
        default: answer.usualStep(explanation: "")
        }
    }

    private func create(_ context: AdapterContext) -> AdapterStep {
        let url = "http://vendor/\(context.nonce)/\(context.time)"
        return .send(OutboundRequest(method: .post, url: url, paceKey: paceKey), progress: progress)
    }
}

@Suite struct `Step machine` {
    static let body = Array(#"{"event":{"kind":"alarm_opened","site_id":"s"}}"#.utf8)

    func job(
        _ id: Int = 1, _ action: IncidentUpdate.Action = .open, progress: String? = nil, state: String? = nil,
        lease: Int = 1
    ) -> LeasedJob {
        var job = LeasedJob(
            id: id, destination: "d", action: action, incident: "", deliveryID: "wh_\(id)", body: Self.body,
            attempts: 0, triedMilliseconds: 0, progress: progress, episodeState: state,
            begunAt: WallTime(unixMilliseconds: 5_000), nonce: "n\(id)", lease: lease)
        job.urgency = Urgency(action, rank: 2, worst: 3)
        return job
    }

    /// An engine that has leased `jobs` at 0, and what it did then.
    func started(
        _ adapter: any IncidentAdapter = LookingAdapter(), _ jobs: LeasedJob...
    ) -> (DeliveryEngine, [String]) {
        var engine = DeliveryEngine(
            destinations: [DestinationSpec(name: "d", adapter: adapter, concurrencyMax: 8)],
            policy: RetryPolicy(), seed: 1, now: .zero, pollMilliseconds: 1_000_000)
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        let lease = Lease(jobs: jobs, nextDueInMilliseconds: nil)
        let outputs = engine.handle(.leased(destination: "d", .success(lease)), at: 0)
        return (engine, words(outputs))
    }

    func words(_ outputs: [DeliveryEngine.Output]) -> [String] {
        outputs.compactMap { output in
            switch output {
            case .send(let job, let request):
                "send \(job.id) \(request.method.rawValue) \(request.url.dropFirst(14))"
                    + (request.needsNewConnection ? " anew" : "")
            case .journal(.advance(let held, let progress, _)):
                "keep \(progress.prefix(20)) for \(held.job) under \(held.lease)"
            case .journal(.renew(let held, _, let length)): "renew \(held.job) for \(length)"
            case .journal(.release(let held, _, _)): "release \(held.map(\.job))"
            case .journal(.finish(let report, _)):
                switch report.outcome {
                case .delivered(let state, let remark):
                    "delivered \(report.job) with \(state ?? "nothing")" + (remark.map { ", \($0)" } ?? "")
                case .retry(_, let reason, _): "retry \(report.job): \(reason)"
                case .dead(let letter): "dead \(report.job): \(letter.reason)"
                }
            case .journal: nil
            case .observe(let event): event.code.rawValue
            }
        }
    }

    func kept(_ result: Result<Bool, StoreError>, lease: Int = 1) -> DeliveryEngine.Input {
        let held = HeldJob(job: 1, lease: lease)
        return .completed(
            .advance(held, progress: "creating", now: 0), result.map(JournalResult.held))
    }

    @Test func `progress is on disk before the request that it describes, and the state is reported`() {
        var (engine, outputs) = started(LookingAdapter(), job())
        #expect(outputs == ["keep creating for 1 under 1"])
        #expect(words(engine.handle(.tick, at: 1)) == [], "nothing is sent until it is kept")
        #expect(words(engine.handle(kept(.success(true)), at: 2)) == ["send 1 POST n1/5 anew"])
        let answer = DeliveryEngine.Input.answered(job: 1, VendorResponse(status: 200))
        #expect(words(engine.handle(answer, at: 3)) == ["delivered 1 with id-7"])
    }

    @Test
    func `an attempt after a crash looks first, and creates what is not there without keeping it again`() {
        var (engine, outputs) = started(LookingAdapter(), job(progress: "creating"))
        #expect(outputs == ["send 1 GET look"])
        #expect(
            words(engine.handle(.answered(job: 1, VendorResponse(status: 404)), at: 1)) == [
                "send 1 POST n1/5 anew"
            ])
    }

    @Test func `a resolve knows the state of its episode`() {
        let (_, outputs) = started(LookingAdapter(), job(1, .resolve, state: "id-7"))
        #expect(outputs == ["send 1 DELETE id-7"])
    }

    @Test
    func `a connection that was used serves where the vendor folds, and for what is harmless to repeat`() {
        let folding = LookingAdapter(traits: AdapterTraits(folds: true))
        var (engine, _) = started(folding, job())
        #expect(words(engine.handle(kept(.success(true)), at: 0)) == ["send 1 POST n1/5"])
    }

    @Test func `progress that cannot be kept is kept a second later, and nothing is sent before`() {
        var (engine, _) = started(LookingAdapter(), job())
        #expect(words(engine.handle(kept(.failure(StoreError(.full, "full"))), at: 0)) == [])
        #expect(words(engine.handle(.tick, at: 999)) == [])
        #expect(words(engine.handle(.tick, at: 1_000)) == ["keep creating for 1 under 1"])
        #expect(words(engine.handle(kept(.success(true)), at: 1_001)) == ["send 1 POST n1/5 anew"])
    }

    @Test func `progress that cannot be kept while draining gives the job back`() {
        var (engine, _) = started(LookingAdapter(), job())
        #expect(words(engine.handle(.drain, at: 0)) == [])
        #expect(
            words(engine.handle(kept(.failure(StoreError(.full, "full"))), at: 0)) == ["release [1]"])
    }

    @Test func `a lease that was lost before the request ends the job`() {
        var (engine, _) = started(LookingAdapter(), job())
        #expect(words(engine.handle(kept(.success(false)), at: 0)) == [])
        #expect(engine.isIdle)
    }

    @Test func `a job that is leased anew meanwhile keeps its progress under the new lease`() {
        var (engine, _) = started(LookingAdapter(), job())
        let again = Lease(jobs: [job(lease: 2)], nextDueInMilliseconds: nil)
        _ = engine.handle(.leased(destination: "d", .success(again)), at: 61_000)
        #expect(
            words(engine.handle(kept(.success(false)), at: 61_001)).filter { $0.hasPrefix("keep") } == [
                "keep creating for 1 under 2"
            ])
    }

    @Test func `nothing is sent when keeping took longer than the lease`() {
        var (engine, _) = started(LookingAdapter(), job())
        #expect(words(engine.handle(kept(.success(true)), at: 50_001)).filter { $0.hasPrefix("send") } == [])
    }

    @Test func `a look that is put off is no success when the vendor never decides`() {
        var (engine, _) = started(LookingAdapter(), job(progress: "creating"))
        var (now, outputs) = (0, [String]())
        while now < 130_000, !outputs.contains(where: { $0.hasPrefix("retry") }) {
            outputs = words(engine.handle(.answered(job: 1, VendorResponse(status: 425)), at: now))
            #expect(!outputs.contains { $0.hasPrefix("delivered ") })
            _ = engine.handle(.renewed(job: 1, lease: 1, .success(true)), at: now)
            now = max(engine.nextTick(at: now) ?? .max, now)
            guard now < 130_000 else { break }
            _ = engine.handle(.tick, at: now)
        }
        #expect(outputs == ["retry 1: the vendor did not decide in time"])
    }

    @Test func `a look without an answer is a failed attempt, not a question that is repeated`() {
        var (engine, _) = started(LookingAdapter(), job(progress: "creating"))
        #expect(
            words(engine.handle(.unreachable(job: 1, Unreachable(code: "timeout", reason: "t")), at: 0)) == [
                "retry 1: timeout: t"
            ])
    }

    @Test(arguments: [
        (LookingAdapter(progress: String(repeating: "p", count: 1_025)), "progress has 1025 bytes"),
        (LookingAdapter(progress: "a\0b"), "progress has a NUL"),
    ]) func `progress that cannot be stored is refused before anything is sent`(
        _ adapter: LookingAdapter, _ fault: String
    ) {
        let (_, outputs) = started(adapter, job())
        #expect(outputs.count == 1 && outputs[0].hasPrefix("dead 1: its adapter's \(fault)"))
    }

    @Test func `progress and state may be as long as the limit`() {
        let long = String(repeating: "p", count: 1_024)
        var (engine, outputs) = started(LookingAdapter(progress: long, state: long), job())
        #expect(outputs == ["keep \(long.prefix(20)) for 1 under 1"])
        _ = engine.handle(kept(.success(true)), at: 0)
        let answer = DeliveryEngine.Input.answered(job: 1, VendorResponse(status: 200))
        #expect(words(engine.handle(answer, at: 1)) == ["delivered 1 with \(long)"])
    }

    @Test func `an answer that the adapter throws at is a dead letter`() {
        var (engine, _) = started(LookingAdapter(), job(progress: "creating"))
        #expect(
            words(engine.handle(.answered(job: 1, VendorResponse(status: 298)), at: 0)) == [
                "dead 1: no such answer"
            ])
    }

    /// What a lane fails with decides how soon an open behind it goes ahead.
    @Test(arguments: [(500, true), (408, true), (429, false), (503, false), (401, false)])
    func `a failure says whether it is the lane's alone`(_ status: Int, _ isAlone: Bool) {
        var (engine, _) = started(PlainAdapter(), job())
        let outputs = engine.handle(.answered(job: 1, VendorResponse(status: status)), at: 1_000)
        let reports = outputs.compactMap { output -> JobReport? in
            guard case .journal(.finish(let report, _)) = output else { return nil }
            return report
        }
        #expect(reports.map(\.isAlone) == [isAlone])
    }

    /// A limit is no failure: what came first is not left out for it.
    @Test(arguments: [(503, true), (429, false)])
    func `a failure is the lane's alone where the vendor takes other things, and a limit never`(
        _ status: Int, _ isAlone: Bool
    ) {
        var (engine, _) = started(PlainAdapter(), job(1), job(2))
        _ = engine.handle(.answered(job: 2, VendorResponse(status: 202)), at: 1_000)
        let outputs = engine.handle(.answered(job: 1, VendorResponse(status: status)), at: 1_100)
        guard case .journal(.finish(let report, _))? = outputs.first else {
            Issue.record("\(words(outputs))")
            return
        }
        #expect(report.isAlone == isAlone)
    }

    @Test func `refused credentials are tried again, as a person may soon change them`() {
        var (engine, _) = started(LookingAdapter(), job(progress: "creating"))
        #expect(
            words(engine.handle(.answered(job: 1, VendorResponse(status: 401)), at: 0)) == [
                "destination.credentials-refused", "retry 1: status 401",
            ])
    }

    @Test func `what the adapter cannot do ends without a request`() {
        let (_, outputs) = started(
            LookingAdapter(traits: AdapterTraits(folds: true, actions: [.open])), job(1, .annotate))
        #expect(outputs == ["delivered 1 with nothing"])
    }

    @Test func `an adapter that never ends is tried again`() {
        var (engine, outputs) = started(LookingAdapter(), job(progress: "creating"))
        var sent = 0
        while outputs == ["send 1 GET look"], sent < 100 {
            sent += 1
            outputs = words(engine.handle(.answered(job: 1, VendorResponse(status: 204)), at: sent))
        }
        #expect(sent == DeliveryEngine.requestsMax)
        #expect(outputs == ["retry 1: its adapter asked for more than 32 requests"])
    }

    @Test func `each pace key has a pace, and what waits for it keeps its lease and frees its place`() {
        let traits = AdapterTraits(folds: true, rateLimit: RateLimit(requestsMax: 4, windowSeconds: 4))
        let adapter = LookingAdapter(traits: traits, paceKey: "a")
        let jobs = [job(1), job(2)]
        var (engine, _) = started(adapter, jobs[0], jobs[1])
        let keep = { (id: Int) in
            DeliveryEngine.Input.completed(
                .advance(HeldJob(job: id, lease: 1), progress: "creating", now: 0), .success(.held(true)))
        }
        #expect(words(engine.handle(keep(1), at: 0)) == ["send 1 POST n1/5"])
        #expect(words(engine.handle(keep(2), at: 0)) == ["renew 2 for 61334"])
        #expect(words(engine.handle(.tick, at: 1_333)) == [])
        #expect(words(engine.handle(.tick, at: 1_334)) == ["send 2 POST n2/5"])
    }

    /// A remark that took its place in the pace would have an alarm that comes later wait behind it.
    @Test func `what is less urgent than an open takes no place in a pace that is used up`() {
        let traits = AdapterTraits(folds: true, rateLimit: RateLimit(requestsMax: 4, windowSeconds: 4))
        let adapter = LookingAdapter(traits: traits, paceKey: "a")
        var (engine, _) = started(adapter, job(1, .annotate), job(2, .annotate), job(3))
        let keep = { (id: Int) in
            DeliveryEngine.Input.completed(
                .advance(HeldJob(job: id, lease: 1), progress: "creating", now: 0), .success(.held(true)))
        }
        #expect(words(engine.handle(keep(1), at: 0)) == ["send 1 POST n1/5"])
        #expect(words(engine.handle(keep(2), at: 0)) == ["release [2]"])
        #expect(words(engine.handle(keep(3), at: 0)) == ["renew 3 for 61334"])
    }

    /// Given back between its requests it would begin anew each time, and use up the pace for nothing.
    @Test func `what has begun waits for its pace, however little urgent`() {
        let traits = AdapterTraits(folds: false, rateLimit: RateLimit(requestsMax: 4, windowSeconds: 4))
        let adapter = LookingAdapter(traits: traits, paceKey: "a")
        var (engine, outputs) = started(adapter, job(1, .resolve, progress: "creating"))
        #expect(outputs.count == 1)
        outputs = words(engine.handle(.answered(job: 1, VendorResponse(status: 404)), at: 0))
        if outputs.contains(where: { $0.hasPrefix("keep") }) {
            outputs = words(
                engine.handle(
                    .completed(
                        .advance(HeldJob(job: 1, lease: 1), progress: "creating", now: 0),
                        .success(.held(true))),
                    at: 0))
        }
        #expect(!outputs.contains("release [1]"), "\(outputs)")
    }

    @Test func `what would wait for its pace longer than 2 minutes is given back`() {
        let traits = AdapterTraits(folds: true, rateLimit: RateLimit(requestsMax: 1, windowSeconds: 600))
        var (engine, _) = started(LookingAdapter(traits: traits, paceKey: "a"), job(1), job(2))
        let keep = { (id: Int) in
            DeliveryEngine.Input.completed(
                .advance(HeldJob(job: id, lease: 1), progress: "creating", now: 0), .success(.held(true)))
        }
        _ = engine.handle(keep(1), at: 0)
        #expect(words(engine.handle(keep(2), at: 0)) == ["release [2]"], "and that is no attempt")
    }
}
