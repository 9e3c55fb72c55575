#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// A condition variable with its lock.
@safe package final class Signal: @unchecked Sendable {  // pthread's own types are made to be shared
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// A signal for which no thread waits.
    package init() {
        unsafe pthread_mutex_init(mutex, nil)
        #if canImport(Darwin)
            unsafe pthread_cond_init(condition, nil)
        #else
            var attributes = pthread_condattr_t()
            // The structure lives through the calls. A wait is not to end late because the wall clock was
            // set back.
            unsafe pthread_condattr_init(&attributes)
            unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            unsafe pthread_cond_init(condition, &attributes)
            unsafe pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs `body` while no other thread does.
    package func locked<Result>(_ body: () -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Wakes one waiter.
    package func wake() { unsafe pthread_cond_signal(condition) }

    /// Wakes every waiter.
    package func wakeAll() { unsafe pthread_cond_broadcast(condition) }

    /// Inside ``locked(_:)``: gives up the lock until woken.
    package func wait() { unsafe pthread_cond_wait(condition, mutex) }

    /// Inside ``locked(_:)``: gives up the lock until woken, for about `milliseconds` at most.
    package func wait(milliseconds: Int) {
        var end = timespec()
        // The structure lives through both calls. The clock is the one that the condition variable counts by.
        #if canImport(Darwin)
            unsafe clock_gettime(CLOCK_REALTIME, &end)
        #else
            unsafe clock_gettime(CLOCK_MONOTONIC, &end)
        #endif
        let nanoseconds = end.tv_nsec + milliseconds % 1_000 * 1_000_000
        end.tv_sec += milliseconds / 1_000 + nanoseconds / 1_000_000_000
        end.tv_nsec = nanoseconds % 1_000_000_000
        unsafe pthread_cond_timedwait(condition, mutex, &end)
    }
}
