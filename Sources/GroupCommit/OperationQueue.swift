internal import SystemThreads

/// Work that waits for one thread, taken in the order in which it came.
///
/// An element may stand for several pieces of work, which are taken together.
///
/// `@unchecked Sendable`: every bit of state is under the signal's lock.
@safe package final class OperationQueue<Element: Sendable>: @unchecked Sendable {
    private let signal = Signal()
    private let waitingMax: Int
    private var waiting: [(element: Element, weight: Int)] = []
    private var weight = 0
    private var isClosed = false

    /// A queue in which pieces of work wait, at most `waitingMax`.
    package init(waitingMax: Int) { self.waitingMax = waitingMax }

    /// What became of an element that was to wait.
    package enum Admission { case admitted, full, closed }

    /// Adds an element, unless too much waits or the queue is closed.
    ///
    /// - Parameter weight: How many pieces of work it stands for.
    package func append(
        _ element: Element, weight: Int = 1, evenIfFull: Bool = false
    ) -> Admission {
        signal.locked {
            if isClosed { return .closed }
            if self.weight > waitingMax - weight, !evenIfFull { return .full }
            waiting.append((element, weight))
            self.weight += weight
            if waiting.count == 1 { signal.wake() }
            return .admitted
        }
    }

    /// How many pieces of work wait.
    package var count: Int { signal.locked { weight } }

    /// Takes what waits, at most `max` pieces of work, but an element at least.
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

    /// Waits for elements and takes all of them, at most `max` pieces of work; nil once the queue is closed
    /// and empty.
    package func dequeue(max: Int) -> [Element]? {
        signal.locked {
            while waiting.isEmpty, !isClosed { signal.wait() }
            return waiting.isEmpty ? nil : takeLocked(max: max)
        }
    }

    private func takeLocked(max: Int) -> [Element] {
        var (count, taken) = (0, 0)
        while count < waiting.count, count == 0 || taken + waiting[count].weight <= max {
            taken += waiting[count].weight
            count += 1
        }
        weight -= taken
        defer { waiting.removeFirst(count) }
        // A closure: in a generic type a key path is made anew at each call.
        return waiting.prefix(count).map { $0.element }
    }

    /// Takes nothing more on; what waits can still be taken.
    package func close() {
        signal.locked {
            isClosed = true
            signal.wake()
        }
    }
}
