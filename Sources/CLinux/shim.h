#pragma once
// What Linux has and Swift's module Glibc leaves out.
#include <sys/epoll.h>
#include <sys/eventfd.h>

// glibc declares it for _GNU_SOURCE alone. Its header is the other module's, so it is not included here.
struct sockaddr;
int accept4(int listener, struct sockaddr *address, unsigned int *size, int flags);
