// Tells ThreadSanitizer of the locks of Swift's Mutex. Built and preloaded by deploy/sanitize.
//
// A Mutex that nobody else holds is taken and given back by atomic operations that are compiled into the program, so
// ThreadSanitizer sees them. One that is held is waited for in the Swift runtime, in _MutexHandle._lockSlow: the
// kernel hands the lock over (FUTEX_LOCK_PI and FUTEX_UNLOCK_PI, futex(2)), and the library is not compiled for
// ThreadSanitizer. It then takes what two threads did under one lock for a race. These functions stand in front of the
// library's and say what it does not: that a lock was acquired, that it is released.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SLOW_LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define SLOW_TRY "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define SLOW_UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// The runtime of ThreadSanitizer, which is in the program; absent from programs that are not built for it.
__attribute__((weak)) void __tsan_acquire(void *);
__attribute__((weak)) void __tsan_release(void *);

// Swift passes the receiver, here the mutex's word, in a register of its own.
#define SWIFT __attribute__((swiftcall))
#define RECEIVER __attribute__((swift_context)) void *word

SWIFT void lock(uint32_t thread, RECEIVER) __asm__(SLOW_LOCK);
SWIFT _Bool try_lock(RECEIVER) __asm__(SLOW_TRY);
SWIFT void unlock(RECEIVER) __asm__(SLOW_UNLOCK);

SWIFT void lock(uint32_t thread, RECEIVER) {
    ((SWIFT void (*)(uint32_t, RECEIVER))dlsym(RTLD_NEXT, SLOW_LOCK))(thread, word);
    if (__tsan_acquire) __tsan_acquire(word);
}

SWIFT _Bool try_lock(RECEIVER) {
    _Bool is_locked = ((SWIFT _Bool (*)(RECEIVER))dlsym(RTLD_NEXT, SLOW_TRY))(word);
    if (is_locked && __tsan_acquire) __tsan_acquire(word);
    return is_locked;
}

SWIFT void unlock(RECEIVER) {
    if (__tsan_release) __tsan_release(word);
    ((SWIFT void (*)(RECEIVER))dlsym(RTLD_NEXT, SLOW_UNLOCK))(word);
}
