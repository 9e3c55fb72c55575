internal import Glibc

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
