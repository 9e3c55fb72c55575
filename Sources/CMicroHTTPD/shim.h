#pragma once
#include <microhttpd.h>
#include <stddef.h>

/* MHD_start_daemon() and MHD_get_connection_info() are variadic; Swift imports no variadic C functions.
   Each wrapper fixes one argument list. */

/// Called with the request target as it was sent, before the library decodes it in place.
///
/// What it returns becomes the request's context.
typedef void *(*CMicroHTTPD_TargetCallback)(
    void *context, const char *target, struct MHD_Connection *connection);

/// Everything that a daemon is started with.
struct CMicroHTTPD_Configuration {
    unsigned int flags;                 // MHD_FLAG bits
    int listen_socket;                  // bound and listening
    unsigned int threads;               // 1 or more
    unsigned int connections_max;
    unsigned int idle_seconds;
    size_t connection_bytes_max;        // memory of one connection: head, its index, head of the response
    size_t connection_bytes_step;       // how its read buffer grows
    int strict;                         // 1: it refuses HTTP/1.1 without Host and spaces in the target
    MHD_AccessHandlerCallback access;
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback notify;
    CMicroHTTPD_TargetCallback target;
    void *context;                      // handed to all four
};

/// Starts a daemon, or returns NULL with errno set.
static inline struct MHD_Daemon *CMicroHTTPD_start(const struct CMicroHTTPD_Configuration *c) {
    // A pool of one is refused by the library: one thread is the absence of the option.
    struct MHD_OptionItem pool[] = {
        { c->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (intptr_t)c->threads, NULL },
        { MHD_OPTION_END, 0, NULL },
    };
    return MHD_start_daemon(
        c->flags, 0, NULL, NULL, c->access, c->context,
        MHD_OPTION_LISTEN_SOCKET, c->listen_socket,
        MHD_OPTION_CONNECTION_LIMIT, c->connections_max,
        MHD_OPTION_CONNECTION_TIMEOUT, c->idle_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, c->connection_bytes_max,
        MHD_OPTION_CONNECTION_MEMORY_INCREMENT, c->connection_bytes_step,
        MHD_OPTION_STRICT_FOR_CLIENT, c->strict,
        MHD_OPTION_NOTIFY_COMPLETED, c->completed, c->context,
        MHD_OPTION_NOTIFY_CONNECTION, c->notify, c->context,
        MHD_OPTION_URI_LOG_CALLBACK, c->target, c->context,
        MHD_OPTION_ARRAY, pool,
        MHD_OPTION_END);
}

/// The socket of a connection, or -1.
static inline int CMicroHTTPD_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

/// What the notify callback left for this connection, or NULL.
static inline void *CMicroHTTPD_socket_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/// Bytes from the request line to the empty line, or 0 when not known.
static inline size_t CMicroHTTPD_header_size(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}
