/* The floor under a durable accept: what SQLite's statements cost, and next to nothing else.
 *
 * Usage: statements STORE ACCEPTS BATCH. STORE is a relay's store without a relay; each accept is a new alarm of a new
 * sensor, with the statements that the relay runs for it and a body of the usual length; each batch is one synced
 * transaction. Prints the CPU time of an accept.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { BODY_BYTES = 450, JOBS_PER_DELIVERY = 128, CHECKPOINT_ACCEPTS = 4096 };

static const long long OPENED_AT = 1779005400000; /* in milliseconds */
static const char FACTS[] =
    "of=1779005400000 moment=1779005400000 severity=alarm worst=alarm newest=1779005400000 openings=1779005400000";

static sqlite3 *store;

static void check(int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE) return;
    fprintf(stderr, "SQLite: %s\n", sqlite3_errmsg(store));
    exit(1);
}

static sqlite3_stmt *prepared(const char *sql) {
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v3(store, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL));
    return statement;
}

static void text(sqlite3_stmt *statement, int index, const char *value) {
    check(sqlite3_bind_text(statement, index, value, -1, SQLITE_STATIC));
}

static void number(sqlite3_stmt *statement, int index, long long value) {
    check(sqlite3_bind_int64(statement, index, value));
}

static void run(sqlite3_stmt *statement) {
    int code;
    do code = sqlite3_step(statement);
    while (code == SQLITE_ROW);
    check(code);
    sqlite3_reset(statement);
}

static void execute(const char *sql) { check(sqlite3_exec(store, sql, NULL, NULL, NULL)); }

static void find_incident(const char *key) {
    static sqlite3_stmt *find;
    if (!find)
        find = prepared("SELECT id, is_open, opened_at, event_id, destinations, newest_clear, early_opened_at,"
                        " early_reference, cleared_opening, facts FROM incidents WHERE key = ?1");
    text(find, 1, key);
    run(find);
}

static void insert_incident(long long id, const char *key) {
    static sqlite3_stmt *insert;
    if (!insert)
        insert = prepared("INSERT INTO incidents (is_open, opened_at, event_id, destinations, facts, changed_at, id,"
                          " key) VALUES (1, ?1, 'evt_7c2e', 'pagerduty', ?2, ?1, ?3, ?4)");
    number(insert, 1, OPENED_AT);
    text(insert, 2, FACTS);
    number(insert, 3, id);
    text(insert, 4, key);
    run(insert);
}

static void insert_delivery(long long id, const char *name) {
    static sqlite3_stmt *insert;
    static char body[BODY_BYTES];
    if (!insert) {
        insert = prepared("INSERT INTO deliveries (delivery_id, kind, received_at, verdict, incident, high, low, body)"
                          " VALUES (?1, 'alarm_opened', ?2, 'planned', ?3, ?4, ?5, ?6)");
        memset(body, ' ', sizeof body);
    }
    text(insert, 1, name);
    number(insert, 2, OPENED_AT);
    number(insert, 3, id);
    number(insert, 4, id * 0x1E3779B97F4A7C15);
    number(insert, 5, id * 0x3F58476D1CE4E5B9);
    check(sqlite3_bind_blob(insert, 6, body, sizeof body, SQLITE_STATIC));
    run(insert);
}

static void insert_job(long long id) {
    static sqlite3_stmt *insert;
    if (!insert)
        insert = prepared("INSERT INTO jobs (id, incident, destination, action, state, due_at, urgency)"
                          " VALUES (?1, ?2, 'pagerduty', 'open', 'pending', ?3, 0)");
    number(insert, 1, id * JOBS_PER_DELIVERY);
    number(insert, 2, id);
    number(insert, 3, OPENED_AT);
    run(insert);
}

static void accept_delivery(long long id) {
    char key[80], name[40];
    /* The sensors of an account come in no order. */
    snprintf(key, sizeof key, "alarm/site_4f3c/dev_b1d2/chn_%08llx", id * 2654435761 & 0xFFFFFFFF);
    snprintf(name, sizeof name, "wh_%016llx", id);
    find_incident(key);
    insert_incident(id, key);
    insert_delivery(id, name);
    insert_job(id);
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: statements STORE ACCEPTS BATCH\n");
        return 64;
    }
    long long accepts = atoll(arguments[2]), batch = atoll(arguments[3]);
    check(sqlite3_open_v2(arguments[1], &store, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
    execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
    double began = cpu_seconds();
    for (long long id = 1; id <= accepts;) {
        execute("BEGIN IMMEDIATE");
        for (long long end = id + batch; id < end && id <= accepts; id++) accept_delivery(id);
        execute("COMMIT");
        if (id % CHECKPOINT_ACCEPTS < batch) execute("PRAGMA wal_checkpoint(PASSIVE)");
    }
    printf("%.1f\n", (cpu_seconds() - began) * 1e6 / accepts);
    return 0;
}
