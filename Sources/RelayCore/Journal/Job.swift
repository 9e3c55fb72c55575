package import AdapterKit
internal import OpenSenseWebhooks

/// One update for one destination, taken from the journal to be delivered.
package struct LeasedJob: Sendable, Hashable {
    /// The job's number in the journal.
    package var id: Int
    /// The destination's name.
    package var destination: String
    /// What is to happen to the incident.
    package var action: IncidentUpdate.Action
    /// The incident's key, for people.
    package var incident: String
    /// The delivery that caused it.
    package var deliveryID: String
    /// The delivery's body.
    package var body: [UInt8]
    /// How often it has been tried before.
    package var attempts: Int
    /// For how long it has been tried, in milliseconds; what waits behind others in its lane does not age.
    package var triedMilliseconds: Int
    /// What the adapter asked to keep for this update, if an attempt has come that far.
    package var progress: String?
    /// What the adapter asked to keep for the incident at this destination, if anything.
    package var episodeState: String?
    /// The time that belongs to the job, the same on every attempt: when its delivery was received.
    package var begunAt: WallTime
    /// A text that belongs to the job, the same on every attempt and different from every other job's.
    package var nonce: String
    /// The number of the job's lease; an outcome reported under an older number is ignored.
    package var lease: Int
    /// How soon it had to be done.
    package var urgency = Urgency.follow
    /// The place where the incident was opened; nil where that is not known, or it was not yet.
    package var fingerprint: String?
    /// What has changed, for the person who is paged.
    package var note: String?

    /// A job.
    package init(
        id: Int, destination: String, action: IncidentUpdate.Action, incident: String, deliveryID: String,
        body: [UInt8], attempts: Int, triedMilliseconds: Int, progress: String? = nil,
        episodeState: String? = nil, begunAt: WallTime, nonce: String, lease: Int
    ) {
        self.id = id
        self.destination = destination
        self.action = action
        self.incident = incident
        self.deliveryID = deliveryID
        self.body = body
        self.attempts = attempts
        self.triedMilliseconds = triedMilliseconds
        self.progress = progress
        self.episodeState = episodeState
        self.begunAt = begunAt
        self.nonce = nonce
        self.lease = lease
    }
}

extension JobReference {
    /// The reference to a leased job.
    package init(_ job: LeasedJob) {
        self.init(
            number: job.id, delivery: job.deliveryID, destination: job.destination, incident: job.incident,
            action: job.action.rawValue, attempts: job.attempts + 1)
    }
}

extension LeasedJob {
    /// The nonce of a job, made of the digest that names its delivery and its own number.
    package static func nonce(high: Int, low: Int, job: Int) -> String {
        [UInt(bitPattern: high), UInt(bitPattern: low), UInt(bitPattern: job)]
            .map { String($0, radix: 36) }.joined(separator: "-")
    }
}

/// What became of a job.
package enum JobOutcome: Sendable, Hashable {
    /// The vendor has it; what the adapter keeps for the incident there, nil to leave that as it is, and what
    /// there is to say of it.
    case delivered(episodeState: String?, remark: String? = nil)
    /// It is tried again after so many milliseconds; the failover, if any is named, gets it at once.
    case retry(afterMilliseconds: Int, reason: String, failover: String? = nil)
    /// It is a dead letter.
    case dead(DeadLetter)

    /// The destination that gets the job, too, or instead; nil for none.
    package var failover: String? {
        switch self {
        case .delivered: nil
        case .retry(_, _, let name): name
        case .dead(let letter): letter.failover
        }
    }

    /// Why it was not delivered; empty where it was.
    package var failureReason: String {
        switch self {
        case .delivered: ""
        case .retry(_, let reason, _): reason
        case .dead(let letter): letter.reason
        }
    }

    /// Why a job ended, and what follows from it.
    package struct DeadLetter: Sendable, Hashable {
        /// For a person.
        package var reason: String
        /// Whether what waits behind it in its lane waits for a person, too.
        package var holdsLane: Bool
        /// The destination that gets the job instead, if any.
        package var failover: String?

        /// A dead letter.
        package init(reason: String, holdsLane: Bool = false, failover: String? = nil) {
            self.reason = reason
            self.holdsLane = holdsLane
            self.failover = failover
        }
    }
}

/// What was sent for a job and what came back, without secrets: for a person who asks what became of it.
package struct Exchange: Sendable, Hashable {
    /// The longest request that is kept, in bytes; what vendors take is far shorter.
    package static let requestBytesMax = 16_384
    /// The longest answer that is kept, in bytes.
    package static let answerBytesMax = 4_096

    /// The request as HTTP.
    package var request: String
    /// The answer's status and body, or why there was none.
    package var answer: String
    /// The length of the answer's body before it was cut; nil when there was no answer.
    package var answerBytes: Int?
    /// How long the exchange took; nil where that is not known.
    package var milliseconds: Int?

    /// An exchange as it is read back.
    package init(request: String, answer: String, answerBytes: Int? = nil, milliseconds: Int? = nil) {
        self.request = request
        self.answer = answer
        self.answerBytes = answerBytes
        self.milliseconds = milliseconds
    }

    /// A request, and what was heard of it.
    package init(_ request: OutboundRequest, answer: String) {
        let masked = request.masked
        let fields = masked.fields.map { "\($0.name): \($0.value)\n" }.joined()
        let body = String(decoding: masked.body, as: UTF8.self)
        self.request = JSONText.cut(
            "\(masked.method.rawValue) \(masked.url)\n\(fields)\n\(body)", bytesMax: Self.requestBytesMax)
        self.answer = Self.kept(answer, of: request)
    }

    /// A request and its answer.
    package init(_ request: OutboundRequest, _ response: VendorResponse) {
        self.init(request, answer: Self.text(of: response))
        answerBytes = response.body.count
    }

    /// A request that its vendor took, without what was in it: that can be made again from the delivery.
    package init(taken request: OutboundRequest, _ response: VendorResponse) {
        self.init(
            request: request.description, answer: Self.kept(Self.text(of: response), of: request),
            answerBytes: response.body.count)
    }

    private static func text(of response: VendorResponse) -> String {
        "\(response.status)\n\(String(decoding: response.body, as: UTF8.self))"
    }

    /// An answer without secrets: masked before it is cut, or half a secret could stay.
    private static func kept(_ answer: String, of request: OutboundRequest) -> String {
        JSONText.cut(request.mask(answer), bytesMax: answerBytesMax)
    }
}

/// What is written down of a leased job.
package struct JobReport: Sendable, Hashable {
    /// The job's number.
    package var job: Int
    /// The lease under which it was tried.
    package var lease: Int
    /// The job, as events name it.
    package let reference: JobReference
    /// What was to happen to the incident.
    package let action: IncidentUpdate.Action
    /// What became of it.
    package var outcome: JobOutcome
    /// What was sent and heard; it is kept as one of the job's attempts.
    package var exchange: Exchange?
    /// Whether an attempt that failed may have reached the vendor.
    package var mayHaveArrived = false
    /// Whether the failure is this update's alone: the vendor takes others.
    ///
    /// While the vendor as a whole fails, an open that passed what is in front of it would gain nothing, and
    /// would fold into an incident that should have been closed before.
    package var isAlone = true
    /// Whether the vendor folds what is sent twice, so that what follows makes sense without this job.
    package var folds = true

    /// A report.
    package init(_ job: LeasedJob, _ outcome: JobOutcome, exchange: Exchange? = nil) {
        (self.job, lease) = (job.id, job.lease)
        (reference, action) = (JobReference(job), job.action)
        self.outcome = outcome
        self.exchange = exchange
    }
}

extension JobReport {
    /// Whether what the adapter keeps for the incident ends with it: a resolve was delivered, or an open of
    /// another episode that keeps nothing.
    package var endsState: Bool {
        guard case .delivered(let state, _) = outcome else { return false }
        return action == .resolve || (action == .open && state == nil)
    }
}

/// Whether what became of a job was written down.
package enum FinishOutcome: Sendable, Hashable {
    /// It was, or had been before: of a dead letter that is known.
    case recorded
    /// It was, and an alarm that waits behind it goes ahead: it is not sent any more.
    case passed
    /// The lease had run out and another relay has the job, or a person has decided on it.
    case leaseLost
}
