import AdapterKit
import OpenSenseWebhooks
import RelayCore
import Testing

/// Answers by status alone; a body asks for what a test needs.
struct PlainAdapter: IncidentAdapter {
    var traits = AdapterTraits(folds: true)
    var isBroken = false

    func begin(_ update: IncidentUpdate, context: AdapterContext) throws(AdapterError) -> AdapterStep {
        if isBroken { throw AdapterError("it cannot be put into words") }
        return .send(OutboundRequest(method: .post, url: "http://vendor/\(update.action.rawValue)"))
    }

    func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) -> AdapterStep {
        guard answer.status == 299 else { return answer.usualStep(explanation: "") }
        let check = OutboundRequest(purpose: .check, method: .get, url: "http://vendor/check")
        return .askLater(check, after: .seconds(2))
    }
}

@Suite struct `Delivery engine` {
    static let body = Array(#"{"event":{"kind":"alarm_opened","site_id":"s"}}"#.utf8)

    func engine(_ adapter: PlainAdapter = PlainAdapter(), concurrency: Int = 2) -> DeliveryEngine {
        DeliveryEngine(
            destinations: [DestinationSpec(name: "d", adapter: adapter, concurrencyMax: concurrency)],
            policy: RetryPolicy(), seed: 1,
            now: .zero)
    }

    func job(_ id: Int, attempts: Int = 0, triedMilliseconds: Int = 0) -> LeasedJob {
        LeasedJob(
            id: id, destination: "d", action: .open, incident: "alarm/s//\(id)", deliveryID: "wh_\(id)",
            body: Self.body,
            attempts: attempts,
            triedMilliseconds: triedMilliseconds, begunAt: WallTime(unixMilliseconds: 0), nonce: "n\(id)",
            lease: 1)
    }

    func lease(_ jobs: LeasedJob..., next: Int? = nil) -> DeliveryEngine.Input {
        .leased(destination: "d", .success(Lease(jobs: jobs, nextDueInMilliseconds: next)))
    }

    /// What an output does, in a few words.
    func words(_ outputs: [DeliveryEngine.Output]) -> [String] {
        outputs.compactMap { output in
            switch output {
            case .journal(.lease(let asked)): "lease \(asked.limits.total) for \(asked.destination)"
            case .send(let job, let request): "send \(job.id) \(request.method.rawValue) \(request.url)"
            case .journal(.finish(let report, _)):
                switch report.outcome {
                case .delivered: "delivered \(report.job)"
                case .retry(let wait, _, _): "retry \(report.job) after \(wait)"
                case .dead(let letter): "dead \(report.job): \(letter.reason)"
                }
            case .journal(.release(let held, _, _)): "release \(held.map(\.job))"
            case .journal: nil
            case .observe(let event): event.code.rawValue
            }
        }
    }

    @Test func `a job is leased, sent, finished, and makes room for the next`() {
        var engine = engine()
        #expect(words(engine.handle(.workIsDue(["d"]), at: 0)) == ["lease 2 for d"])
        #expect(
            words(engine.handle(lease(job(1), job(2), next: 0), at: 0)) == [
                "send 1 POST http://vendor/open", "send 2 POST http://vendor/open",
            ])
        #expect(
            words(engine.handle(.answered(job: 1, VendorResponse(status: 202)), at: 1)) == ["delivered 1"])
        #expect(words(engine.handle(.finished(job: 1, .success(.recorded)), at: 2)) == ["lease 1 for d"])
    }

    @Test func `a failure is tried again, a refusal is not`() {
        var engine = engine()
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        _ = engine.handle(lease(job(1), job(2)), at: 0)
        #expect(
            words(engine.handle(.answered(job: 1, VendorResponse(status: 503)), at: 0))[0].hasPrefix(
                "retry 1 after"))
        #expect(
            words(engine.handle(.answered(job: 2, VendorResponse(status: 400)), at: 0)) == [
                "dead 2: status 400"
            ])
    }

    @Test func `after a 429 the whole destination waits as long as it was asked to`() {
        var engine = engine()
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        _ = engine.handle(lease(job(1)), at: 0)
        let answer = VendorResponse(status: 429, fields: [.init("Retry-After", "7")])
        let outputs = words(engine.handle(.answered(job: 1, answer), at: 0))
        #expect(outputs.count == 1 && outputs[0].hasPrefix("retry 1 after 7"))
        #expect(words(engine.handle(.finished(job: 1, .success(.recorded)), at: 1)) == [])
        #expect(words(engine.handle(.tick, at: 6_999)) == [])
        #expect(words(engine.handle(.tick, at: 7_000)) == ["lease 2 for d"])
    }

    @Test func `a vendor that decides later is asked, and meanwhile others have the place`() {
        var engine = engine(concurrency: 1)
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        _ = engine.handle(lease(job(1), next: 0), at: 0)
        #expect(
            words(engine.handle(.answered(job: 1, VendorResponse(status: 299)), at: 0)) == ["lease 1 for d"])
        #expect(engine.nextTick(at: 0) == 2_000)
        #expect(words(engine.handle(.tick, at: 2_000)) == ["send 1 GET http://vendor/check"])
        #expect(
            words(engine.handle(.answered(job: 1, VendorResponse(status: 200)), at: 2_001)) == ["delivered 1"]
        )
    }

    @Test func `a question without an answer is asked again, not the update, and for two minutes`() {
        var engine = engine()
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        _ = engine.handle(lease(job(1)), at: 0)
        _ = engine.handle(.answered(job: 1, VendorResponse(status: 299)), at: 0)
        var now = 0
        var asked = 0
        while now <= 130_000 {
            now = max(engine.nextTick(at: now) ?? .max, now + 1)
            let outputs = words(engine.handle(.tick, at: now))
            guard outputs.contains("send 1 GET http://vendor/check") else { continue }
            asked += 1
            let unread = engine.handle(
                .unreachable(job: 1, Unreachable(code: "timeout", reason: "t")), at: now)
            if case .journal(.renew)? = unread.first {
                _ = engine.handle(.renewed(job: 1, lease: 1, .success(true)), at: now)
            }
            let answer = words(unread)
            #expect(!answer.contains { $0.contains("POST") })
            if answer.contains("delivered 1") { break }
        }
        #expect((20...30).contains(asked))
        #expect((115_000...125_000).contains(now))
    }

    @Test func `an outcome that could not be written is written again, and nothing is sent twice`() {
        var engine = engine()
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        _ = engine.handle(lease(job(1)), at: 0)
        _ = engine.handle(.answered(job: 1, VendorResponse(status: 202)), at: 0)
        #expect(words(engine.handle(.finished(job: 1, .failure(StoreError(.full, "full"))), at: 0)) == [])
        #expect(words(engine.handle(lease(job(1)), at: 500)) == [])
        #expect(words(engine.handle(.tick, at: 1_000)).contains("delivered 1"))
    }

    @Test func `an adapter that throws makes a dead letter`() {
        var engine = engine(PlainAdapter(isBroken: true))
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        #expect(words(engine.handle(lease(job(1)), at: 0)) == ["dead 1: it cannot be put into words"])
    }

    @Test func `five lanes that fail leave the vendor alone, then one job tries`() {
        var engine = engine(concurrency: 5)
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        _ = engine.handle(lease(job(1), job(2), job(3), job(4), job(5)), at: 0)
        for id in 1...5 {
            _ = engine.handle(.unreachable(job: id, Unreachable(code: "timeout", reason: "t")), at: 0)
            _ = engine.handle(.finished(job: id, .success(.recorded)), at: 0)
        }
        // What was asked for before the last of them failed.
        _ = engine.handle(lease(), at: 0)
        #expect(words(engine.handle(.workIsDue(["d"]), at: 999)) == [])
        #expect(words(engine.handle(.tick, at: 1_000)) == ["lease 1 for d"])
    }

    @Test func `the pace of a vendor is kept`() {
        let limited = PlainAdapter(
            traits: AdapterTraits(folds: true, rateLimit: RateLimit(requestsMax: 4, windowSeconds: 4)))
        var engine = engine(limited, concurrency: 10)
        #expect(words(engine.handle(.workIsDue(["d"]), at: 0)) == ["lease 1 for d"])
        #expect(words(engine.handle(lease(job(1), next: 0), at: 0)) == ["send 1 POST http://vendor/open"])
        let next = engine.nextTick(at: 0)
        #expect((1_000...1_400).contains(next ?? 0))
    }

    @Test func `draining starts nothing new and ends when what runs has ended`() {
        var engine = engine()
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        _ = engine.handle(lease(job(1)), at: 0)
        #expect(words(engine.handle(.drain, at: 0)) == [])
        #expect(!engine.isIdle)
        _ = engine.handle(.answered(job: 1, VendorResponse(status: 202)), at: 0)
        #expect(words(engine.handle(.finished(job: 1, .success(.recorded)), at: 0)) == [])
        #expect(engine.isIdle)
    }

    @Test func `what is leased while draining is given back`() {
        var engine = engine()
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        _ = engine.handle(.drain, at: 0)
        #expect(words(engine.handle(lease(job(1), job(2)), at: 1)) == ["release [1, 2]"])
    }

    @Test
    func `a job on its way ends by the adapter it began with, and a destination that is gone gets no more`() {
        var engine = engine(concurrency: 1)
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        _ = engine.handle(lease(job(1), next: 0), at: 0)
        let other = DestinationSpec(name: "e", adapter: PlainAdapter(isBroken: true))
        #expect(words(engine.handle(.reconfigured([other]), at: 1)) == ["lease 16 for e"])
        #expect(
            words(engine.handle(.answered(job: 1, VendorResponse(status: 299)), at: 2)) == [],
            "its own adapter understands the answer")
        #expect(words(engine.handle(.tick, at: 2_002)) == ["send 1 GET http://vendor/check"])
        _ = engine.handle(.answered(job: 1, VendorResponse(status: 200)), at: 2_003)
        let outputs = words(engine.handle(.finished(job: 1, .success(.recorded)), at: 2_004))
        #expect(outputs == [], "nothing more is leased for it")
    }

    @Test func `draining waits for no vendor that decides later`() {
        var engine = engine()
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        _ = engine.handle(lease(job(1), job(2)), at: 0)
        _ = engine.handle(.answered(job: 1, VendorResponse(status: 299)), at: 0)
        #expect(words(engine.handle(.drain, at: 0)) == ["release [1]"])
        #expect(!engine.isIdle)
        #expect(
            words(engine.handle(.answered(job: 2, VendorResponse(status: 299)), at: 1)) == ["release [2]"])
        #expect(!engine.isIdle, "the leases are not given back yet")
        for job in [1, 2] { _ = engine.handle(.released(job: job), at: 1) }
        #expect(engine.isIdle)
        #expect(engine.nextTick(at: 1) == nil)
    }

    @Test func `an outcome that a failing store held up past the lease counts under the next one`() {
        var engine = engine()
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        _ = engine.handle(lease(job(1)), at: 0)
        _ = engine.handle(.answered(job: 1, VendorResponse(status: 202)), at: 0)
        var again = job(1)
        again.lease = 2
        #expect(words(engine.handle(lease(again), at: 60_000)) == [])
        let outputs = engine.handle(.finished(job: 1, .success(.leaseLost)), at: 60_001)
        guard case .journal(.finish(let report, _))? = outputs.first else {
            Issue.record("nothing is reported: \(outputs)")
            return
        }
        #expect(report.lease == 2)
        _ = engine.handle(.finished(job: 1, .success(.recorded)), at: 60_002)
        #expect(engine.handle(.finished(job: 1, .success(.recorded)), at: 60_003).isEmpty)
    }

    @Test func `nothing is sent for which the lease is too short`() {
        // A lease counts from the moment at which the journal was asked for it.
        for (answeredAt, isSent) in [(50_000, true), (50_001, false)] {
            var engine = engine()
            _ = engine.handle(.workIsDue(["d"]), at: 0)
            let outputs = words(engine.handle(lease(job(1)), at: answeredAt))
            #expect(outputs.contains("send 1 POST http://vendor/open") == isSent)
        }
    }

    @Test func `a job that waits for its vendor keeps its lease, and goes when it is lost`() {
        var engine = engine()
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        _ = engine.handle(lease(job(1)), at: 0)
        let outputs = engine.handle(.answered(job: 1, VendorResponse(status: 299)), at: 0)
        guard case .journal(.renew(HeldJob(job: 1, lease: 1), _, 62_000))? = outputs.first else {
            Issue.record("no renewal: \(outputs)")
            return
        }
        _ = engine.handle(.renewed(job: 1, lease: 1, .success(false)), at: 1)
        #expect(words(engine.handle(.tick, at: 2_000)).filter { $0.hasPrefix("send") } == [])
        #expect(engine.isIdle == false || engine.nextTick(at: 2_000) != nil)
    }

    @Test func `a job whose lease was lost is forgotten, and its place is free`() {
        var engine = engine(concurrency: 1)
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        _ = engine.handle(lease(job(1)), at: 0)
        _ = engine.handle(.answered(job: 1, VendorResponse(status: 202)), at: 0)
        _ = engine.handle(.finished(job: 1, .success(.leaseLost)), at: 0)
        #expect(words(engine.handle(.tick, at: 1_000)) == ["lease 1 for d"])
    }

    /// Only an open holds its lane, and only without a failover destination.
    @Test(arguments: [
        (IncidentUpdate.Action.open, OnDeadLetter.hold, String?.none, true),
        (.open, .skip, nil, false), (.open, .hold, "backup", false), (.acknowledge, .hold, nil, false),
        (.resolve, .hold, nil, false),
    ]) func `what a refusal does to its lane`(
        _ action: IncidentUpdate.Action, _ mode: OnDeadLetter, _ failover: String?, _ holds: Bool
    ) {
        var engine = DeliveryEngine(
            destinations: [
                DestinationSpec(
                    name: "d", adapter: PlainAdapter(), onDeadLetter: mode, failover: failover)
            ], policy: RetryPolicy(), seed: 1,
            now: .zero)
        var job = job(1)
        job.action = action
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        _ = engine.handle(lease(job), at: 0)
        let body = Array("no such key".utf8)
        let outputs = engine.handle(.answered(job: 1, VendorResponse(status: 400, body: body)), at: 0)
        guard case .journal(.finish(let report, _))? = outputs.first, case .dead(let letter) = report.outcome
        else {
            Issue.record("no dead letter: \(outputs)")
            return
        }
        #expect((letter.holdsLane, letter.failover) == (holds, failover))
        #expect(report.exchange?.answer == "400\nno such key")
        #expect(report.exchange?.request.hasPrefix("POST http://vendor/") == true)
    }

    @Test func `what a vendor answered to an update that it took is kept, without the update`() {
        var engine = engine()
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        _ = engine.handle(lease(job(1)), at: 0)
        let body = Array("incident 7".utf8)
        let outputs = engine.handle(.answered(job: 1, VendorResponse(status: 202, body: body)), at: 0)
        guard case .journal(.finish(let report, _))? = outputs.first else {
            Issue.record("not finished: \(outputs)")
            return
        }
        #expect(report.exchange?.answer == "202\nincident 7")
        #expect(report.exchange?.request == "POST http://vendor/open")
        #expect(report.exchange?.answerBytes == 10)
    }

    @Test func `a journal that fails is asked again after a second`() {
        var engine = engine()
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        let failure = DeliveryEngine.Input.leased(
            destination: "d", .failure(StoreError(.inputOutput, "disk")))
        #expect(words(engine.handle(failure, at: 0)) == [])
        #expect(words(engine.handle(.tick, at: 999)) == [])
        #expect(words(engine.handle(.tick, at: 1_000)) == ["lease 2 for d"])
    }
}
