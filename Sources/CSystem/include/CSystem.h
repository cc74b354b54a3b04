// The parts of Linux that Swift cannot import by itself: macros and unions, as constants and inline functions.
#ifndef NODEGATE_CSYSTEM_H
#define NODEGATE_CSYSTEM_H

#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#endif
