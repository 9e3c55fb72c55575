import OpenSenseRelay
import RelayCore
import Synchronization
import Testing

@Suite struct `The log` {
    @Test(arguments: [
        (-86_400_001, "1969-12-30T23:59:59.999Z"),
        (-1_000, "1969-12-31T23:59:59.000Z"), (-999, "1969-12-31T23:59:59.001Z"),
        (-1, "1969-12-31T23:59:59.999Z"), (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"),
        (1_779_005_400_123, "2026-05-17T08:10:00.123Z"),
    ]) func `has the time in milliseconds, also before 1970`(_ row: (milliseconds: Int, text: String)) {
        let lines = Mutex<[String]>([])
        let clock = ClockReading(
            wall: WallTime(unixMilliseconds: row.milliseconds), steady: SteadyTime(milliseconds: 0))
        let log = Log(format: .logfmt, now: { clock }) { line in lines.withLock { $0.append(line.text) } }
        log.observe(.hungUp)
        #expect(
            lines.withLock(\.self).map { $0.hasPrefix("time=\(row.text) ") } == [true],
            "\(lines.withLock(\.self))")
    }
}
