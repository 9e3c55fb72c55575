internal import Synchronization

/// Answers on their way from any thread to the loop that owns the connection.
final class Outbox: Sendable {
    struct Letter: Sendable {
        var connection: UInt64
        var sequence: Int
        var content: Content

        /// It comes too late.
        func discard() {
            if case .head(_, let link) = content { link.abandon() }
        }
    }

    enum Content: Sendable {
        case answer(ServerResponse)
        case refusal(ServerRefusal)
        /// The head of an answer whose body comes in pieces.
        case head(ServerResponse, StreamLink)
        case piece([UInt8])
        case endOfStream
        /// The connection is cut without an answer.
        case drop
    }

    private struct State {
        var letters: [Letter] = []
        /// Whether the loop will look here before it sleeps, so that it need not be woken.
        var isAwake = true
        /// Nil once the loop has ended, and its poller with it.
        var waker: Waker?
    }

    private let state: Mutex<State>

    init(_ waker: Waker) { state = Mutex(State(waker: waker)) }

    /// Hands letters over; once the loop has ended they are dropped.
    func put(_ letters: [Letter]) {
        let isTaken = state.withLock { state in
            guard state.waker != nil else { return false }
            state.letters += letters
            guard !state.isAwake else { return true }
            state.isAwake = true
            // Under the lock: the loop closes its poller only after it has taken the waker away.
            state.waker?.wake()
            return true
        }
        if !isTaken { letters.forEach { $0.discard() } }
    }

    /// Wakes the loop, to look at what has changed.
    func wake() {
        state.withLock { state in
            state.isAwake = true
            state.waker?.wake()
        }
    }

    /// What has come, in order; the array given is used for what comes next.
    func take(_ spare: inout [Letter]) {
        spare.removeAll(keepingCapacity: true)
        state.withLock { swap(&$0.letters, &spare) }
    }

    /// Whether the loop may sleep: nothing has come, and what comes from now on wakes it.
    func mayRest() -> Bool {
        state.withLock { state in
            state.isAwake = !state.letters.isEmpty
            return !state.isAwake
        }
    }

    /// The loop ends.
    func close() {
        let left = state.withLock { state in
            state.waker = nil
            defer { state.letters = [] }
            return state.letters
        }
        left.forEach { $0.discard() }
    }
}
