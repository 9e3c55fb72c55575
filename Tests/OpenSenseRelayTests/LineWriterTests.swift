import Dispatch
import OpenSenseRelay
import RelayCore
import Synchronization
import Testing

/// What becomes of lines while the reader of the log does not read.
@Suite struct `The writer of the log` {
    private static func line(_ event: RelayEvent) -> LogLine {
        LogLine(event, at: WallTime(unixMilliseconds: 0), .logfmt)
    }

    /// What is written of the lines, which come while the first one is being written.
    private static func written(of lines: [LogLine]) -> [Substring] {
        let text = Mutex("")
        let (hasBegun, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let writer = LineWriter { part in
            hasBegun.signal()
            mayEnd.wait()
            text.withLock { $0 += part }
        }
        writer.append(line(.hungUp))
        hasBegun.wait()
        for line in lines { writer.append(line) }
        for _ in 1...2 { mayEnd.signal() }
        writer.flush()
        return text.withLock(\.self).split(separator: "\n").dropFirst().map(\.self)
    }

    @Test func `keeps their order, and those that matter less as long as there is room`() {
        let count = 100
        let lines = Self.written(
            of: (1...count).map { Self.line(.deliveryDuplicate(delivery: "wh_\($0)", sequence: $0)) })
        #expect(lines.count == count)
        #expect(lines.enumerated().allSatisfy { $1.contains("delivery=wh_\($0 + 1) ") })
    }

    @Test func `leaves out what there is no room for, counts it, and has room for what is urgent`() throws {
        let id = String(repeating: "x", count: 1_000)
        let usual = Self.line(.deliveryDuplicate(delivery: id, sequence: 1))
        let urgent = Self.line(.deliveryUnread(delivery: id, code: "malformed"))
        let room = LineWriter.waitingBytesMax / 1_000
        let lines = Self.written(of: Array(repeating: usual, count: 2 * room) + [urgent, usual, urgent])
        let note = try #require(lines.last)
        let kept = lines.count { $0.contains("event=delivery.duplicate") }
        #expect((room / 2...room).contains(kept))
        #expect(lines.count { $0.contains("event=delivery.unread") } == 2)
        #expect(note == #"{"level":"warning","event":"log.left_out","lines":"\#(2 * room + 1 - kept)"}"#)
    }

    /// A mebibyte in an event is not what waits.
    @Test func `cuts an event that is long before it waits`() {
        let id = String(repeating: "x", count: 1 << 20)
        let lines = Self.written(
            of: Array(repeating: Self.line(.deliveryDuplicate(delivery: id, sequence: 7)), count: 100))
        #expect(lines.count == 100)
        #expect(lines.allSatisfy { $0.utf8.count < 600 && $0.hasSuffix("sequence=7") })
    }
}
