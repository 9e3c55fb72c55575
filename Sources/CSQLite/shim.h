#pragma once
#include <sqlite3.h>

/// SQLITE_TRANSIENT is a cast that Swift cannot import: SQLite copies the bytes before the call returns.
static inline int csqlite_bind_text_copy(sqlite3_stmt *statement, int index, const char *text, int bytes) {
    return sqlite3_bind_text(statement, index, text, bytes, SQLITE_TRANSIENT);
}

/// The same for a blob; an empty one is bound as an empty blob, not as NULL.
static inline int csqlite_bind_blob_copy(sqlite3_stmt *statement, int index, const void *blob, int bytes) {
    return bytes == 0 ? sqlite3_bind_zeroblob(statement, index, 0)
                      : sqlite3_bind_blob(statement, index, blob, bytes, SQLITE_TRANSIENT);
}

#ifdef __linux__
#include <sys/vfs.h>

/// Whether a file is on another machine's disk: NFS, SMB, SMB 2 or CIFS, by the numbers of linux/magic.h.
static inline int csqlite_is_on_network(const char *path) {
    struct statfs status;
    if (statfs(path, &status) != 0) return 0;
    unsigned int type = (unsigned int)status.f_type;
    return type == 0x6969u || type == 0x517Bu || type == 0xFE534D42u || type == 0xFF534D42u;
}
#else
static inline int csqlite_is_on_network(const char *path) {
    (void)path;
    return 0;
}
#endif
