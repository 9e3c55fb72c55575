internal import AdapterKit
internal import OpenSenseWebhooks

extension AdapterContract {
    /// The time and nonce of every update.
    static let context = AdapterContext(time: 1_779_005_400, nonce: "3w5e11264sgsf-1y2p0ij32e8e7-1")

    /// An update taken through the adapter with the answers of the contract; nil for what the adapter does
    /// not do.
    func rehearsal(
        _ adapter: any IncidentAdapter, _ event: ContractEvent, _ action: IncidentUpdate.Action,
        context: AdapterContext = Self.context
    ) -> AdapterRehearsal? {
        guard adapter.traits.actions.contains(action), let update = event.update(action) else { return nil }
        return AdapterRehearsal(update, by: adapter, context: context, answer: answer)
    }

    /// The requests for an update, without those that cannot be had; their absence is another rule's.
    func requests(
        _ adapter: any IncidentAdapter, _ event: ContractEvent, _ action: IncidentUpdate.Action,
        state: String? = nil
    ) -> [OutboundRequest] {
        let context = Self.context.with(state: state)
        return rehearsal(adapter, event, action, context: context)?.turns.map(\.request) ?? []
    }

    /// The state that is kept once `event` is opened.
    func state(_ adapter: any IncidentAdapter, opening event: ContractEvent) -> String? {
        guard case .done(let state, _)? = rehearsal(adapter, event, .open)?.end else { return nil }
        return state
    }

    /// Every action with each of its requests for an ordinary event, both with the state of its open and
    /// without.
    func turns(_ adapter: any IncidentAdapter) -> [ContractTurn] {
        guard let event = ContractEvent.usual.first else { return [] }
        let known = state(adapter, opening: event)
        let states = known == nil ? [nil] : [nil, known]
        let turns = adapter.actions.flatMap { action in
            states.flatMap { state -> [ContractTurn] in
                let context = Self.context.with(state: action == .open ? nil : state)
                guard let rehearsal = rehearsal(adapter, event, action, context: context) else { return [] }
                return rehearsal.turns.map { ContractTurn("\(action)", rehearsal.update, $0) }
            }
        }
        return turns + turns.flatMap { checks(adapter, $0) }
    }

    /// The questions that follow a request, if it is one of those whose outcome is known later.
    private func checks(_ adapter: any IncidentAdapter, _ turn: ContractTurn) -> [ContractTurn] {
        let response = Self.answer(id: "00000000-0000-4000-8000-000000000001")
        return (200...202).compactMap { status in
            let answer = VendorResponse(status: status, body: response)
            guard case .askLater(let check, _, let progress)? = turn.step(adapter, answer) else { return nil }
            let context = turn.context.keeping(progress)
            return ContractTurn("check of \(turn.name)", turn.update, check, context)
        }
    }

    /// A body with `id` wherever vendors put one.
    static func answer(id: String) -> [UInt8] {
        let body: JSONValue = [
            "requestId": .string(id), "request_id": .string(id), "id": .string(id),
            "data": ["id": .string(id)],
        ]
        return (try? JSONBody.encode(body)) ?? []
    }
}

/// A request that waits for its answer.
struct ContractTurn: Sendable {
    let name: String
    let update: IncidentUpdate
    let request: OutboundRequest
    let context: AdapterContext

    init(
        _ name: String, _ update: IncidentUpdate, _ request: OutboundRequest, _ context: AdapterContext
    ) {
        self.name = name
        self.update = update
        self.request = request
        self.context = context
    }

    init(_ name: String, _ update: IncidentUpdate, _ turn: AdapterRehearsal.Turn) {
        self.init(name, update, turn.request, turn.context)
    }

    /// What the adapter makes of an answer; nil when it throws.
    func step(_ adapter: any IncidentAdapter, _ answer: VendorResponse) -> AdapterStep? {
        try? adapter.next(answer, to: request, for: update, context: context)
    }
}

extension IncidentAdapter {
    /// What it can do, in a fixed order.
    var actions: [IncidentUpdate.Action] { IncidentUpdate.Action.allCases.filter(traits.actions.contains) }
}

extension AdapterContext {
    func with(state: String?) -> AdapterContext {
        AdapterContext(
            time: time, nonce: nonce, state: state, progress: progress, attemptTime: attemptTime)
    }
}
