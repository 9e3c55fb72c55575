package import AdapterKit

/// A job of a lane that is neither finished nor dead.
package struct LaneJob: Sendable, Hashable {
    /// The job's number; nil for one that is about to be added.
    package var id: Int?
    /// What is to happen to the incident.
    package var action: IncidentUpdate.Action
    /// Whether anything was, or may be, sent for it.
    package var wasBegun: Bool
    /// Whether something that was sent for it, or is being sent, may have had an effect.
    package var mayHaveArrived: Bool
    /// How soon it is to be done.
    package var urgency: Urgency

    /// A job.
    package init(
        id: Int?, action: IncidentUpdate.Action, wasBegun: Bool, mayHaveArrived: Bool = false,
        urgency: Urgency
    ) {
        self.id = id
        self.action = action
        self.wasBegun = wasBegun
        self.mayHaveArrived = mayHaveArrived
        self.urgency = urgency
    }

    /// Whether it is of the same delivery as another job.
    func isOfDelivery(of job: Int) -> Bool { id.map { JobNumber.areOfOneDelivery($0, job) } ?? false }
}

/// What adding jobs at the end of a lane changes for those that wait there.
package struct LaneChanges: Sendable, Hashable {
    /// The jobs that are not sent any more: their alarm was over before anything of it was.
    package private(set) var collapsed: [Int] = []
    /// The jobs whose urgency changes.
    package private(set) var urgencies: [Int: Urgency] = [:]
    /// Whether something that waits is more urgent than it was.
    package private(set) var isMoreUrgent = false
    /// Those of the jobs to add that are added, by their place.
    package private(set) var added: [Int] = []

    /// Decides.
    ///
    /// - Parameters:
    ///   - new: The jobs to add, in order.
    ///   - waiting: What is in the lane, in order.
    ///   - collapse: What may be left out.
    package init(adding new: [AcceptancePlan.Job], to waiting: [LaneJob], _ collapse: CollapseResolved) {
        let lane =
            waiting
            + new.map { LaneJob(id: nil, action: $0.action, wasBegun: false, urgency: $0.urgency) }
        var isLeftOut = Array(repeating: false, count: lane.count)
        if collapse != .never, let last = lane.last?.action, last == .open || collapse == .always {
            for range in Self.finishedPairs(lane, before: last == .open ? lane.count - 1 : lane.count) {
                for index in range { isLeftOut[index] = true }
            }
        }
        collapsed = waiting.indices.filter { isLeftOut[$0] }.compactMap { lane[$0].id }
        added = new.indices.filter { !isLeftOut[waiting.count + $0] }
        guard let needed = Self.urgency(new) else { return }
        for index in waiting.indices where !isLeftOut[index] {
            let job = lane[index]
            let changed = Self.changed(job, needed, endsAlarm: new.last?.action == .resolve)
            guard changed != job.urgency, let id = job.id else { continue }
            if changed < job.urgency { isMoreUrgent = true }
            urgencies[id] = changed
        }
    }

    /// The jobs of alarms that are over and of which nothing was sent, from open to resolve.
    private static func finishedPairs(_ lane: [LaneJob], before end: Int) -> [ClosedRange<Int>] {
        var pairs: [ClosedRange<Int>] = []
        var opened: Int?
        for index in 0..<end {
            switch lane[index].action {
            case _ where lane[index].wasBegun: opened = nil
            case .open: opened = opened ?? index
            case .resolve:
                if let start = opened { pairs.append(start...index) }
                opened = nil
            case .acknowledge, .update, .annotate, .refresh: break
            }
        }
        return pairs
    }

    /// The urgency of the most urgent of the jobs to add.
    private static func urgency(_ new: [AcceptancePlan.Job]) -> Urgency? { new.map(\.urgency).min() }

    /// The urgency of a job ahead of jobs that need `needed`.
    private static func changed(_ job: LaneJob, _ needed: Urgency, endsAlarm: Bool) -> Urgency {
        // An alarm that is over is no longer urgent in itself, and one that begins says how urgent its lane
        // is now.
        let urgency = endsAlarm || needed.isOfOpen ? needed : min(job.urgency, needed)
        return job.wasBegun ? urgency.tried : urgency
    }
}

/// What is not sent any more once another destination has the alarm.
package enum LaneTakeover {
    /// The jobs that are left out of the lane of an open: with it the alarms ahead of it, which would page
    /// late, unless something of them may have arrived; and what follows of its alarm, but for the end of an
    /// alarm that may have arrived.
    ///
    /// - Parameters:
    ///   - lane: The lane in order.
    ///   - origin: The open that the other destination has.
    ///   - hasLeftOver: Whether an alarm before it may be open at the vendor, because its end was left out
    ///     and nothing has closed it since.
    package static func leftOut(of lane: [LaneJob], origin: Int, hasLeftOver: Bool) -> [Int] {
        guard let place = lane.firstIndex(where: { $0.id == origin }) else { return [] }
        let ahead = lane[..<place]
        var left = ahead.contains(where: \.mayHaveArrived) ? [] : unsentAlarms(ahead)
        left.append(origin)
        let behind = lane[(place + 1)...].prefix { $0.action != .open || $0.isOfDelivery(of: origin) }
        // A resolve of the open's own delivery is there because one before it was left out.
        let mayBeOpen =
            lane[place].mayHaveArrived || hasLeftOver
            || behind.contains { $0.action == .resolve && $0.isOfDelivery(of: origin) }
        for job in behind where !mayBeOpen || job.action != .resolve {
            if let id = job.id { left.append(id) }
        }
        return left
    }

    /// The jobs of alarms whose open is among them; what comes before the first open is of an alarm that the
    /// destination has.
    private static func unsentAlarms(_ jobs: ArraySlice<LaneJob>) -> [Int] {
        jobs.drop { $0.action != .open }.compactMap(\.id)
    }
}

/// What becomes of a job that has failed while something waits behind it in its lane.
package enum LanePatience {
    /// How long an open waits behind a failing update of an earlier alarm, in milliseconds.
    package static let openMilliseconds = 60_000
    /// The same where it is not known whether the vendor takes anything.
    package static let unknownMilliseconds = 600_000
    /// How often a resolve is tried before the open of its delivery goes ahead, which it makes page.
    package static let ownAttemptsMin = 6
    /// How often a remark or an acknowledgement is tried while the end of its alarm waits.
    package static let remarkAttemptsMax = 3

    /// Whether an open that waits behind a job is to page once more: it was a resolve that is left out or was
    /// given up, and not one that the vendor will not have.
    package static func pagesAgain(after report: JobReport, _ state: JobState, attempts: Int) -> Bool {
        guard report.action == .resolve else { return false }
        return state == .passed || state == .dead && attempts >= ownAttemptsMin
    }

    /// Whether an open pages once more after a resolve in front of it was left out.
    ///
    /// Also where the resolve may have had its effect, so that the open has paged: a page too many costs less
    /// than one that is missing.
    ///
    /// - Parameters:
    ///   - ownJobs: How many jobs its delivery has in the lane: an open, with a resolve at most, and no more
    ///     where it does so already.
    ///   - isAcknowledged: Whether an acknowledgement waits behind it: a person has it.
    package static func mayPageAgain(ownJobs: Int, isAcknowledged: Bool) -> Bool {
        ownJobs <= 2 && !isAcknowledged
    }

    /// Whether it is left out, and when it is tried again otherwise.
    package enum Verdict: Sendable, Hashable {
        /// It is left out; what waits goes on.
        case pass
        /// It is tried again, but no later than in so many milliseconds.
        case retry(withinMilliseconds: Int)
    }

    /// Decides.
    ///
    /// At a vendor that folds nothing everything is brought to its end in order: what an incident there is
    /// known by comes from its open, and nothing else closes it.
    ///
    /// - Parameters:
    ///   - report: What became of the job.
    ///   - attempts: How often it has been tried.
    ///   - behind: What waits behind it.
    package static func verdict(of report: JobReport, attempts: Int, behind: LaneBehind) -> Verdict {
        guard report.folds else { return .retry(withinMilliseconds: .max) }
        let isRemark = ![.open, .resolve].contains(report.action)
        if isRemark, attempts >= remarkAttemptsMax, behind.isEndWaiting || behind.openWaits != nil {
            return .pass
        }
        guard let openWaits = behind.openWaits else { return .retry(withinMilliseconds: .max) }
        let patience = report.isAlone ? openMilliseconds : unknownMilliseconds
        guard openWaits >= patience else {
            return .retry(withinMilliseconds: min(patience - max(openWaits, 0), openMilliseconds))
        }
        if behind.isOpenOwn {
            // What makes an open page goes with it: the open alone may be folded. An open that is to go once
            // more is no reason not to try the first.
            let isTriedEnough = attempts >= ownAttemptsMin && report.action != .open
            return isTriedEnough ? .pass : .retry(withinMilliseconds: openMilliseconds)
        }
        return .pass
    }
}

/// What waits behind a job in its lane.
package struct LaneBehind: Sendable, Hashable {
    /// For how long the first open has waited, in milliseconds; nil where there is none.
    package var openWaits: Int?
    /// Whether that open is of the same delivery.
    package var isOpenOwn: Bool
    /// Whether there is a resolve.
    package var isEndWaiting: Bool

    /// What waits.
    package init(openWaits: Int?, isOpenOwn: Bool = false, isEndWaiting: Bool) {
        self.openWaits = openWaits
        self.isOpenOwn = isOpenOwn
        self.isEndWaiting = isEndWaiting
    }
}

extension JobReport {
    /// The state in which the job is now, in how many milliseconds it is tried again, and why.
    ///
    /// - Parameters:
    ///   - attempts: How often it has been tried, this time included.
    ///   - behind: What waits behind it.
    package func ending(
        attempts: Int, _ behind: LaneBehind
    ) -> (state: JobState, dueInMilliseconds: Int?, reason: String?) {
        switch outcome {
        case .delivered(_, let remark): return (.delivered, nil, remark)
        case .dead(let letter):
            // A newer alarm that waits behind it must not wait for a person.
            let isHolding = letter.holdsLane && behind.openWaits == nil
            return (isHolding ? .stuck : .dead, nil, letter.reason)
        case .retry(let wait, let why, _):
            switch LanePatience.verdict(of: self, attempts: attempts, behind: behind) {
            case .pass: return (.passed, nil, why)
            case .retry(let within): return (.pending, min(wait, within), why)
            }
        }
    }
}
