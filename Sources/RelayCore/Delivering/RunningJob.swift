internal import AdapterKit

/// A job that the engine has leased and not finished.
struct RunningJob: Sendable {
    var job: LeasedJob
    /// When the journal was asked for it: both its age and its lease count from then.
    let leasedAt: SteadyTime
    /// When another relay may take it over; nothing is sent for it from then on.
    var leaseUntil: SteadyTime
    /// The end of the lease that was asked for last.
    var renewedUntil: SteadyTime?
    /// The adapter with which it began, and with which it ends; nil when its destination has none any more.
    var adapter: (any IncidentAdapter)?
    var requests: [OutboundRequest] = []
    var current: OutboundRequest?
    var check: OutboundRequest?
    /// When the vendor first said that it decides later.
    var checkedSince: SteadyTime?
    var timer: SteadyTime?
    var outcome: JobOutcome?
    var episodeState: String?
    /// What was last sent and heard, when that failed.
    var exchange: Exchange?

    /// The lease under which the outcome was last reported.
    var reportedLease: Int?

    init(job: LeasedJob, leasedAt: SteadyTime, leaseUntil: SteadyTime) {
        self.job = job
        self.leasedAt = leasedAt
        self.leaseUntil = leaseUntil
    }
}
