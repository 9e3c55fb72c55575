internal import AdapterKit
internal import OpenSenseWebhooks

/// Reports that are sent without the journal, because that is what is in trouble.
///
/// Best effort: each is sent until its vendor takes it or the store works again, and is forgotten with the
/// process. Vendors that fold take the report of the journal later for the same.
struct DirectReports: Sendable {
    /// How often a report is sent again that was not taken, in milliseconds.
    private static let retryMilliseconds = 30_000

    private struct Waiting: Sendable {
        let job: LeasedJob
        let update: IncidentUpdate
        var dueAt: SteadyTime?
        var isSending = false
    }

    private var waiting: [Int: Waiting] = [:]
    private var added: [Acceptance] = []
    private var count = 0

    /// Whether no request is on its way.
    var isIdle: Bool { !waiting.values.contains(where: \.isSending) }

    /// When a report is sent again; nil while none is to be.
    var nextTick: SteadyTime? { waiting.values.filter { !$0.isSending }.compactMap(\.dueAt).min() }

    /// Whether a job is one of these: their numbers are none of the journal's.
    func isOne(_ job: LeasedJob) -> Bool { job.id < 0 }

    mutating func add(_ reports: [Acceptance]) { added += reports }

    /// The requests that are to be sent now.
    mutating func due(_ engine: DeliveryEngine, at now: SteadyTime) -> [(LeasedJob, OutboundRequest)] {
        for report in added { make(report, at: now) }
        added = []
        var requests: [(LeasedJob, OutboundRequest)] = []
        for (id, report) in waiting.sorted(by: { $0.key > $1.key }) {
            guard !report.isSending, let dueAt = report.dueAt, dueAt <= now else { continue }
            guard let adapter = engine.destinations[report.job.destination]?.spec.adapter,
                case .send(let request, _)? = try? adapter.begin(
                    report.update,
                    context: AdapterContext(time: report.job.begunAt.unixSeconds, nonce: report.job.nonce))
            else {
                waiting[id] = nil
                continue
            }
            waiting[id]?.isSending = true
            requests.append((report.job, request))
        }
        return requests
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
            waiting[job.id] = Waiting(job: job, update: update, dueAt: now)
        }
    }

    /// What came of a request.
    mutating func answered(_ job: LeasedJob, isTaken: Bool, at now: SteadyTime) {
        guard !isTaken, waiting[job.id]?.dueAt != nil else {
            waiting[job.id] = nil
            return
        }
        waiting[job.id]?.isSending = false
        waiting[job.id]?.dueAt = now.adding(milliseconds: Self.retryMilliseconds)
    }

    /// The journal takes reports again.
    mutating func storeWorks() { stop() }

    /// Nothing more is sent.
    mutating func stop() {
        waiting = waiting.filter(\.value.isSending)
        for id in waiting.keys { waiting[id]?.dueAt = nil }
    }
}
