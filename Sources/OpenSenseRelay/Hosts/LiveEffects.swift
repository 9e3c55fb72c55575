internal import Dispatch
internal import Glibc
internal import RelayCore

/// The world as it is.
enum Live {
    static let effects = Effects(
        wallTime: wallTime, steadyTime: { SteadyTime(milliseconds: milliseconds(CLOCK_BOOTTIME)) },
        sleep: { try await Task.sleep(for: .milliseconds($0)) },
        random: { UInt64.random(in: .min ... .max) })

    /// The wall clock.
    static func wallTime() -> WallTime { WallTime(unixMilliseconds: milliseconds(CLOCK_REALTIME)) }

    private static func milliseconds(_ clock: clockid_t) -> Int {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }

    /// The wall clock, in seconds.
    static var unixSeconds: Int { wallTime().unixSeconds }

    /// Calls after so many seconds, on a thread of Dispatch.
    static func after(_ seconds: Double, _ call: @escaping @Sendable () -> Void) {
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: call)
    }

    /// Twelve random hexadecimal digits, for ids.
    static func freshID() -> String {
        let digits = String(UInt64.random(in: 0..<(1 << 48)), radix: 16)
        return String(repeating: "0", count: 12 - digits.count) + digits
    }

    /// The process's log on standard error.
    static func log(_ format: Log.Format, levelMin: RelayEvent.Level = .info) -> Log {
        Log(format: format, levelMin: levelMin, now: { effects.now }) { logLines.append($0) }
    }

    /// Where every log of the process ends; flush it before the end.
    static let logLines = LineWriter(Terminal.log)
}
