/// One thing that is done with the journal; everything that a relay reads or writes there is a case.
package enum JournalOperation: Sendable {
    /// What it is called in the log.
    package var name: String {
        switch self {
        case .accept: "accept"
        case .lease: "lease"
        case .advance: "advance"
        case .finish: "finish"
        case .failOver: "fail-over"
        case .renew: "renew"
        case .release: "release"
        case .quarantine: "quarantine"
        case .probe: "probe"
        case .prune: "prune"
        case .mend: "mend"
        case .takeRequests: "take-requests"
        case .settle: "settle"
        case .survey: "survey"
        case .look: "look"
        case .summarize: "summarize"
        }
    }

    /// Accepts a delivery: ledger, event, timeline and jobs in one transaction.
    ///
    /// Indirect, because it is passed on from the server to the store and has a dozen parts.
    indirect case accept(Acceptance)
    /// Takes jobs that are due, each the first unfinished one of its lane.
    ///
    /// No other relay gets them meanwhile.
    case lease(LeaseRequest)
    /// Keeps how far the adapter has come with a leased job, before the request is sent that it describes.
    case advance(HeldJob, progress: String, now: WallTime)
    /// Records what became of a leased job; the next of its lane becomes due, unless a dead letter holds the
    /// lane.
    case finish(JobReport, now: WallTime)
    /// Gives opens that have waited for too long to another destination, which is sent them, too.
    case failOver(FailOverRequest, now: WallTime)
    /// Makes a lease hold for `leaseMilliseconds` from `now`.
    case renew(HeldJob, now: WallTime, leaseMilliseconds: Int)
    /// Gives leases back, as if the jobs had not been taken: they are due after so many milliseconds, for any
    /// relay.
    case release([HeldJob], now: WallTime, afterMilliseconds: Int = 0)
    /// Keeps a request that could not be authenticated, unless there is no room or too many came lately.
    case quarantine(QuarantinedRequest)
    /// Commits a small change, to see whether that works.
    case probe(now: WallTime)
    /// Forgets some of what is older than its retention.
    ///
    /// What was accepted ages by the wall clock or by the time that relays have run since, whichever is less;
    /// `running` is for how long this relay has run since the last time, in milliseconds.
    case prune(Retention, now: WallTime, running: Int)
    /// Makes due what waits at the head of a lane without a time, which nothing should; some lanes at each
    /// call.
    case mend(now: WallTime)
    /// Reads what people have asked to be processed again, at most `limit` of each kind, the oldest first.
    case takeRequests(limit: Int)
    /// Records what became of a request of a person's.
    case settle(Settlement)
    /// Looks for work that is left, and for the relay's own incidents, and remembers what was heard.
    case survey(SurveyRequest, now: WallTime)
    /// Looks whether an incident, by its key, is open at a destination, or any is whose kept state is
    /// `state`.
    case look(incident: String, destination: String, state: String)
    /// Counts what the store holds.
    case summarize
}

extension JournalOperation {
    /// Whether it may wait even when too much waits already: without it no work would ever get done.
    package var isUrgent: Bool {
        switch self {
        case .accept, .quarantine, .probe, .takeRequests, .survey, .look, .summarize: false
        case .lease, .advance, .finish, .failOver, .renew, .release, .prune, .mend, .settle: true
        }
    }
}

extension JournalOperation {
    /// Whether its success says to the outside that something is kept.
    package var promisesToKeep: Bool {
        switch self {
        case .accept, .quarantine, .probe: true
        default: false
        }
    }

    /// Whether it changes the store whatever it finds there: its success shows that the store can commit.
    var alwaysWrites: Bool {
        switch self {
        case .accept, .finish, .probe, .prune: true
        default: false
        }
    }
}

/// What an operation that is on disk came to; the case follows from the operation's.
package enum JournalResult: Sendable {
    /// Of ``JournalOperation/accept(_:)``.
    case accepted(AcceptanceOutcome)
    /// Of ``JournalOperation/lease(_:)``.
    case leased(Lease)
    /// Of ``JournalOperation/advance(_:progress:now:)`` and
    /// ``JournalOperation/renew(_:now:leaseMilliseconds:)``: whether the lease was still held.
    case held(Bool)
    /// Of ``JournalOperation/finish(_:now:)``.
    case finished(FinishOutcome)
    /// Of ``JournalOperation/quarantine(_:)``.
    case quarantined(QuarantineOutcome)
    /// Of ``JournalOperation/failOver(_:now:)``: how many opens were given to it.
    case moved(Int)
    /// Of ``JournalOperation/prune(_:now:running:)``: how much was looked at; 0 when all is done.
    case pruned(Int)
    /// Of ``JournalOperation/mend(now:)``: how many lanes there were, by destination.
    case mended([String: Int])
    /// Of ``JournalOperation/takeRequests(limit:)``.
    case requests(PeopleRequests)
    /// Of ``JournalOperation/survey(_:now:)``.
    case surveyed(StoreSurvey)
    /// Of ``JournalOperation/look(incident:destination:state:)``.
    case seen(IncidentSight)
    /// Of ``JournalOperation/summarize``.
    case summary(StoreSummary)
    /// Of ``JournalOperation/release(_:now:afterMilliseconds:)``, ``JournalOperation/probe(now:)`` and
    /// ``JournalOperation/settle(_:)``.
    case done
}

/// What an operation came to, where its kind is known.
///
/// A journal answers each operation with the case that belongs to it; another one is a fault of the journal's
/// that no caller could go on from.
extension JournalResult {
    /// Of ``JournalOperation/accept(_:)``.
    package var acceptance: AcceptanceOutcome {
        guard case .accepted(let outcome) = self else { mismatch() }
        return outcome
    }
    /// Of ``JournalOperation/lease(_:)``.
    package var lease: Lease {
        guard case .leased(let lease) = self else { mismatch() }
        return lease
    }
    /// Of ``JournalOperation/finish(_:now:)``.
    package var finish: FinishOutcome {
        guard case .finished(let outcome) = self else { mismatch() }
        return outcome
    }
    /// Of ``JournalOperation/advance(_:progress:now:)`` and
    /// ``JournalOperation/renew(_:now:leaseMilliseconds:)``.
    package var isHeld: Bool {
        guard case .held(let isHeld) = self else { mismatch() }
        return isHeld
    }
    /// Of ``JournalOperation/failOver(_:now:)``.
    package var movedCount: Int {
        guard case .moved(let count) = self else { mismatch() }
        return count
    }
    /// Of ``JournalOperation/quarantine(_:)``.
    package var quarantine: QuarantineOutcome {
        guard case .quarantined(let outcome) = self else { mismatch() }
        return outcome
    }
    /// Of ``JournalOperation/prune(_:now:running:)``.
    package var prunedCount: Int {
        guard case .pruned(let count) = self else { mismatch() }
        return count
    }
    /// Of ``JournalOperation/mend(now:)``.
    package var mendedLanes: [String: Int] {
        guard case .mended(let lanes) = self else { mismatch() }
        return lanes
    }
    /// Of ``JournalOperation/takeRequests(limit:)``.
    package var peopleRequests: PeopleRequests {
        guard case .requests(let requests) = self else { mismatch() }
        return requests
    }

    /// Of ``JournalOperation/survey(_:now:)``.
    package var survey: StoreSurvey {
        guard case .surveyed(let survey) = self else { mismatch() }
        return survey
    }

    /// Of ``JournalOperation/look(incident:destination:state:)``.
    package var sight: IncidentSight {
        guard case .seen(let sight) = self else { mismatch() }
        return sight
    }

    private func mismatch() -> Never {
        preconditionFailure("A journal answered with \(self) to another operation.")
    }
}

/// A job under a lease: what is reported under an older lease changes nothing.
package struct HeldJob: Sendable, Hashable {
    /// The job's number.
    package var job: Int
    /// The number of its lease.
    package var lease: Int

    /// A job and the lease under which it is held.
    package init(job: Int, lease: Int) {
        self.job = job
        self.lease = lease
    }

    /// The lease under which `job` was taken.
    package init(_ job: LeasedJob) { self.init(job: job.id, lease: job.lease) }
}
