internal import Synchronization

/// Counts the handlers that run, and waits for the last one.
final class RunningHandlers: Sendable {
    private struct State {
        var count = 0
        var isStopped = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    enum Admission { case begun, full, stopped }

    func begin(atMost max: Int) -> Admission {
        state.withLock { state in
            if state.isStopped { return .stopped }
            guard state.count < max else { return .full }
            state.count += 1
            return .begun
        }
    }

    func end() {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.count -= 1
            guard state.count == 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Admits no further handler and waits until none is running.
    func stop() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.isStopped = true
                if state.count > 0 { state.waiting.append(continuation) }
                return state.count == 0
            }
            if isIdle { continuation.resume() }
        }
    }
}

/// An answer that several may give; the first counts.
final class FirstAnswer: Sendable {
    private struct State {
        var response: WebhookResponse?
        var waiting: CheckedContinuation<WebhookResponse, Never>?
    }

    private let state = Mutex(State())

    /// - Returns: Whether it was the first.
    @discardableResult func submit(_ response: WebhookResponse) -> Bool {
        let (isFirst, waiting) = state.withLock { state in
            guard state.response == nil else {
                return (false, CheckedContinuation<WebhookResponse, Never>?.none)
            }
            state.response = response
            return (true, state.waiting.take())
        }
        waiting?.resume(returning: response)
        return isFirst
    }

    /// Waits for the first answer; awaited once.
    func value() async -> WebhookResponse {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> WebhookResponse? in
                if state.response == nil { state.waiting = continuation }
                return state.response
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}
