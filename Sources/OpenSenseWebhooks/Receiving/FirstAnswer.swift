internal import Synchronization

/// An answer that several may give; the first counts.
final class FirstAnswer<Value: Sendable>: Sendable {
    private struct State {
        var isGiven = false
        var value: Value?
        var waiting: CheckedContinuation<Value, Never>?

        mutating func claim() -> Bool {
            defer { isGiven = true }
            return !isGiven
        }
    }

    private let state = Mutex(State())

    func submit(_ value: Value) { submitIfFirst { value } }

    /// Gives the answer of `value`, which is asked only when none was given.
    func submitIfFirst(_ value: () -> Value) {
        guard state.withLock({ $0.claim() }) else { return }
        let value = value()
        let waiting = state.withLock { state in
            state.value = value
            return state.waiting.take()
        }
        waiting?.resume(returning: value)
    }

    /// The answer of `work`, or that of `tooLate` once `limit` is over.
    ///
    /// The work goes on then, also when the task that asks is cancelled.
    static func of(
        _ name: String, within limit: Duration, _ clock: ReceiverClock,
        _ work: @escaping @Sendable (FirstAnswer<Value>) async -> Void,
        tooLate: @escaping @Sendable () -> Value
    ) async -> Value {
        let answer = FirstAnswer<Value>()
        BackgroundTask.start(name) { await work(answer) }
        let deadline = BackgroundTask.start("\(name) deadline") {
            do { try await clock.sleep(limit) } catch { return }
            answer.submitIfFirst(tooLate)
        }
        let value = await answer.value()
        deadline.cancel()
        return value
    }

    /// Waits for the first answer; awaited once.
    private func value() async -> Value {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state in
                if state.value == nil { state.waiting = continuation }
                return state.value
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}
