internal import AdapterKit
internal import HTTPClient
internal import RelayCore

/// Says to what stands for an incident at a vendor that the incident is closed, while that is so.
///
/// An alarm can open while the request is on its way, and its own update can reach the vendor first; a
/// request that timed out can arrive late. Then what says "closed" would hide an open alarm. So the incident
/// is looked at again afterwards, until it is certain how it is, and one that is open is said to be so.
struct StandingSender: Sendable {
    /// What came of it.
    struct Outcome: Sendable {
        /// What went wrong; nil for nothing.
        var fault: String?
        /// Whether the incident is to be looked at again.
        var isDoubtful = false
    }

    let journal: any Journal
    let client: HTTPClient

    /// Says that the incident is closed, if it is.
    func send(
        _ state: StandingState, at destination: String,
        _ completion: @escaping @Sendable (Outcome) -> Void
    ) {
        look(state, destination) { sight in
            switch sight {
            case nil: completion(Outcome(fault: "the store did not say whether it is open"))
            case .open, .uncertain: completion(Outcome())
            case .closed: post(state.closed) { completion(Outcome(fault: $0, isDoubtful: true)) }
            }
        }
    }

    /// Says that the incident is open, if it is: something else may have been said.
    func review(
        _ state: StandingState, at destination: String,
        _ completion: @escaping @Sendable (Outcome) -> Void
    ) {
        look(state, destination) { sight in
            switch sight {
            case nil, .uncertain: completion(Outcome(isDoubtful: true))
            case .open: post(state.open) { completion(Outcome(fault: $0, isDoubtful: $0 != nil)) }
            case .closed: completion(Outcome())
            }
        }
    }

    private func look(
        _ state: StandingState, _ destination: String,
        _ completion: @escaping @Sendable (IncidentSight?) -> Void
    ) {
        let look = JournalOperation.look(
            incident: state.incident, destination: destination, state: state.state)
        journal.submit(look) { completion(try? $0.get().sight) }
    }

    private func post(_ request: OutboundRequest, _ completion: @escaping @Sendable (String?) -> Void) {
        client.send(ClientRequest(request, since: .now), fault: completion)
    }
}
