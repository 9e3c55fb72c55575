#include "disk.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// An open file.
struct handle {
    sqlite3_file base;
    simulated_disk *disk;
    file *file;
    handle *next;
    int lock;
    unsigned shared_slots, exclusive_slots;
    bool deletes_on_close;
};

static simulated_disk *disk_of(sqlite3_file *base) { return ((handle *)base)->disk; }

// MARK: Reading and writing

static int vfs_close(sqlite3_file *base) {
    handle *closed = (handle *)base;
    for (handle **link = &closed->file->handles; *link != NULL; link = &(*link)->next) {
        if (*link != closed) continue;
        *link = closed->next;
        break;
    }
    if (closed->deletes_on_close) file_delete(closed->disk, closed->file, false);
    return SQLITE_OK;
}

static int vfs_read(sqlite3_file *base, void *bytes, int count, sqlite3_int64 offset) {
    file *file = ((handle *)base)->file;
    if (disk_of(base)->is_stopped) return SQLITE_IOERR_READ;
    int64_t there = file->cached.count - offset;
    if (there < 0) there = 0;
    if (there > count) there = count;
    if (there > 0) memcpy(bytes, file->cached.bytes + offset, (size_t)there);
    if (there == count) return SQLITE_OK;
    memset((char *)bytes + there, 0, (size_t)(count - there));
    return SQLITE_IOERR_SHORT_READ;
}

static int vfs_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset) {
    if (disk_of(base)->is_stopped) return SQLITE_IOERR_WRITE;
    return file_write(disk_of(base), ((handle *)base)->file, bytes, count, offset);
}

static int vfs_truncate(sqlite3_file *base, sqlite3_int64 count) {
    if (disk_of(base)->is_stopped) return SQLITE_IOERR_TRUNCATE;
    return file_truncate(disk_of(base), ((handle *)base)->file, count);
}

static int vfs_sync(sqlite3_file *base, int flags) {
    (void)flags;
    if (disk_of(base)->is_stopped) return SQLITE_IOERR_FSYNC;
    return file_sync(disk_of(base), ((handle *)base)->file);
}

static int vfs_size(sqlite3_file *base, sqlite3_int64 *count) {
    *count = ((handle *)base)->file->cached.count;
    return disk_of(base)->is_stopped ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int vfs_control(sqlite3_file *base, int operation, void *argument) {
    (void)base, (void)operation, (void)argument;
    return SQLITE_NOTFOUND;
}

static int vfs_sector_size(sqlite3_file *base) {
    (void)base;
    return 4096;
}

// As on Linux: a write never changes bytes beside it.
static int vfs_characteristics(sqlite3_file *base) {
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

// MARK: Locks among the connections of the one process

static int highest_other_lock(handle *mine) {
    int highest = SQLITE_LOCK_NONE;
    for (handle *other = mine->file->handles; other != NULL; other = other->next) {
        if (other != mine && other->lock > highest) highest = other->lock;
    }
    return highest;
}

static int vfs_lock(sqlite3_file *base, int level) {
    handle *mine = (handle *)base;
    if (mine->lock >= level) return SQLITE_OK;
    int others = highest_other_lock(mine);
    bool is_free = level == SQLITE_LOCK_SHARED     ? others < SQLITE_LOCK_PENDING
                   : level == SQLITE_LOCK_RESERVED ? others < SQLITE_LOCK_RESERVED
                                                   : others == SQLITE_LOCK_NONE;
    if (!is_free) return SQLITE_BUSY;
    mine->lock = level;
    return SQLITE_OK;
}

static int vfs_unlock(sqlite3_file *base, int level) {
    handle *mine = (handle *)base;
    if (mine->lock > level) mine->lock = level;
    return SQLITE_OK;
}

static int vfs_check_reserved(sqlite3_file *base, int *is_reserved) {
    *is_reserved = highest_other_lock((handle *)base) >= SQLITE_LOCK_RESERVED;
    return SQLITE_OK;
}

static int vfs_shared_map(sqlite3_file *base, int region, int bytes, int extends, void volatile **memory) {
    file *file = ((handle *)base)->file;
    *memory = NULL;
    if (disk_of(base)->is_stopped || region >= SHARED_REGIONS_MAX) return SQLITE_IOERR_SHMMAP;
    if (file->regions[region] == NULL && extends) {
        file->regions[region] = calloc(1, (size_t)bytes);
        if (file->regions[region] == NULL) return SQLITE_NOMEM;
        file->region_bytes = bytes;
    }
    *memory = file->regions[region];
    return SQLITE_OK;
}

static int vfs_shared_lock(sqlite3_file *base, int offset, int count, int flags) {
    handle *mine = (handle *)base;
    unsigned slots = ((1u << count) - 1) << offset;
    if (flags & SQLITE_SHM_UNLOCK) {
        mine->shared_slots &= ~slots;
        mine->exclusive_slots &= ~slots;
        return SQLITE_OK;
    }
    for (handle *other = mine->file->handles; other != NULL; other = other->next) {
        if (other == mine) continue;
        if (other->exclusive_slots & slots) return SQLITE_BUSY;
        if ((flags & SQLITE_SHM_EXCLUSIVE) && (other->shared_slots & slots)) return SQLITE_BUSY;
    }
    if (flags & SQLITE_SHM_EXCLUSIVE) mine->exclusive_slots |= slots;
    else mine->shared_slots |= slots;
    return SQLITE_OK;
}

static void vfs_shared_barrier(sqlite3_file *base) { (void)base; }

static int vfs_shared_unmap(sqlite3_file *base, int deletes) {
    handle *mine = (handle *)base;
    mine->shared_slots = mine->exclusive_slots = 0;
    bool is_alone = mine->file->handles == mine && mine->next == NULL;
    for (int region = 0; deletes && is_alone && region < SHARED_REGIONS_MAX; region++) {
        free(mine->file->regions[region]);
        mine->file->regions[region] = NULL;
    }
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = vfs_close,
    .xRead = vfs_read,
    .xWrite = vfs_write,
    .xTruncate = vfs_truncate,
    .xSync = vfs_sync,
    .xFileSize = vfs_size,
    .xLock = vfs_lock,
    .xUnlock = vfs_unlock,
    .xCheckReservedLock = vfs_check_reserved,
    .xFileControl = vfs_control,
    .xSectorSize = vfs_sector_size,
    .xDeviceCharacteristics = vfs_characteristics,
    .xShmMap = vfs_shared_map,
    .xShmLock = vfs_shared_lock,
    .xShmBarrier = vfs_shared_barrier,
    .xShmUnmap = vfs_shared_unmap,
};

// MARK: The file system

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *given) {
    simulated_disk *disk = vfs->pAppData;
    handle *opened = (handle *)base;
    memset(opened, 0, sizeof *opened);
    if (disk->is_stopped || name == NULL) return SQLITE_CANTOPEN;
    file *file = disk_find(disk, name);
    bool exists = file != NULL && file->exists;
    if (!exists && !(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
    if (!exists) file = disk_make(disk, name);
    if (file == NULL) return SQLITE_CANTOPEN;
    *opened = (handle){.disk = disk, .file = file, .next = file->handles};
    opened->deletes_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    opened->base.pMethods = &methods;
    file->handles = opened;
    if (given != NULL) *given = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int is_durable) {
    simulated_disk *disk = vfs->pAppData;
    file *file = disk_find(disk, name);
    if (disk->is_stopped) return SQLITE_IOERR_DELETE;
    if (file == NULL || !file->exists) return SQLITE_IOERR_DELETE_NOENT;
    return file_delete(disk, file, is_durable != 0);
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
    (void)flags;
    simulated_disk *disk = vfs->pAppData;
    file *file = disk_find(disk, name);
    *result = file != NULL && file->exists && (flags != SQLITE_ACCESS_EXISTS || file->cached.count > 0);
    return disk->is_stopped ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int count, char *path) {
    (void)vfs;
    return snprintf(path, (size_t)count, "%s", name) < count ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int vfs_randomness(sqlite3_vfs *vfs, int count, char *bytes) {
    for (int index = 0; index < count; index++) bytes[index] = (char)disk_random(vfs->pAppData);
    return count;
}

// Nobody else could give a lock back meanwhile: the wait is over at once.
static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    return microseconds;
}

static int vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *milliseconds) {
    (void)vfs;
    *milliseconds = 212000000000000;
    return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int count, char *text) {
    (void)vfs, (void)count, (void)text;
    return 0;
}

simulated_disk *simulated_disk_create(const char *name, uint64_t seed) {
    simulated_disk *disk = calloc(1, sizeof *disk);
    if (disk == NULL) return NULL;
    disk->random = seed;
    snprintf(disk->name, sizeof disk->name, "%s", name);
    disk->vfs = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = sizeof(handle),
        .mxPathname = NAME_BYTES_MAX,
        .zName = disk->name,
        .pAppData = disk,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_time,
    };
    if (sqlite3_vfs_register(&disk->vfs, 0) != SQLITE_OK) {
        free(disk);
        return NULL;
    }
    return disk;
}
