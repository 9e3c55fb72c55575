internal import AdapterKit
internal import HTTPClient
internal import RelayCore

/// Sends what stands for an incident at a vendor whether that is open.
///
/// An alarm can open or end while the request is on its way, and its own update can reach the vendor first.
/// So the incident is looked at once more afterwards, and what has changed is sent.
struct StandingSender: Sendable {
    let journal: any Journal
    let client: HTTPClient

    /// Sends the present state; `completion` has what went wrong, nil for nothing.
    func send(
        _ state: StandingState, at destination: String,
        _ completion: @escaping @Sendable (_ fault: String?) -> Void
    ) {
        look(state, destination) { sight in
            guard let sight else { return completion("the store did not say whether it is open") }
            guard let request = state.request(sight) else { return completion(nil) }
            post(request) { fault in
                if let fault { return completion(fault) }
                look(state, destination) { after in
                    guard let after, after != sight, let request = state.request(after) else {
                        return completion(nil)
                    }
                    post(request, completion)
                }
            }
        }
    }

    private func look(
        _ state: StandingState, _ destination: String,
        _ completion: @escaping @Sendable (IncidentSight?) -> Void
    ) {
        journal.submit(.look(incident: state.incident, destination: destination)) { result in
            completion(try? result.get().sight)
        }
    }

    private func post(_ request: OutboundRequest, _ completion: @escaping @Sendable (String?) -> Void) {
        client.send(ClientRequest(request, since: .now)) { result in
            switch result {
            case .success(let answer) where (200...299).contains(answer.status): completion(nil)
            case .success(let answer): completion("status \(answer.status)")
            case .failure(let failure): completion(failure.code)
            }
        }
    }
}

extension StandingState {
    /// The request that says so; nil where an update of the incident will.
    func request(_ sight: IncidentSight) -> OutboundRequest? {
        switch sight {
        case .open: open
        case .closed: closed
        case .changing: nil
        }
    }
}
