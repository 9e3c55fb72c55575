internal import Glibc

/// A thread of its own for work that blocks: the cooperative threads of Swift must not.
@safe final class WorkerThread: @unchecked Sendable {  // the handle is written once, before anybody joins
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private var thread = pthread_t()

    /// Starts a thread that runs `run` once.
    init(run: @escaping @Sendable () -> Void) {
        let body = unsafe Unmanaged.passRetained(Body(run)).toOpaque()
        // The thread takes over the reference that was retained for it.
        let code = unsafe pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer = unsafe pointer else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run()
                return nil
            }, body)
        precondition(code == 0, "The system has no thread left to give.")
    }

    /// Waits for the thread to end; called once.
    func join() { pthread_join(thread, nil) }
}

/// A condition variable with its lock.
@safe final class Signal: @unchecked Sendable {  // pthread's own types are made to be shared
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs `body` alone.
    func locked<Result>(_ body: () -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Wakes one waiter.
    func wake() { unsafe pthread_cond_signal(condition) }

    /// Inside ``locked(_:)``: gives up the lock until woken.
    func wait() { unsafe pthread_cond_wait(condition, mutex) }
}
