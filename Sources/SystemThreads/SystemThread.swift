internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// A thread of the operating system that can be joined.
///
/// It receives no signals: those belong to the process, and libcurl's writes must not raise SIGPIPE here.
package final class SystemThread: Sendable {
    private let handle: Mutex<pthread_t?>

    /// Starts a thread that runs `body`, or returns nil when the system has none left.
    package init?(body: @escaping @Sendable () -> Void) {
        var handle = pthread_t(bitPattern: 0)
        let box = ThreadBody(body)
        // The new thread takes this reference back; when none is started it is released below.
        let context = unsafe Unmanaged.passRetained(box)
        var allSignals = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&allSignals)
        unsafe pthread_sigmask(SIG_BLOCK, &allSignals, &before)  // inherited by the thread
        let status = unsafe pthread_create(
            &handle, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
        guard status == 0 else {
            unsafe context.release()
            return nil
        }
        self.handle = Mutex(handle)
    }

    /// Waits for the end of the thread.
    ///
    /// Does nothing the second time, or on the thread itself.
    package func join() {
        let taken: pthread_t? = handle.withLock { held in
            guard let thread = held, pthread_equal(thread, pthread_self()) == 0 else { return nil }
            held = nil
            return thread
        }
        guard let taken else { return }
        pthread_join(taken, nil)
    }

    deinit {
        // Never joined: let the system free it when it ends.
        let left = handle.withLock { $0.take() }
        if let left { pthread_detach(left) }
    }
}

private final class ThreadBody: Sendable {
    private let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    func run() { body() }
}
