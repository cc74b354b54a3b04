// The parts of Linux that Swift cannot import by itself: macros and unions, as constants and inline functions.
#ifndef NODEGATE_CSYSTEM_H
#define NODEGATE_CSYSTEM_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

// errno is a macro.
static inline int csystem_errno(void) { return errno; }

// accept4 with SOCK_NONBLOCK and SOCK_CLOEXEC (declared only under _GNU_SOURCE, which would change other types).
int csystem_accept(int listener, struct sockaddr_storage *address, socklen_t *length);

// Processors that this process may run on (declared only under _GNU_SOURCE).
int csystem_processor_count(void);

// Adds a descriptor to an epoll set, edge-triggered for read and write (or level-triggered for read alone).
static inline int csystem_epoll_add(int set, int descriptor, void *owner, int edge) {
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = edge ? (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET) : EPOLLIN;
    event.data.ptr = owner;
    return epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event);
}

static inline int csystem_epoll_remove(int set, int descriptor) { return epoll_ctl(set, EPOLL_CTL_DEL, descriptor, NULL); }

// Stops or resumes the level-triggered interest of a listening socket.
static inline int csystem_epoll_pause(int set, int descriptor, void *owner, int paused) {
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = paused ? 0 : EPOLLIN;
    event.data.ptr = owner;
    return epoll_ctl(set, EPOLL_CTL_MOD, descriptor, &event);
}

// struct epoll_event is packed on x86-64, so its fields are read here.
static inline uint32_t csystem_event_flags(const struct epoll_event *events, int index) { return events[index].events; }
static inline void *csystem_event_owner(const struct epoll_event *events, int index) { return events[index].data.ptr; }

static const uint32_t csystem_readable = EPOLLIN;
static const uint32_t csystem_writable = EPOLLOUT;
static const uint32_t csystem_peer_closed = EPOLLRDHUP | EPOLLHUP;
static const uint32_t csystem_failed = EPOLLERR;

// Arms a timer descriptor to fire once at an absolute time of CLOCK_MONOTONIC in milliseconds; 0 disarms it.
static inline int csystem_arm_timer(int timer, uint64_t at) {
    struct itimerspec when;
    memset(&when, 0, sizeof when);
    when.it_value.tv_sec = (time_t)(at / 1000);
    when.it_value.tv_nsec = (long)(at % 1000) * 1000000;
    return timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static inline uint64_t csystem_monotonic_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static inline uint64_t csystem_monotonic_microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static inline int64_t csystem_wall_microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + (int64_t)now.tv_nsec / 1000;
}

// Views of a sockaddr_storage by family; the casts are what C requires of its callers.
static inline const struct sockaddr *csystem_sockaddr(const struct sockaddr_storage *storage) { return (const struct sockaddr *)storage; }
static inline struct sockaddr *csystem_sockaddr_mutable(struct sockaddr_storage *storage) { return (struct sockaddr *)storage; }

// The address as 16 bytes (IPv4 mapped into IPv6) and the port in host order; 0 on another family.
static inline int csystem_address_bytes(const struct sockaddr_storage *storage, uint8_t bytes[16], uint16_t *port) {
    memset(bytes, 0, 16);
    if (storage->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)storage;
        bytes[10] = bytes[11] = 0xff;
        memcpy(bytes + 12, &v4->sin_addr, 4);
        *port = ntohs(v4->sin_port);
        return 1;
    }
    if (storage->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)storage;
        memcpy(bytes, &v6->sin6_addr, 16);
        *port = ntohs(v6->sin6_port);
        return 1;
    }
    *port = 0;
    return 0;
}

static inline int csystem_set_option(int descriptor, int level, int name, int value) {
    return setsockopt(descriptor, level, name, &value, sizeof value);
}

// The pending error of a socket (SO_ERROR), which is how a non-blocking connect says how it went.
static inline int csystem_socket_error(int descriptor) {
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &size) == 0 ? value : errno;
}

// Has a signal wait to be read from the descriptor that this returns; -1 when it cannot. The calling thread blocks the
// signal from then on, and so do the threads that it starts; there must be no others.
int csystem_signal_descriptor(int number);

// Reads the next signal that waits: 1 and its sender, or 0 when there is none.
int csystem_next_signal(int descriptor, uint32_t *user, int32_t *process);

// Bytes that a TCP socket was given and the peer has not acknowledged (SIOCOUTQ, tcp(7)); -1 when it cannot say.
static inline int csystem_unacknowledged_bytes(int descriptor) {
    int value = 0;
    return ioctl(descriptor, TIOCOUTQ, &value) == 0 ? value : -1;
}

// No core dumps, and no other process reads this one's memory: 0, or an errno.
int csystem_hide_memory(void);

#endif
