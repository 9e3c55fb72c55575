package import OpenSenseWebhooks
package import RelayCore
internal import Synchronization

/// Whether the store can commit, asked of it once a second at most, however often it is asked for.
package final class Readiness: Sendable {
    /// For how long an answer is good, in milliseconds.
    package static let keptMilliseconds = 1_000
    /// The most requests that wait for one commit; more get the answer of before.
    package static let waitingMax = 64

    /// Answers one request.
    package typealias Reply = @Sendable (WebhookResponse) -> Void

    private struct State {
        var answer: (at: SteadyTime, response: WebhookResponse)?
        /// Those that wait for the commit that is on its way; nil where there is none.
        var waiting: [Reply]?
    }

    private enum Next {
        case answer(WebhookResponse)
        case ask
        case wait
    }

    private let state = Mutex(State())

    /// Nothing is known yet.
    package init() {}

    /// Answers a request, if need be with what `ask` finds out.
    ///
    /// - Parameter ask: Has the store commit something, and calls back with the answer.
    package func answer(_ reply: @escaping Reply, at now: SteadyTime, ask: (@escaping Reply) -> Void) {
        let next = state.withLock { state -> Next in
            if let answer = state.answer, now.milliseconds(since: answer.at) < Self.keptMilliseconds {
                return .answer(answer.response)
            }
            guard let waiting = state.waiting else {
                state.waiting = [reply]
                return .ask
            }
            guard waiting.count < Self.waitingMax else {
                return .answer(state.answer?.response ?? .storeUnavailable)
            }
            state.waiting?.append(reply)
            return .wait
        }
        switch next {
        case .answer(let response): reply(response)
        case .wait: break
        case .ask: ask { [self] in found($0, at: now) }
        }
    }

    private func found(_ response: WebhookResponse, at time: SteadyTime) {
        let waiting = state.withLock { state in
            state.answer = (time, response)
            defer { state.waiting = nil }
            return state.waiting ?? []
        }
        for reply in waiting { reply(response) }
    }
}
