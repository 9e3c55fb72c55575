/// An update taken through an adapter with answers that are made up: for people who want to see the requests,
/// and for tests.
package struct AdapterRehearsal: Sendable {
    /// A request and what was known when it was sent.
    package struct Turn: Sendable {
        /// The request.
        package let request: OutboundRequest
        /// The context in which its answer is judged.
        package let context: AdapterContext
        /// Whether the request was to be sent after a wait.
        package let isDelayed: Bool
    }

    /// The most steps that are taken.
    package static let turnsMax = 16

    /// The update.
    package let update: IncidentUpdate
    /// The requests in order.
    package private(set) var turns: [Turn] = []
    /// The step that sent nothing more, or the last one when there were too many; nil when the adapter threw.
    package private(set) var end: AdapterStep?
    /// What the adapter threw.
    package private(set) var error: AdapterError?

    /// Takes `update` through `adapter`, each request answered by `answer`.
    package init(
        _ update: IncidentUpdate, by adapter: any IncidentAdapter, context: AdapterContext,
        answer: (OutboundRequest) -> VendorResponse
    ) {
        self.update = update
        var context = context
        do throws(AdapterError) {
            var step = try adapter.begin(update, context: context)
            while let turn = Self.turn(step, context), turns.count < Self.turnsMax {
                turns.append(turn)
                context = turn.context
                step = try adapter.next(
                    answer(turn.request), to: turn.request, for: update, context: context)
            }
            end = step
        } catch {
            self.error = error
        }
    }

    private static func turn(_ step: AdapterStep, _ context: AdapterContext) -> Turn? {
        switch step {
        case .send(let request, let progress):
            Turn(request: request, context: context.keeping(progress), isDelayed: false)
        case .askLater(let request, _, let progress):
            Turn(request: request, context: context.keeping(progress), isDelayed: true)
        case .done, .retry, .refused: nil
        }
    }
}

extension AdapterContext {
    /// The context once `progress` is kept; nil changes nothing.
    package func keeping(_ progress: String?) -> AdapterContext {
        AdapterContext(
            time: time, nonce: nonce, state: state, progress: progress ?? self.progress,
            attemptTime: attemptTime)
    }

    /// The context in which an update is shown that no relay has accepted.
    package static let shown = AdapterContext(time: 1_767_225_600, nonce: "0-0-0")
}
