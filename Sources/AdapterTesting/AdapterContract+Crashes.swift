internal import AdapterKit

extension AdapterContract {
    /// The relay is stopped after each step, and the adapter begins anew with the progress that was kept.
    func crashViolations(_ adapter: any IncidentAdapter) -> [ContractViolation] {
        guard let event = ContractEvent.usual.first else { return [] }
        let known = state(adapter, opening: event)
        return adapter.actions.flatMap { action -> [ContractViolation] in
            let context = Self.context.with(state: action == .open ? nil : known)
            guard let whole = rehearsal(adapter, event, action, context: context) else { return [] }
            return whole.turns.indices.flatMap { index -> [ContractViolation] in
                let kept = context.keeping(whole.turns[index].context.progress)
                guard let again = rehearsal(adapter, event, action, context: kept) else { return [] }
                let crash = Crash(
                    action: action, sent: whole.turns[...index].map(\.request), last: index,
                    again: again.turns.map(\.request))
                let isFolded = adapter.traits.folds
                return [crash.lost, isFolded ? nil : crash.repeated].compactMap(\.self)
            }
        }
    }
}

/// What was sent until the relay stopped, and what is sent after its start.
private struct Crash {
    let action: IncidentUpdate.Action
    let sent: [OutboundRequest]
    let last: Int
    let again: [OutboundRequest]

    /// The relay may have stopped before the request left: with a vendor that has nothing yet it must leave
    /// now.
    var lost: ContractViolation? {
        guard let request = sent.last, request.method != .get, !again.contains(where: request.isLike) else {
            return nil
        }
        return ContractViolation(
            .crashes,
            "After a crash before request \(last + 1) to \(action), \(request.method.rawValue), it is never sent.",
            fault: "lost")
    }

    /// The relay may have stopped after the vendor had taken the request: one that creates pages again.
    var repeated: ContractViolation? {
        guard action == .open else { return nil }
        for (index, request) in again.enumerated() {
            if request.method == .get { return nil }  // it looks first
            guard !request.method.isIdempotent, sent.contains(where: request.isLike) else { continue }
            return ContractViolation(
                .crashes,
                "After a crash behind request \(last + 1) to open, request \(index + 1) creates again, and "
                    + "nothing looked before for what is there; the vendor does not fold it.",
                fault: "repeated")
        }
        return nil
    }
}

extension OutboundRequest {
    /// Whether another request does the same; the bytes of both are another rule's.
    func isLike(_ other: OutboundRequest) -> Bool { method == other.method && url == other.url }
}
