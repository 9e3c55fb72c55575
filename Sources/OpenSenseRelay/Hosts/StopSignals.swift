@unsafe @preconcurrency internal import Dispatch  // its sources are shared by design but not marked so
internal import Glibc

/// SIGTERM and SIGINT, as something to wait for.
enum StopSignals {
    /// From now on the signals no longer end the process by themselves; a second one does.
    ///
    /// - Returns: A function that returns when one has come.
    static func catching() -> @Sendable () async -> Void {
        let (signals, continuation) = AsyncStream<Void>.makeStream()
        for number in [SIGTERM, SIGINT] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                continuation.yield()
                signal(number, SIG_DFL)
                _ = source  // lives as long as its handler, which is as long as the process
            }
            source.resume()
        }
        return { for await _ in signals { return } }
    }
}
