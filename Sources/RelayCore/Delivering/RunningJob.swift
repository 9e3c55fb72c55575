internal import AdapterKit

/// A job that the engine has leased and not finished.
struct RunningJob: Sendable {
    /// How far it has come.
    enum Stage: Sendable {
        /// Its adapter decides on the next step.
        case deciding
        /// Progress is being kept, or is to be kept when the timer ends; the request follows.
        case keeping(String, then: Errand)
        /// A request waits for its time, and another job uses the place meanwhile.
        case waiting(OutboundRequest)
        /// A request waits until the lease is long enough for it.
        case renewing(OutboundRequest)
        /// A request is on its way.
        case sending(OutboundRequest)
        /// What became of it is being written down, or is to be when the timer ends.
        case ended(JobOutcome)
    }

    /// A request that a step asks for, and how long it is to wait.
    struct Errand: Sendable {
        var request: OutboundRequest
        var after: RetryAfter?
    }

    var job: LeasedJob
    /// When the journal was asked for it: both its age and its lease count from then.
    let leasedAt: SteadyTime
    /// When another relay may take it over; nothing is sent for it from then on.
    var leaseUntil: SteadyTime
    /// The end of the lease that was asked for last.
    var renewedUntil: SteadyTime?
    /// The adapter with which it began, and with which it ends; nil when its destination has none any more.
    var adapter: (any IncidentAdapter)?
    /// When it began.
    var startedAt: WallTime?
    /// What the adapter is given; nil until the delivery was read.
    var update: IncidentUpdate?
    /// The progress that is on disk.
    var progress: String?
    /// What is at fault, as far as an answer shows it.
    enum Failure {
        /// Nothing but this request.
        case request
        /// The vendor, or something between, for all requests alike.
        case vendor
        /// The credentials.
        case credentials
        /// Nothing; there were too many requests.
        case pace

        /// What an answer shows, and what the adapter makes of it.
        init(status: Int, _ step: AdapterStep) {
            if case .refused(.credentials, _) = step {
                self = .credentials
                return
            }
            switch status {
            case 401, 402, 403: self = .credentials
            case 429: self = .pace
            // Gateways answer so for all alike.
            case 502, 503, 504: self = .vendor
            default: self = .request
            }
        }
    }

    var stage = Stage.deciding
    /// How many requests the adapter has asked for in this attempt, without those that it asked for later.
    var requestCount = 0
    /// Whether the next request has its place in the vendor's pace.
    var hasPace = false
    /// When the vendor first said that it decides later.
    var checkedSince: SteadyTime?
    var timer: SteadyTime?
    /// What was last sent and heard.
    var exchange: Exchange?
    /// Whether what was last sent asks for an outcome.
    var isOutcome = false
    /// What the last failure is one of.
    var failure = Failure.vendor
    /// Whether something that was sent may have had an effect.
    var mayHaveArrived = false
    /// The lease under which the outcome was last reported.
    var reportedLease: Int?

    init(job: LeasedJob, leasedAt: SteadyTime, leaseUntil: SteadyTime) {
        self.job = job
        self.leasedAt = leasedAt
        self.leaseUntil = leaseUntil
        progress = job.progress
    }

    /// What its adapter knows of it now.
    var context: AdapterContext {
        AdapterContext(
            time: job.begunAt.unixSeconds, nonce: job.nonce,
            // An open begins an episode, whatever the one before has left.
            state: job.action == .open ? nil : job.episodeState, progress: progress,
            attemptTime: startedAt?.unixSeconds)
    }

    var isSending: Bool { if case .sending = stage { true } else { false } }

    var isEnded: Bool { if case .ended = stage { true } else { false } }

    var isWaiting: Bool { if case .waiting = stage { true } else { false } }
}
