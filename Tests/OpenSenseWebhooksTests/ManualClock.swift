import OpenSenseWebhooks
import Synchronization

/// A clock that a test moves by hand; who sleeps wakes when it has moved far enough.
final class ManualClock: Sendable {
    private struct State {
        var milliseconds: Int
        var nextSleeper = 0
        var sleepers: [Int: (wakesAt: Int, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var cancelled: Set<Int> = []
    }

    private let state: Mutex<State>

    init(unixSeconds: Int) { state = Mutex(State(milliseconds: unixSeconds * 1_000)) }

    var unixSeconds: Int { state.withLock { $0.milliseconds / 1_000 } }
    var sleepers: Int { state.withLock { $0.sleepers.count } }

    var receiverClock: ReceiverClock {
        ReceiverClock(unixSeconds: { self.unixSeconds }, sleep: { try await self.sleep($0) })
    }

    func advance(seconds: Int) {
        let due = state.withLock { state in
            state.milliseconds += seconds * 1_000
            let due = state.sleepers.filter { $0.value.wakesAt <= state.milliseconds }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    /// Waits, without a clock, until `count` are asleep.
    func sleepersReach(_ count: Int) async { while sleepers < count { await Task.yield() } }

    private func sleep(_ duration: Duration) async throws {
        let number = state.withLock { state in
            state.nextSleeper += 1
            return state.nextSleeper
        }
        let length =
            Int(duration.components.seconds) * 1_000
            + Int(duration.components.attoseconds / 1_000_000_000_000_000)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if state.cancelled.remove(number) != nil { return true }
                    state.sleepers[number] = (state.milliseconds + length, continuation)
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: number)
                if sleeper == nil { state.cancelled.insert(number) }
                return sleeper
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}

/// Something that a test opens once, and that others wait for.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// Collects what happens, in order.
final class Notes<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])
    var all: [Element] { elements.withLock { $0 } }
    func add(_ element: Element) { elements.withLock { $0.append(element) } }
}
