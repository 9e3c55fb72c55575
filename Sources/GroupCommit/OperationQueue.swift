internal import SystemThreads

/// Work that waits for one thread, taken in the order in which it came.
///
/// `@unchecked Sendable`: every bit of state is under the signal's lock.
@safe package final class OperationQueue<Element: Sendable>: @unchecked Sendable {
    private let signal = Signal()
    private let waitingMax: Int
    private var waiting: [Element] = []
    private var isClosed = false

    /// A queue in which at most `waitingMax` elements wait.
    package init(waitingMax: Int) { self.waitingMax = waitingMax }

    /// What became of an element that was to wait.
    package enum Admission { case admitted, full, closed }

    /// Adds an element, unless too many wait or the queue is closed.
    package func append(_ element: Element, evenIfFull: Bool = false) -> Admission {
        signal.locked {
            if isClosed { return .closed }
            if waiting.count >= waitingMax, !evenIfFull { return .full }
            waiting.append(element)
            if waiting.count == 1 { signal.wake() }
            return .admitted
        }
    }

    /// How many elements wait.
    package var count: Int { signal.locked { waiting.count } }

    /// Takes what waits, at most `max` elements.
    package func take(max: Int) -> [Element] { signal.locked { takeLocked(max: max) } }

    /// Waits for elements.
    ///
    /// - Returns: False once the queue is closed and empty.
    package func waitForElements() -> Bool {
        signal.locked {
            while waiting.isEmpty, !isClosed { signal.wait() }
            return !waiting.isEmpty
        }
    }

    /// Waits for elements and takes all of them, at most `max`; nil once the queue is closed and empty.
    package func dequeue(max: Int) -> [Element]? {
        signal.locked {
            while waiting.isEmpty, !isClosed { signal.wait() }
            return waiting.isEmpty ? nil : takeLocked(max: max)
        }
    }

    private func takeLocked(max: Int) -> [Element] {
        guard waiting.count > max else {
            defer {
                waiting = []
                waiting.reserveCapacity(64)
            }
            return waiting
        }
        defer { waiting.removeFirst(max) }
        return Array(waiting.prefix(max))
    }

    /// Takes nothing more on; what waits can still be taken.
    package func close() {
        signal.locked {
            isClosed = true
            signal.wake()
        }
    }
}
