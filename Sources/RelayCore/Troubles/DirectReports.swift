internal import AdapterKit
internal import OpenSenseWebhooks

/// Reports that are sent without the journal, because that is what is in trouble.
///
/// Best effort: each is sent until its vendor takes it or the store works again, and is forgotten with the
/// process. Vendors that fold take the report of the journal later for the same.
struct DirectReports: Sendable {
    /// How often a report is sent again that was not taken, in milliseconds.
    private static let retryMilliseconds = 30_000

    /// The most requests for one report before it begins anew.
    private static let requestsMax = 16

    private struct Waiting: Sendable {
        let job: LeasedJob
        let update: IncidentUpdate
        var context: AdapterContext
        var dueAt: SteadyTime?
        /// What is sent next; nil where its adapter is to begin.
        var next: OutboundRequest?
        /// What is on its way.
        var sending: OutboundRequest?
        var requestCount = 0
    }

    private var waiting: [Int: Waiting] = [:]
    private var added: [Acceptance] = []
    private var count = 0

    /// Whether no request is on its way.
    var isIdle: Bool { !waiting.values.contains { $0.sending != nil } }

    /// When a report is sent again; nil while none is to be.
    var nextTick: SteadyTime? { waiting.values.filter { $0.sending == nil }.compactMap(\.dueAt).min() }

    /// Whether a job is one of these: their numbers are none of the journal's.
    func isOne(_ job: LeasedJob) -> Bool { job.id < 0 }

    mutating func add(_ reports: [Acceptance]) { added += reports }

    /// The requests that are to be sent now.
    mutating func due(_ engine: DeliveryEngine, at now: ClockReading) -> [(LeasedJob, OutboundRequest)] {
        for report in added { make(report, at: now.steady) }
        added = []
        var requests: [(LeasedJob, OutboundRequest)] = []
        for (id, report) in waiting.sorted(by: { $0.key > $1.key }) {
            guard report.sending == nil, let dueAt = report.dueAt, dueAt <= now.steady else { continue }
            if report.next == nil {
                let adapter = engine.destinations[report.job.destination]?.spec.adapter
                follow(id, try? adapter?.begin(report.update, context: report.context), at: now)
            }
            guard let request = waiting[id]?.next, waiting[id]?.dueAt ?? now.steady <= now.steady else {
                continue
            }
            waiting[id]?.next = nil
            waiting[id]?.sending = request
            waiting[id]?.requestCount += 1
            requests.append((report.job, request))
        }
        return requests
    }

    /// Does what an adapter's step says; without one nothing can be sent.
    private mutating func follow(_ id: Int, _ step: AdapterStep?, at now: ClockReading) {
        switch step {
        case .send(let request, let progress): plan(id, request, progress, at: now.steady)
        case .askLater(let request, let after, let progress):
            let wait = after.secondsToWait(at: now.wall.unixSeconds)
            plan(id, request, progress, at: now.steady.adding(milliseconds: min(wait, 3_600) * 1_000))
        case .retry, .refused: beginAnew(id, at: now.steady)
        case .done, nil: waiting[id] = nil
        }
    }

    private mutating func plan(
        _ id: Int, _ request: OutboundRequest, _ progress: String?, at time: SteadyTime
    ) {
        guard let report = waiting[id], report.requestCount < Self.requestsMax else {
            return beginAnew(id, at: time)
        }
        waiting[id]?.next = request
        waiting[id]?.dueAt = time
        waiting[id]?.context = report.context.keeping(progress)
    }

    private mutating func beginAnew(_ id: Int, at now: SteadyTime) {
        waiting[id]?.next = nil
        waiting[id]?.requestCount = 0
        waiting[id]?.dueAt = now.adding(milliseconds: Self.retryMilliseconds)
    }

    private mutating func make(_ report: Acceptance, at now: SteadyTime) {
        guard case .step(let key, let step) = report.content,
            let event = try? Delivery(body: report.body).event
        else { return }
        for name in step.destinations {
            count += 1
            let job = LeasedJob(
                id: -count, destination: name, action: step.action, incident: key.text,
                deliveryID: report.deliveryID, body: report.body, attempts: 0, triedMilliseconds: 0,
                begunAt: report.receivedAt, nonce: "direct-\(count)", lease: 0)
            let update = IncidentUpdate(
                action: step.action, key: key, event: event, deliveryID: report.deliveryID)
            let context = AdapterContext(time: job.begunAt.unixSeconds, nonce: job.nonce)
            waiting[job.id] = Waiting(job: job, update: update, context: context, dueAt: now)
        }
    }

    /// What came of a request; nil for no answer.
    mutating func answered(
        _ job: LeasedJob, _ response: VendorResponse?, _ engine: DeliveryEngine, at now: ClockReading
    ) {
        guard let report = waiting[job.id], let request = report.sending, report.dueAt != nil else {
            waiting[job.id] = nil
            return
        }
        waiting[job.id]?.sending = nil
        guard let response else { return beginAnew(job.id, at: now.steady) }
        let adapter = engine.destinations[job.destination]?.spec.adapter
        let step = try? adapter?.next(response, to: request, for: report.update, context: report.context)
        follow(job.id, step, at: now)
    }

    /// The journal takes reports again.
    mutating func storeWorks() { stop() }

    /// Nothing more is sent.
    mutating func stop() {
        waiting = waiting.filter { $0.value.sending != nil }
        for id in waiting.keys { waiting[id]?.dueAt = nil }
    }
}
