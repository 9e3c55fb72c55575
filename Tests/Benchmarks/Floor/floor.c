/* The floor under an HTTP server on one thread: what the system's calls cost, and next to nothing else.
 *
 * One edge-triggered epoll loop with kept connections. Of a request it reads where the head ends and Content-Length,
 * waits for the body, and answers a fixed 200. It is no server: what it does not expect closes the connection.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER_BYTES = 65536, CONNECTIONS_MAX = 4096, EVENTS_MAX = 256 };

static const char ANSWER[] = "HTTP/1.1 200 OK\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n";

struct connection {
    size_t used;
    char buffer[BUFFER_BYTES];
};
static struct connection *connections[CONNECTIONS_MAX];

static void fail(const char *call) {
    perror(call);
    exit(1);
}

/* The length of the first request in the bytes; 0 while it is not whole. */
static size_t whole_request(const char *bytes, size_t count) {
    const char *end = memmem(bytes, count, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t length = (size_t)(end - bytes) + 4;
    for (const char *line = bytes; line < end;) {
        if (!strncasecmp(line, "Content-Length:", 15)) length += strtoul(line + 15, NULL, 10);
        line = (const char *)memchr(line, '\n', (size_t)(end + 2 - line)) + 1;
    }
    return length <= count ? length : 0;
}

static void close_connection(int descriptor) {
    free(connections[descriptor]);
    connections[descriptor] = NULL;
    close(descriptor);
}

static int send_answers(int descriptor, size_t count) {
    for (; count > 0; count--)
        if (send(descriptor, ANSWER, sizeof ANSWER - 1, MSG_NOSIGNAL) != sizeof ANSWER - 1) return 0;
    return 1;
}

static void serve(int descriptor) {
    struct connection *connection = connections[descriptor];
    for (;;) {
        size_t room = BUFFER_BYTES - connection->used;
        ssize_t count = recv(descriptor, connection->buffer + connection->used, room, 0);
        if (count < 0 && errno == EAGAIN) return;
        if (count <= 0) return close_connection(descriptor);
        connection->used += (size_t)count;
        size_t done = 0, answers = 0, length;
        while ((length = whole_request(connection->buffer + done, connection->used - done)) > 0) {
            done += length;
            answers++;
        }
        if (!send_answers(descriptor, answers)) return close_connection(descriptor);
        connection->used -= done;
        memmove(connection->buffer, connection->buffer + done, connection->used);
        if (connection->used == BUFFER_BYTES) return close_connection(descriptor);
        if ((size_t)count < room) return; /* What comes later is a further edge. */
    }
}

static void watch(int poller, int descriptor, unsigned events) {
    struct epoll_event event = {.events = events, .data.fd = descriptor};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) < 0) fail("epoll_ctl");
}

static void accept_all(int poller, int listener) {
    for (;;) {
        int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) return;
        int on = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (descriptor >= CONNECTIONS_MAX || !(connections[descriptor] = calloc(1, sizeof(struct connection)))) {
            close(descriptor);
            continue;
        }
        watch(poller, descriptor, EPOLLIN | EPOLLRDHUP | EPOLLET);
    }
}

int main(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) fail("socket");
    if (bind(listener, (struct sockaddr *)&address, length) < 0) fail("bind");
    if (listen(listener, 1024) < 0) fail("listen");
    if (getsockname(listener, (struct sockaddr *)&address, &length) < 0) fail("getsockname");
    int poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0) fail("epoll_create1");
    watch(poller, listener, EPOLLIN | EPOLLET);
    fprintf(stderr, "listening on %d\n", ntohs(address.sin_port));
    struct epoll_event events[EVENTS_MAX];
    for (;;) {
        int count = epoll_wait(poller, events, EVENTS_MAX, -1);
        if (count < 0 && errno != EINTR) fail("epoll_wait");
        for (int index = 0; index < count; index++) {
            int descriptor = events[index].data.fd;
            if (descriptor == listener) accept_all(poller, listener);
            else if (connections[descriptor]) serve(descriptor);
        }
    }
}
