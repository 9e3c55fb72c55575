#pragma once
#include <libpq-fe.h>

static inline void clibpq_no_notice(void *argument, const PGresult *result) {
    (void)argument;
    (void)result;
}

/// Sends what the server remarks to nobody; by default libpq writes it to standard error.
static inline void clibpq_ignore_notices(PGconn *connection) {
    PQsetNoticeReceiver(connection, clibpq_no_notice, NULL);
}
