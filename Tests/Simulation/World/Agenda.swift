/// Simulated time: what is to happen, the earliest first, and for equal times in the order in which it was
/// noted.
final class Agenda {
    private struct Entry {
        let time: Int
        let number: Int
        let body: () -> Void

        static func < (left: Entry, right: Entry) -> Bool {
            (left.time, left.number) < (right.time, right.number)
        }
    }

    /// The true time, in milliseconds since 1970-01-01T00:00:00Z.
    private(set) var now: Int
    private var heap: [Entry] = []
    private var count = 0

    init(now: Int) { self.now = now }

    /// Does `body` so many milliseconds from now.
    func after(_ milliseconds: Int, _ body: @escaping () -> Void) {
        at(now + max(milliseconds, 0), body)
    }

    /// Does `body` at `time`, or now when that has passed.
    func at(_ time: Int, _ body: @escaping () -> Void) {
        count += 1
        heap.append(Entry(time: max(time, now), number: count, body: body))
        var index = heap.count - 1
        while index > 0, heap[index] < heap[(index - 1) / 2] {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// Does what is next; false when nothing is, or not until `end`.
    func step(until end: Int) -> Bool {
        guard let next = heap.first, next.time <= end else { return false }
        now = next.time
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        next.body()
        return true
    }

    private func sink() {
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < heap.count && heap[child] < heap[least] { least = child }
            guard least != index else { return }
            heap.swapAt(least, index)
            index = least
        }
    }
}
