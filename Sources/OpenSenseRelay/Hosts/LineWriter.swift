internal import Dispatch
internal import Synchronization

/// Writes lines on a separate thread, so that a reader of the log that stops reading blocks nothing else.
///
/// Lines gather while the writer waits. Beyond a limit info lines are dropped and counted; warnings and errors only when
/// four times as much waits.
final class LineWriter: Sendable {
    /// Bytes that may wait before lines are left out.
    static let waitingBytesMax = 1 << 20
    /// How long the end of the process waits for the last lines, in milliseconds.
    static let lastLinesMilliseconds = 500

    private struct State {
        var waiting = ""
        var leftOut = 0
        var isWriting = false
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "log")
    private let write: @Sendable (String) -> Void

    /// A writer that hands whole lines to `write`, which may block.
    init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }

    /// Takes a line with its newline; never blocks.
    func append(_ line: String, isUrgent: Bool) {
        let mustStart = state.withLock { state in
            let bytesMax = isUrgent ? Self.waitingBytesMax * 4 : Self.waitingBytesMax
            guard state.waiting.utf8.count + line.utf8.count <= bytesMax else {
                state.leftOut += 1
                return false
            }
            state.waiting += line
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if mustStart { queue.async { self.writeAll() } }
    }

    /// Waits for what has been taken, but not for a reader that does not read.
    func flush() {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        _ = done.wait(timeout: .now() + .milliseconds(Self.lastLinesMilliseconds))
    }

    private func writeAll() {
        while let text = next() { write(text) }
    }

    /// What waits, and how much was left out before; nil when nothing does, and then the next line starts anew.
    private func next() -> String? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            defer { (state.waiting, state.leftOut) = ("", 0) }
            // JSON, because one of the two formats needs it and the other's readers are people.
            let note = "{\"level\":\"warning\",\"event\":\"log.left_out\",\"lines\":\"\(state.leftOut)\"}\n"
            return state.waiting + (state.leftOut > 0 ? note : "")
        }
    }
}
