package import AdapterKit
package import OpenSenseWebhooks

/// What accepting a delivery writes, decided from what is known of its incident.
///
/// Every journal asks here, so that all of them decide alike; each only reads the timeline and writes the
/// plan.
package struct AcceptancePlan: Sendable, Hashable {
    /// A job to add at the end of its lane.
    package struct Job: Sendable, Hashable {
        /// The destination's name.
        package var destination: String
        /// What is to happen to the incident there.
        package var action: IncidentUpdate.Action
        /// How soon it is to be done.
        package var urgency: Urgency

        /// A job.
        package init(destination: String, action: IncidentUpdate.Action, urgency: Urgency) {
            self.destination = destination
            self.action = action
            self.urgency = urgency
        }
    }

    /// The jobs of one destination, in the order in which its lane gets them.
    package struct Lane: Sendable, Hashable {
        /// The destination's name.
        package var destination: String
        /// At least one; each as urgent as the most urgent from it on.
        package var jobs: [Job]

        /// Whether the first of them that opens or ends an alarm opens one.
        ///
        /// Where the destination may have an earlier alarm of the incident still, as its end was refused or
        /// given up, such an open is folded into that: acknowledged as it may be, it does not page. It is
        /// ended first then.
        package var beginsAlarm: Bool {
            let first = jobs.first { $0.action == .open || $0.action == .resolve }
            return first?.action == .open
        }
    }

    /// The jobs by destination, in the order in which these appear.
    package var lanes: [Lane] {
        if jobs.count == 1 { return [Lane(destination: jobs[0].destination, jobs: jobs)] }
        var lanes: [Lane] = []
        for job in jobs.reversed() {
            guard let index = lanes.firstIndex(where: { $0.destination == job.destination }) else {
                lanes.append(Lane(destination: job.destination, jobs: [job]))
                continue
            }
            var job = job
            job.urgency = min(job.urgency, lanes[index].jobs[0].urgency)
            lanes[index].jobs.insert(job, at: 0)
        }
        return lanes.sorted { first(of: $0) < first(of: $1) }
    }

    private func first(of lane: Lane) -> Int {
        jobs.firstIndex { $0.destination == lane.destination } ?? jobs.endIndex
    }

    /// What the delivery led to.
    package var verdict: AcceptanceVerdict
    /// Why nothing is sent, where that needs a reason.
    package var reason: String?
    /// The incident's timeline from now on; nil when it is as it was, or the delivery has no incident.
    package var timeline: IncidentTimeline?
    /// The jobs, in the order in which each lane gets them.
    package var jobs: [Job] = []
    /// What has changed, for the person who is paged.
    package var note: String?

    /// Decides.
    ///
    /// - Parameters:
    ///   - acceptance: The delivery, which is not known yet.
    ///   - known: The timeline of its incident; nil when nothing is known of that.
    ///   - isEventKnown: Whether another webhook of the account has brought its event already.
    /// - Throws: ``StoreError`` for more jobs than one delivery can number.
    package init(
        _ acceptance: Acceptance, known: IncidentTimeline?, isEventKnown: Bool = false
    ) throws(StoreError) {
        switch acceptance.content {
        case .step where isEventKnown: verdict = .repeated
        case .record(let reason): verdict = reason == .unrouted ? .unrouted : .noAction
        case .deadLetter(let code): (verdict, reason) = (.deadLetter, code)
        case .step(_, let step):
            var timeline = known ?? IncidentTimeline()
            let taken = timeline.apply(step, acceptance.policy)
            self.timeline = timeline == known ? nil : timeline
            switch taken {
            case .repeated: verdict = .repeated
            case .superseded(let why): (verdict, reason) = (.superseded, why.rawValue)
            case .send(let plans, _) where plans.isEmpty && step.destinations.isEmpty: verdict = .unrouted
            case .send(let plans, let note):
                (verdict, self.note) = (.planned, note)
                let rank = acceptance.policy.severities.rank(timeline.episode?.severity ?? step.severity)
                for plan in plans {
                    for action in plan.actions {
                        let urgency = Urgency(action, rank: rank, worst: acceptance.policy.severities.worst)
                        jobs.append(Job(destination: plan.destination, action: action, urgency: urgency))
                    }
                }
            }
        }
        // The configuration bounds the destinations, so the numbers suffice; should they not, this delivery
        // must not take the next one's.
        guard jobs.count <= JobNumber.perDeliveryMax else {
            throw StoreError(.overloaded, "One delivery makes more than \(JobNumber.perDeliveryMax) jobs.")
        }
    }
}
