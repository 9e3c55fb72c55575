internal import Synchronization

/// Counts the work of a receiver that is in hand, and waits for the last of it.
///
/// What is in hand waits for the ledger or runs a handler; each has its bound, so that retries
/// of one delivery are no reason to turn another away.
final class WorkInHand: Sendable {
    private struct State {
        var count = 0
        var handlers = 0
        var isStopped = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var lastPause = 0
        var pauses: [Int: Task<Void, Never>] = [:]
    }

    private let state = Mutex(State())
    private let waitingMax: Int
    private let handlersMax: Int

    init(waitingMax: Int, handlersMax: Int) {
        self.waitingMax = waitingMax
        self.handlersMax = handlersMax
    }

    enum Admission { case begun, full, stopped }

    func begin() -> Admission {
        state.withLock { state in
            if state.isStopped { return .stopped }
            guard state.count - state.handlers < waitingMax else { return .full }
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

    /// Has work that is in hand run a handler.
    ///
    /// - Returns: False when as many run as may.
    func beginHandler() -> Bool {
        state.withLock { state in
            guard state.handlers < handlersMax else { return false }
            state.handlers += 1
            return true
        }
    }

    func endHandler() { state.withLock { $0.handlers -= 1 } }

    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Admits nothing further, ends all pauses, and waits until nothing is in hand.
    func stop() async {
        let pauses = state.withLock { state in
            state.isStopped = true
            return Array(state.pauses.values)
        }
        for pause in pauses { pause.cancel() }
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.count > 0 { state.waiting.append(continuation) }
                return state.count == 0
            }
            if isIdle { continuation.resume() }
        }
    }

    /// Waits with `sleep`, and no longer than until ``stop()``.
    func pause(_ sleep: @escaping @Sendable () async throws -> Void) async {
        let pause = BackgroundTask.start("commit retry") { try? await sleep() }
        let number = state.withLock { state in
            if state.isStopped { pause.cancel() }
            state.lastPause += 1
            state.pauses[state.lastPause] = pause
            return state.lastPause
        }
        await pause.value
        state.withLock { $0.pauses[number] = nil }
    }
}
