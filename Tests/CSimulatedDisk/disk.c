#include "disk.h"
#include <stdlib.h>
#include <string.h>

// SplitMix64.
uint64_t disk_random(simulated_disk *disk) {
    uint64_t bits = (disk->random += 0x9E3779B97F4A7C15ull);
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9ull;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBull;
    return bits ^ (bits >> 31);
}

bool disk_chance(simulated_disk *disk, uint32_t per_mille) {
    return per_mille > 0 && disk_random(disk) % 1000 < per_mille;
}

bool disk_stops_now(simulated_disk *disk) {
    disk->operations += 1;
    if (disk->stops_at != 0 && disk->operations >= disk->stops_at) disk->is_stopped = true;
    return disk->is_stopped;
}

static int reserve(buffer *buffer, int64_t count) {
    if (count <= buffer->capacity) return SQLITE_OK;
    int64_t capacity = count * 2;
    uint8_t *bytes = realloc(buffer->bytes, (size_t)capacity);
    if (bytes == NULL) return SQLITE_NOMEM;
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return SQLITE_OK;
}

/// Sets the length; what is new is zero.
static int resize(buffer *buffer, int64_t count) {
    if (reserve(buffer, count) != SQLITE_OK) return SQLITE_NOMEM;
    if (count > buffer->count) memset(buffer->bytes + buffer->count, 0, (size_t)(count - buffer->count));
    buffer->count = count;
    return SQLITE_OK;
}

static int put(buffer *buffer, const uint8_t *bytes, int64_t count, int64_t offset) {
    if (offset + count > buffer->count && resize(buffer, offset + count) != SQLITE_OK) return SQLITE_NOMEM;
    memcpy(buffer->bytes + offset, bytes, (size_t)count);
    return SQLITE_OK;
}

file *disk_find(simulated_disk *disk, const char *name) {
    for (int index = 0; index < FILES_MAX; index++) {
        file *file = &disk->files[index];
        if (file->is_used && strcmp(file->name, name) == 0) return file;
    }
    return NULL;
}

static int note(file *file, const void *bytes, int64_t count, int64_t offset) {
    if (file->pending_count == file->pending_capacity) {
        int capacity = file->pending_capacity * 2 + 16;
        pending_change *grown = realloc(file->pending, (size_t)capacity * sizeof(pending_change));
        if (grown == NULL) return SQLITE_NOMEM;
        file->pending = grown;
        file->pending_capacity = capacity;
    }
    uint8_t *copy = NULL;
    if (bytes != NULL) {
        copy = malloc((size_t)count);
        if (copy == NULL) return SQLITE_NOMEM;
        memcpy(copy, bytes, (size_t)count);
    }
    file->pending[file->pending_count++] = (pending_change){offset, count, copy};
    return SQLITE_OK;
}

file *disk_make(simulated_disk *disk, const char *name) {
    file *known = disk_find(disk, name);
    for (int index = 0; known == NULL && index < FILES_MAX; index++) {
        if (!disk->files[index].is_used) known = &disk->files[index];
    }
    if (known == NULL || strlen(name) >= NAME_BYTES_MAX) return NULL;
    if (!known->is_used) strcpy(known->name, name);
    // What a deleted file of this name had may still be on the platter.
    if (known->is_used && note(known, NULL, 0, 0) != SQLITE_OK) return NULL;
    known->is_used = true;
    known->exists = true;
    known->is_new = true;
    return known;
}

static void forget_pending(file *file) {
    for (int index = 0; index < file->pending_count; index++) free(file->pending[index].bytes);
    file->pending_count = 0;
}

/// Brings pending changes to the platter; with `is_torn`, sector by sector all, part, garbage or nothing of each.
static int settle(simulated_disk *disk, file *file, bool is_torn) {
    // Often the disk had everything or nothing; a mixture must not be the only case.
    uint32_t kept = is_torn ? (uint32_t[]){0, 500, 900, 1000}[disk_random(disk) % 4] : 1000;
    for (int index = 0; index < file->pending_count; index++) {
        pending_change *change = &file->pending[index];
        if (change->bytes == NULL) {
            if (disk_chance(disk, kept) && resize(&file->durable, change->offset) != SQLITE_OK) {
                return SQLITE_NOMEM;
            }
            continue;
        }
        for (int64_t at = 0; at < change->count;) {
            int64_t sector_end = ((change->offset + at) / SECTOR_BYTES + 1) * SECTOR_BYTES - change->offset;
            int64_t count = (sector_end < change->count ? sector_end : change->count) - at;
            if (!is_torn) count = change->count;
            uint8_t *bytes = change->bytes + at;
            bool is_written = disk_chance(disk, kept);
            if (!is_written && is_torn && disk_chance(disk, 100)) {
                // Torn inside the sector: never beyond what was being written (as SQLite is told).
                int64_t torn = (int64_t)(disk_random(disk) % (uint64_t)count);
                for (int64_t byte = torn; byte < count; byte++) bytes[byte] = (uint8_t)disk_random(disk);
                is_written = true;
            }
            if (is_written && put(&file->durable, bytes, count, change->offset + at) != SQLITE_OK) {
                return SQLITE_NOMEM;
            }
            at += count;
        }
    }
    forget_pending(file);
    return SQLITE_OK;
}

int file_write(simulated_disk *disk, file *file, const void *bytes, int64_t count, int64_t offset) {
    if (disk_stops_now(disk)) {
        note(file, bytes, count, offset);
        return SQLITE_IOERR_WRITE;
    }
    if (disk->faults.is_full && offset + count > file->cached.count) return SQLITE_FULL;
    if (disk_chance(disk, disk->faults.write_failures_per_mille)) {
        int64_t part = (int64_t)(disk_random(disk) % (uint64_t)count);
        if (part > 0 && note(file, bytes, part, offset) == SQLITE_OK) put(&file->cached, bytes, part, offset);
        return SQLITE_IOERR_WRITE;
    }
    if (note(file, bytes, count, offset) != SQLITE_OK) return SQLITE_IOERR_NOMEM;
    return put(&file->cached, bytes, count, offset) == SQLITE_OK ? SQLITE_OK : SQLITE_IOERR_NOMEM;
}

int file_truncate(simulated_disk *disk, file *file, int64_t count) {
    if (disk_stops_now(disk)) return SQLITE_IOERR_TRUNCATE;
    if (note(file, NULL, 0, count) != SQLITE_OK) return SQLITE_IOERR_NOMEM;
    return resize(&file->cached, count) == SQLITE_OK ? SQLITE_OK : SQLITE_IOERR_NOMEM;
}

/// What was made and deleted in the folder lasts.
static void sync_folder(simulated_disk *disk) {
    for (int index = 0; index < FILES_MAX; index++) {
        file *file = &disk->files[index];
        file->exists_durably = file->exists;
        if (file->exists) continue;
        forget_pending(file);
        file->durable.count = 0;
    }
}

int file_sync(simulated_disk *disk, file *file) {
    if (disk_stops_now(disk)) return SQLITE_IOERR_FSYNC;
    if (disk->faults.ignores_syncs) return SQLITE_OK;
    if (disk_chance(disk, disk->faults.sync_failures_per_mille)) {
        // As Linux does: the pages count as clean from now on, and a later sync says that all is well.
        settle(disk, file, true);
        return SQLITE_IOERR_FSYNC;
    }
    // As SQLite does on Linux: with the first sync of a new file goes one of its folder.
    if (file->is_new) sync_folder(disk);
    file->is_new = false;
    return settle(disk, file, false) == SQLITE_OK ? SQLITE_OK : SQLITE_IOERR_NOMEM;
}

int file_delete(simulated_disk *disk, file *file, bool is_durable) {
    if (disk_stops_now(disk)) return SQLITE_IOERR_DELETE;
    file->exists = false;
    file->cached.count = 0;
    if (is_durable && !disk->faults.ignores_syncs) sync_folder(disk);
    return SQLITE_OK;
}

void simulated_disk_set_faults(simulated_disk *disk, simulated_disk_faults faults) {
    disk->faults = faults;
    disk->stops_at =
        faults.stops_within == 0 ? 0 : disk->operations + 1 + disk_random(disk) % faults.stops_within;
}

void simulated_disk_stop(simulated_disk *disk) { disk->is_stopped = true; }

bool simulated_disk_is_stopped(const simulated_disk *disk) { return disk->is_stopped; }

uint64_t simulated_disk_operations(const simulated_disk *disk) { return disk->operations; }

static void lose_power(simulated_disk *disk, file *file) {
    settle(disk, file, true);
    if (file->exists != file->exists_durably && disk_chance(disk, 500)) file->exists = file->exists_durably;
    if (!file->exists) file->durable.count = 0;
    file->exists_durably = file->exists;
    resize(&file->cached, file->durable.count);
    if (file->durable.count > 0) memcpy(file->cached.bytes, file->durable.bytes, (size_t)file->durable.count);
}

void simulated_disk_start(simulated_disk *disk, bool power_was_lost) {
    for (int index = 0; index < FILES_MAX; index++) {
        file *file = &disk->files[index];
        for (int region = 0; region < SHARED_REGIONS_MAX; region++) {
            free(file->regions[region]);
            file->regions[region] = NULL;
        }
        if (file->is_used && power_was_lost) lose_power(disk, file);
    }
    disk->is_stopped = false;
    disk->stops_at = 0;
}

void simulated_disk_destroy(simulated_disk *disk) {
    sqlite3_vfs_unregister(&disk->vfs);
    simulated_disk_start(disk, false);
    for (int index = 0; index < FILES_MAX; index++) {
        file *file = &disk->files[index];
        forget_pending(file);
        free(file->pending);
        free(file->cached.bytes);
        free(file->durable.bytes);
    }
    free(disk);
}
