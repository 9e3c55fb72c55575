internal import Dispatch
internal import Synchronization

/// Gathers lines for a moment, so that a line costs no system call of its own; warnings and errors go out at once.
///
/// What a `kill -9` takes with it is at most the last ``flushMilliseconds`` of lines that all was well.
final class LineWriter: Sendable {
    /// How long a line may wait, in milliseconds.
    static let flushMilliseconds = 50
    /// More than this many bytes do not wait.
    static let waitingBytesMax = 65_536

    private struct State {
        var waiting = ""
        var isFlushPlanned = false
    }

    private let state = Mutex(State())
    private let write: @Sendable (String) -> Void

    /// A writer that hands whole lines to `write`.
    init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }

    /// Takes a line with its newline.
    func append(_ line: String, isUrgent: Bool) {
        let mustPlan = state.withLock { state in
            state.waiting += line
            if isUrgent || state.waiting.utf8.count > Self.waitingBytesMax {
                // Under the lock, so that lines come out in order.
                write(state.waiting)
                state.waiting = ""
            }
            defer { state.isFlushPlanned = true }
            return !state.isFlushPlanned
        }
        guard mustPlan else { return }
        let moment = DispatchTime.now() + .milliseconds(Self.flushMilliseconds)
        DispatchQueue.global().asyncAfter(deadline: moment) { self.flush() }
    }

    /// Writes what waits.
    func flush() {
        state.withLock { state in
            state.isFlushPlanned = false
            if !state.waiting.isEmpty { write(state.waiting) }
            state.waiting = ""
        }
    }
}
