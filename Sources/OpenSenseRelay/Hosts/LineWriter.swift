internal import SystemThreads

/// Makes lines into text and writes it on a separate thread, so that a reader of the log that stops reading
/// blocks nothing else.
///
/// Lines gather while the writer waits. Beyond a limit info lines are dropped and counted; warnings and
/// errors only when four times as much waits.
package final class LineWriter: Sendable {
    /// Bytes that may wait before lines are dropped.
    package static let waitingBytesMax = 1 << 20
    /// How long lines gather before they are written, in milliseconds: a busy relay writes thousands a
    /// second, and to wake a thread and to write cost more than a line.
    static let gatherMilliseconds = 5
    /// How long the end of the process waits for the last lines, in milliseconds.
    static let lastLinesMilliseconds = 500

    private let queue: Queue
    private let thread: SystemThread?

    /// A writer that hands whole lines to `write`, which may block.
    package init(_ write: @escaping @Sendable (String) -> Void) {
        let queue = Queue()
        self.queue = queue
        // A thread of the system and no dispatch queue: waking one of those opens a file in /proc, for each
        // line.
        thread = SystemThread {
            var text = LogText()
            while let batch = queue.next() { write(batch.text(&text)) }
        }
    }

    deinit { queue.end() }

    /// Takes a line; never blocks.
    package func append(_ line: LogLine) { queue.append(line) }

    /// Waits until what has been taken is written, but not for a reader that does not read.
    package func flush() { queue.awaitEmpty(milliseconds: Self.lastLinesMilliseconds) }
}

/// What waits to be written.
///
/// `@unchecked Sendable`: all that varies is read and written under the lock of `signal`.
private final class Queue: @unchecked Sendable {
    /// Lines that are written together.
    struct Batch {
        var lines: [LogLine] = []
        var bytes = 0
        /// How many were left out.
        var dropped = 0

        /// The lines, and a note of those that were left out: JSON, because one of the two formats needs it
        /// and the other's readers are people.
        consuming func text(_ text: inout LogText) -> String {
            for line in lines { text.append(line) }
            guard dropped > 0 else { return text.take() }
            return text.take()
                + "{\"level\":\"warning\",\"event\":\"log.left_out\",\"lines\":\"\(dropped)\"}\n"
        }
    }

    private let signal = Signal()
    private var waiting = Batch()
    private var isWriting = false
    private var isEnding = false

    func append(_ line: LogLine) {
        signal.locked {
            let bytesMax = line.isUrgent ? LineWriter.waitingBytesMax * 4 : LineWriter.waitingBytesMax
            guard waiting.bytes + line.bytes <= bytesMax else {
                waiting.dropped += 1
                return
            }
            if waiting.lines.isEmpty, !isWriting { signal.wakeAll() }
            waiting.lines.append(line)
            waiting.bytes += line.bytes
        }
    }

    /// Waits for lines and gives them; nil when the writer is to end.
    func next() -> Batch? {
        signal.locked {
            isWriting = false
            if waiting.lines.isEmpty { signal.wakeAll() }
            while waiting.lines.isEmpty, !isEnding { signal.wait() }
            guard !waiting.lines.isEmpty else { return nil }
            // From here on what is appended wakes no thread.
            isWriting = true
            if !isEnding { signal.wait(milliseconds: LineWriter.gatherMilliseconds) }
            defer { waiting = Batch() }
            return waiting
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
            while isWriting || !waiting.lines.isEmpty, ContinuousClock.now < end {
                signal.wait(milliseconds: 10)
            }
        }
    }
}
