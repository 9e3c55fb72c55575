internal import SystemThreads

/// Writes lines on a separate thread, so that a reader of the log that stops reading blocks nothing else.
///
/// Lines gather while the writer waits. Beyond a limit info lines are dropped and counted; warnings and
/// errors only when four times as much waits.
final class LineWriter: Sendable {
    /// Bytes that may wait before lines are dropped.
    static let waitingBytesMax = 1 << 20
    /// How long lines gather before they are written, in milliseconds: a busy relay writes thousands a
    /// second, and to wake a thread and to write cost more than a line.
    static let gatherMilliseconds = 5
    /// How long the end of the process waits for the last lines, in milliseconds.
    static let lastLinesMilliseconds = 500

    private let queue: Queue
    private let thread: SystemThread?

    /// A writer that hands whole lines to `write`, which may block.
    init(_ write: @escaping @Sendable (String) -> Void) {
        let queue = Queue()
        self.queue = queue
        // A thread of the system and no dispatch queue: waking one of those opens a file in /proc, for each
        // line.
        thread = SystemThread { while let text = queue.next() { write(text) } }
    }

    deinit { queue.end() }

    /// Takes a line with its newline; never blocks.
    func append(_ line: String, isUrgent: Bool) { queue.append(line, isUrgent: isUrgent) }

    /// Waits until what has been taken is written, but not for a reader that does not read.
    func flush() { queue.awaitEmpty(milliseconds: Self.lastLinesMilliseconds) }
}

/// What waits to be written.
///
/// `@unchecked Sendable`: all that varies is read and written under the lock of `signal`.
private final class Queue: @unchecked Sendable {
    private let signal = Signal()
    private var waiting = ""
    private var dropped = 0
    private var isWriting = false
    private var isEnding = false

    func append(_ line: String, isUrgent: Bool) {
        signal.locked {
            let bytesMax = isUrgent ? LineWriter.waitingBytesMax * 4 : LineWriter.waitingBytesMax
            guard waiting.utf8.count + line.utf8.count <= bytesMax else {
                dropped += 1
                return
            }
            if waiting.isEmpty, !isWriting { signal.wakeAll() }
            waiting += line
        }
    }

    /// Waits for lines and gives them with a note of those dropped before; nil when the writer is to end.
    func next() -> String? {
        signal.locked {
            isWriting = false
            if waiting.isEmpty { signal.wakeAll() }
            while waiting.isEmpty, !isEnding { signal.wait() }
            guard !waiting.isEmpty else { return nil }
            // From here on what is appended wakes no thread.
            isWriting = true
            if !isEnding { signal.wait(milliseconds: LineWriter.gatherMilliseconds) }
            defer { (waiting, dropped) = ("", 0) }
            // JSON, because one of the two formats needs it and the other's readers are people.
            let note = "{\"level\":\"warning\",\"event\":\"log.left_out\",\"lines\":\"\(dropped)\"}\n"
            return waiting + (dropped > 0 ? note : "")
        }
    }

    func end() {
        signal.locked {
            isEnding = true
            signal.wakeAll()
        }
    }

    func awaitEmpty(milliseconds: Int) {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        signal.locked {
            while isWriting || !waiting.isEmpty, ContinuousClock.now < end { signal.wait(milliseconds: 10) }
        }
    }
}
