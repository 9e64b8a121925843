#ifndef CEPOLL_H
#define CEPOLL_H

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* The Glibc module has neither epoll nor eventfd. Each function is the system call of its name; see its manual page. */

struct cepoll_event {
    uint64_t id;
    int readable;
    int writable;
};

static inline int cepoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline int cepoll_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static inline int cepoll_control(int epoll, int operation, int fd, uint64_t id, int writable) {
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = EPOLLIN | EPOLLRDHUP | (writable ? EPOLLOUT : 0);
    event.data.u64 = id;
    return epoll_ctl(epoll, operation, fd, &event);
}

static inline int cepoll_add(int epoll, int fd, uint64_t id) { return cepoll_control(epoll, EPOLL_CTL_ADD, fd, id, 0); }

static inline int cepoll_modify(int epoll, int fd, uint64_t id, int writable) {
    return cepoll_control(epoll, EPOLL_CTL_MOD, fd, id, writable);
}

static inline int cepoll_remove(int epoll, int fd) { return cepoll_control(epoll, EPOLL_CTL_DEL, fd, 0, 0); }

/* Waits for at most 64 events; a negative timeout (in milliseconds) waits without end. An interrupted wait has 0 events. */
static inline int cepoll_wait(int epoll, struct cepoll_event *ready, int timeout) {
    struct epoll_event events[64];
    int count = epoll_wait(epoll, events, 64, timeout);
    if (count < 0) return errno == EINTR ? 0 : -1;
    for (int i = 0; i < count; i++) {
        ready[i].id = events[i].data.u64;
        ready[i].readable = (events[i].events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
        ready[i].writable = (events[i].events & EPOLLOUT) != 0;
    }
    return count;
}

static inline void cepoll_wake(int eventfd) {
    uint64_t one = 1;
    ssize_t written = write(eventfd, &one, sizeof one);
    (void)written;
}

static inline void cepoll_clear_wake(int eventfd) {
    uint64_t count;
    ssize_t got = read(eventfd, &count, sizeof count);
    (void)got;
}

#endif
