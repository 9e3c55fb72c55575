import AdapterKit
import OpenSenseWebhooks
import RelayCore
import Testing

/// Every request is counted under one key, and there are as many as it was made for.
struct KeyedAdapter: IncidentAdapter {
    var traits = AdapterTraits(folds: true, rateLimit: RateLimit(requestsMax: 10, windowSeconds: 60))
    var requestsMax = 1
    var asks = false

    func begin(_ update: IncidentUpdate, context: AdapterContext) -> AdapterStep { request(0) }

    func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) throws(AdapterError) -> AdapterStep {
        guard answer.status < 300 else { return answer.usualStep(explanation: "") }
        if asks {
            let question = OutboundRequest(
                purpose: .check, method: .get, url: "http://vendor/ask", paceKey: "k")
            return .askLater(question, after: .seconds(1))
        }
        let number = (Int(request.url.dropFirst(14)) ?? 0) + 1
        return number < requestsMax ? self.request(number) : .done()
    }

    private func request(_ number: Int) -> AdapterStep {
        .send(OutboundRequest(method: .post, url: "http://vendor/\(number)", paceKey: "k"))
    }
}

/// What holds up a request, and what becomes of the job meanwhile.
@Suite struct `A request that is held up` {
    let steps = `Step machine`()

    func started(_ adapter: some IncidentAdapter, _ jobs: LeasedJob...) -> (DeliveryEngine, [String]) {
        var engine = DeliveryEngine(
            destinations: [DestinationSpec(name: "d", adapter: adapter, concurrencyMax: 16)],
            policy: RetryPolicy(), seed: 1, now: .zero, pollMilliseconds: 1_000_000)
        _ = engine.handle(.workIsDue(["d"]), at: 0)
        let lease = Lease(jobs: jobs, nextDueInMilliseconds: nil)
        let outputs = engine.handle(.leased(destination: "d", .success(lease)), at: 0)
        return (engine, steps.words(outputs))
    }

    /// A backlog of more than the 2 minutes for which a job waits in the engine.
    @Test(arguments: [18, 25, 60, 300]) func `goes in the end, at the vendor's pace`(_ count: Int) {
        var store = MemoryLane(count: count, adapter: KeyedAdapter())
        store.run(untilMilliseconds: 3 * 3_600_000)
        #expect(store.sentAt.count == count)
        #expect(store.attempts.allSatisfy { $0.value == 1 }, "waiting for the pace is no attempt")
        // 2 in a burst, then 8 a minute.
        #expect(store.sentAt.max() ?? 0 < (count / 8 + 4) * 60_000)
        for start in store.sentAt {
            #expect(store.sentAt.count { (start..<start + 60_000).contains($0) } <= 10)
        }
    }

    @Test func `has its lease made longer first, when too little of it is left`() {
        var (engine, log) = started(
            KeyedAdapter(traits: AdapterTraits(folds: true), requestsMax: 8), steps.job())
        for number in 1...8 {
            let outputs = engine.handle(
                .answered(job: 1, VendorResponse(status: 200)), at: number * 9_000)
            log += steps.words(outputs)
            guard case .journal(.renew)? = outputs.first else { continue }
            let renewed = DeliveryEngine.Input.renewed(job: 1, lease: 1, .success(true))
            log += steps.words(engine.handle(renewed, at: number * 9_000))
        }
        #expect(log.count { $0.hasPrefix("send") } == 8)
        #expect(log.contains("renew 1 for 60000"))
        #expect(log.last == "delivered 1 with nothing")
    }

    @Test func `asks again for a longer lease when the journal fails, and gives up one that is lost`() {
        for (answer, follows) in [
            (Result<Bool, StoreError>.failure(StoreError(.full, "full")), ["renew 1 for 60000"]),
            (.success(false), []),
        ] {
            var (engine, _) = started(
                KeyedAdapter(traits: AdapterTraits(folds: true), requestsMax: 8), steps.job())
            _ = engine.handle(.answered(job: 1, VendorResponse(status: 200)), at: 51_000)
            _ = engine.handle(.renewed(job: 1, lease: 1, answer), at: 51_001)
            #expect(steps.words(engine.handle(.tick, at: 52_001)) == follows)
        }
    }

    @Test func `keeps the pace in questions, too`() {
        let traits = AdapterTraits(folds: true, rateLimit: RateLimit(requestsMax: 4, windowSeconds: 60))
        var (engine, log) = started(KeyedAdapter(traits: traits, asks: true), steps.job())
        var now = 0
        while now < 60_000 {
            _ = engine.handle(.answered(job: 1, VendorResponse(status: 200)), at: now)
            _ = engine.handle(.renewed(job: 1, lease: 1, .success(true)), at: now)
            now += 1_000
            log += steps.words(engine.handle(.tick, at: now))
        }
        #expect(log.count { $0.hasPrefix("send") } <= 4)
    }

    @Test func `waits while the vendor asked for a pause`() {
        var (engine, _) = started(LookingAdapter(), steps.job(1), steps.job(2))
        let keep = { (id: Int) in
            DeliveryEngine.Input.completed(
                .advance(HeldJob(job: id, lease: 1), progress: "creating", now: 0), .success(.held(true)))
        }
        _ = engine.handle(keep(1), at: 0)
        let busy = VendorResponse(status: 429, fields: [.init("Retry-After", "30")])
        _ = engine.handle(.answered(job: 1, busy), at: 100)
        #expect(steps.words(engine.handle(keep(2), at: 200)) == ["renew 2 for 89900"])
        _ = engine.handle(.renewed(job: 2, lease: 1, .success(true)), at: 201)
        #expect(steps.words(engine.handle(.tick, at: 30_099)) == [])
        #expect(steps.words(engine.handle(.tick, at: 30_100)) == ["send 2 POST n2/5 anew"])
    }

    // MARK: What has arrived

    @Test func `has its outcome written once more at a stop, and is not sent again`() {
        var (engine, _) = started(LookingAdapter(), steps.job(progress: "creating"))
        _ = engine.handle(.answered(job: 1, VendorResponse(status: 200)), at: 1)
        _ = engine.handle(.finished(job: 1, .failure(StoreError(.full, "full"))), at: 2)
        #expect(steps.words(engine.handle(.drain, at: 3)) == ["delivered 1 with id-7"])
        #expect(
            steps.words(engine.handle(.finished(job: 1, .failure(StoreError(.full, "full"))), at: 4))
                == ["release [1]"])
    }

    @Test func `has arrived, whatever its adapter wants to keep`() {
        let state = String(repeating: "i", count: AdapterStep.stateBytesMax + 1)
        var (engine, _) = started(LookingAdapter(state: state), steps.job(progress: "creating"))
        #expect(
            steps.words(engine.handle(.answered(job: 1, VendorResponse(status: 200)), at: 1))
                == ["job.state-dropped", "delivered 1 with nothing"])
    }

    @Test func `begins an episode without what the one before has left`() {
        let job = steps.job(1, .open, state: "id of the alarm before")
        #expect(JobReport(job, .delivered(episodeState: nil)).endsState)
        #expect(!JobReport(job, .delivered(episodeState: "id")).endsState)
        #expect(!JobReport(steps.job(1, .acknowledge), .delivered(episodeState: nil)).endsState)
        #expect(JobReport(steps.job(1, .resolve), .delivered(episodeState: "id")).endsState)
        #expect(!JobReport(steps.job(1, .resolve), .dead(.init(reason: "r"))).endsState)
    }
}

/// A journal in memory whose jobs are all of different lanes, with an engine and a vendor that has it at
/// once.
private struct MemoryLane {
    private var engine: DeliveryEngine
    private var due: [Int: Int]
    private var leases: [Int: Int] = [:]
    private(set) var attempts: [Int: Int] = [:]
    private(set) var sentAt: [Int] = []
    private var now = 0
    private var waiting: [DeliveryEngine.Input] = []

    init(count: Int, adapter: some IncidentAdapter) {
        engine = DeliveryEngine(
            destinations: [DestinationSpec(name: "d", adapter: adapter, concurrencyMax: 16)],
            policy: RetryPolicy(), seed: 1, now: .zero)
        due = Dictionary(uniqueKeysWithValues: (1...count).map { ($0, 0) })
    }

    mutating func run(untilMilliseconds end: Int) {
        feed(.tick)
        while now < end, !due.isEmpty, let next = engine.nextTick(at: now) {
            now = max(next, now + 1)
            feed(.tick)
        }
    }

    private mutating func feed(_ input: DeliveryEngine.Input) {
        waiting.append(input)
        while !waiting.isEmpty {
            for output in engine.handle(waiting.removeFirst(), at: now) {
                switch output {
                case .send(let job, _):
                    sentAt.append(now)
                    waiting.append(.answered(job: job.id, VendorResponse(status: 200)))
                case .journal(let operation):
                    waiting.append(.completed(operation, .success(result(of: operation))))
                case .observe: break
                }
            }
        }
    }

    private mutating func result(of operation: JournalOperation) -> JournalResult {
        switch operation {
        case .lease(let asked): return .leased(lease(asked.limits.total, asked.leaseMilliseconds))
        case .finish(let report, _):
            attempts[report.job, default: 0] += 1
            due[report.job] = nil
            return .finished(.recorded)
        case .renew(let held, _, let length):
            due[held.job] = now + length
            return .held(true)
        case .release(let held, _, let wait):
            for held in held { due[held.job] = now + wait }
            return .done
        default: return .done
        }
    }

    private mutating func lease(_ limit: Int, _ length: Int) -> Lease {
        let taken = due.filter { $0.value <= now }.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
            .prefix(limit).map(\.key)
        let jobs = taken.map { id in
            leases[id, default: 0] += 1
            due[id] = now + length
            return LeasedJob(
                id: id, destination: "d", action: .open, incident: "", deliveryID: "wh_\(id)",
                body: `Step machine`.body, attempts: attempts[id] ?? 0, triedMilliseconds: 0, begunAt: 0,
                nonce: "n", lease: leases[id] ?? 1)
        }
        return Lease(jobs: jobs, nextDueInMilliseconds: due.values.min().map { max($0 - now, 0) })
    }
}
