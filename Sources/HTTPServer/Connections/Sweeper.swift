internal import Synchronization
internal import SystemThreads

/// The thread that enforces the time limits of a server.
final class Sweeper: Sendable {
    private let isStopping: Flag
    private let thread: SystemThread

    /// Starts the thread; nil when the system has none left.
    init?(core: ServerCore) {
        let flag = Flag()
        let started = SystemThread {
            while !flag.isSet {
                core.sweep()
                Libc.sleep(milliseconds: ServerCore.sweepMilliseconds)
            }
        }
        guard let started else { return nil }
        isStopping = flag
        thread = started
    }

    /// Ends the thread and waits for it, at most one sweep long.
    func stop() {
        isStopping.set()
        thread.join()
    }

    deinit { isStopping.set() }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .relaxed) }
        func set() { value.store(true, ordering: .relaxed) }
    }
}
