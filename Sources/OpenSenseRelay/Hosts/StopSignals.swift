@unsafe @preconcurrency internal import Dispatch  // its sources are shared by design but not marked so
internal import Glibc
internal import Synchronization

/// The signals that ask a program to end, as something to wait for.
enum StopSignals {
    /// Those that end a program by themselves, and that a person or a supervisor may send.
    private static let ending = [SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM]

    /// From now on the signals no longer end the process by themselves; a third one of the same does,
    /// or a later one where two came as one.
    ///
    /// The second may be the first once more: timeout(1) and process managers signal the process and then its
    /// group.
    ///
    /// SIGHUP ends nothing: a terminal that closes, or a supervisor that asks for a new configuration, which
    /// takes a restart.
    ///
    /// - Parameter onHangUp: Called for each SIGHUP.
    /// - Returns: A function that returns when a signal to end has come.
    static func catching(onHangUp: @escaping @Sendable () -> Void = {}) -> @Sendable () async -> Void {
        let (signals, continuation) = AsyncStream<Void>.makeStream()
        for number in ending {
            let received = Count()
            watch(number) {
                continuation.yield()
                if received.value.add(1, ordering: .relaxed).newValue == 2 { signal(number, SIG_DFL) }
            }
        }
        watch(SIGHUP, onHangUp)
        return { for await _ in signals { return } }
    }

    private final class Count: Sendable {
        let value = Atomic(0)
    }

    private static func watch(_ number: Int32, _ body: @escaping @Sendable () -> Void) {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            body()
            _ = source  // lives as long as its handler, which is as long as the process
        }
        source.resume()
    }
}
