internal import HTTPServer
internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Collects values from other threads and waits for a number of them.
final class Mailbox<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    func put(_ value: Value) { values.withLock { $0.append(value) } }

    var count: Int { values.withLock { $0.count } }

    func takeAll() -> [Value] {
        values.withLock { values in
            defer { values = [] }
            return values
        }
    }

    /// Waits until there are `count` values, for at most `seconds`; whether there are.
    func wait(for count: Int, seconds: Int = 15) -> Bool {
        eventually(seconds: seconds) { self.count >= count }
    }
}

/// Asks again and again, for at most `seconds`, until the answer is yes.
func eventually(seconds: Int = 15, _ isTrue: () -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while !isTrue() {
        if ContinuousClock.now > end { return false }
        usleep(1_000)
    }
    return true
}
