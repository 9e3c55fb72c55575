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
    }

    /// What the delivery led to.
    package var verdict: AcceptanceVerdict
    /// Why nothing is sent, where that needs a reason.
    package var reason: String?
    /// The incident's timeline from now on; nil when it is as it was, or the delivery has no incident.
    package var timeline: IncidentTimeline?
    /// The jobs, in the order in which each lane gets them.
    package var jobs: [Job] = []

    /// Decides.
    ///
    /// - Parameters:
    ///   - acceptance: The delivery, which is not known yet.
    ///   - known: The timeline of its incident; nil when nothing is known of that.
    ///   - configured: The destinations that the configuration has; nil for any.
    /// - Throws: ``StoreError`` for more jobs than one delivery can number.
    package init(
        _ acceptance: Acceptance, known: IncidentTimeline?, configured: Set<String>?
    ) throws(StoreError) {
        switch acceptance.content {
        case .record(let reason): verdict = reason == .unrouted ? .unrouted : .noAction
        case .deadLetter(let code): (verdict, reason) = (.deadLetter, code)
        case .step(_, let step):
            var timeline = known ?? IncidentTimeline()
            if let episode = timeline.episode {
                timeline.episode?.destinations = Self.stillThere(
                    episode.destinations, else: step.destinations, configured)
            }
            let taken = timeline.apply(step)
            self.timeline = timeline == known ? nil : timeline
            switch taken {
            case .repeated: verdict = .repeated
            case .superseded(let why): (verdict, reason) = (.superseded, why.rawValue)
            case .send(let plans) where plans.isEmpty && step.destinations.isEmpty: verdict = .unrouted
            case .send(let plans):
                verdict = .planned
                jobs = plans.flatMap { plan in
                    plan.actions.map { Job(destination: plan.destination, action: $0) }
                }
            }
        }
        // The configuration bounds the destinations, so the numbers suffice; should they not, this delivery
        // must not take the next one's.
        guard jobs.count <= JobNumber.perDeliveryMax else {
            throw StoreError(.overloaded, "One delivery makes more than \(JobNumber.perDeliveryMax) jobs.")
        }
    }

    /// Of the destinations that an alarm was opened at, those the configuration still has; in place of the
    /// others the ones that it names now, which do no harm where the alarm is not known.
    private static func stillThere(
        _ pinned: [String], else now: [String], _ configured: Set<String>?
    ) -> [String] {
        guard let configured, !configured.isSuperset(of: pinned) else { return pinned }
        let left = pinned.filter(configured.contains)
        return left + now.filter { !left.contains($0) }
    }
}
