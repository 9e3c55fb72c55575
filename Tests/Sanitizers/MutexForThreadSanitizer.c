// Tells the thread sanitizer what a Mutex of Swift's Synchronization does.
//
// On Linux the sanitizer sees a Mutex that nobody waits for, because that is inlined into our code, but not one that
// somebody waits for: that is in libswiftSynchronization, which is not instrumented, and in the kernel's priority
// inheritance futex. It then takes every access under a contended Mutex for a race. Suppressing those reports by the
// functions that hold a Mutex would hide real races in them. So this library, preloaded, stands between our code and
// the three slow paths, and adds the ordering that they establish.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// Of the sanitizer's runtime; missing in a process without it, such as the `swift` that starts the tests.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

// Swift passes `self` in a register of its own.
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK_SLOW "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// Another version of Swift may name them otherwise; then this must not go unnoticed.
static void *original(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) {
        fprintf(stderr, "There is no %s to stand before: Swift's Mutex has changed.\n", name);
        abort();
    }
    return found;
}

SWIFT void lock_slow(uint32_t thread, SELF) __asm__(LOCK_SLOW);
SWIFT void lock_slow(uint32_t thread, SELF) {
    SWIFT void (*call)(uint32_t, SELF) = original(LOCK_SLOW);
    call(thread, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT bool try_lock_slow(SELF) __asm__(TRY_LOCK_SLOW);
SWIFT bool try_lock_slow(SELF) {
    SWIFT bool (*call)(SELF) = original(TRY_LOCK_SLOW);
    bool locked = call(self);
    if (locked && __tsan_acquire) __tsan_acquire(self);
    return locked;
}

SWIFT void unlock_slow(SELF) __asm__(UNLOCK_SLOW);
SWIFT void unlock_slow(SELF) {
    SWIFT void (*call)(SELF) = original(UNLOCK_SLOW);
    if (__tsan_release) __tsan_release(self);
    call(self);
}
