internal import Dispatch
internal import Glibc

/// The world as it is.
enum Live {
    static let effects = Effects(
        unixMilliseconds: unixMilliseconds, steadyMilliseconds: steadyMilliseconds,
        sleep: { try await Task.sleep(for: .milliseconds($0)) },
        random: { UInt64.random(in: .min ... .max) })

    /// The wall clock, in milliseconds since 1970-01-01T00:00:00Z.
    static func unixMilliseconds() -> Int { milliseconds(CLOCK_REALTIME) }

    private static let wallAheadOfBoot = milliseconds(CLOCK_REALTIME) - milliseconds(CLOCK_BOOTTIME)

    /// Wall time at start plus elapsed time; unaffected by clock changes.
    ///
    /// CLOCK_BOOTTIME includes the time in which the machine sleeps.
    private static func steadyMilliseconds() -> Int { milliseconds(CLOCK_BOOTTIME) + wallAheadOfBoot }

    private static func milliseconds(_ clock: clockid_t) -> Int {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }

    /// The wall clock, in seconds.
    static var unixSeconds: Int { unixMilliseconds() / 1_000 }

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
    static func log(_ format: Log.Format) -> Log {
        Log(format: format, unixMilliseconds: unixMilliseconds) { line, level in
            logLines.append(line, isUrgent: level != .info)
        }
    }

    /// Where every log of the process ends; flush it before the end.
    static let logLines = LineWriter(Terminal.error)
}
