#pragma once
#include "simulated_disk.h"
#include <sqlite3.h>
#include <stddef.h>

enum { FILES_MAX = 8, NAME_BYTES_MAX = 128, SHARED_REGIONS_MAX = 64, SECTOR_BYTES = 512 };

typedef struct handle handle;

/// Bytes that grow.
typedef struct {
    uint8_t *bytes;
    int64_t count, capacity;
} buffer;

/// A write or a truncation that no sync has made last.
typedef struct {
    int64_t offset, count;
    /// Null for a truncation to `offset`.
    uint8_t *bytes;
} pending_change;

typedef struct {
    char name[NAME_BYTES_MAX];
    bool is_used, exists, exists_durably, is_new;
    /// What readers see, and what a power cut leaves for certain.
    buffer cached, durable;
    pending_change *pending;
    int pending_count, pending_capacity;
    handle *handles;
    /// The shared memory of a write-ahead log; it belongs to the process.
    void *regions[SHARED_REGIONS_MAX];
    int region_bytes;
} file;

struct simulated_disk {
    sqlite3_vfs vfs;
    char name[NAME_BYTES_MAX];
    uint64_t random;
    file files[FILES_MAX];
    simulated_disk_faults faults;
    uint64_t operations, stops_at;
    bool is_stopped;
};

uint64_t disk_random(simulated_disk *disk);
bool disk_chance(simulated_disk *disk, uint32_t per_mille);
/// Counts a write, sync or deletion; true when the machine stops in the middle of it.
bool disk_stops_now(simulated_disk *disk);
file *disk_find(simulated_disk *disk, const char *name);
file *disk_make(simulated_disk *disk, const char *name);
int file_write(simulated_disk *disk, file *file, const void *bytes, int64_t count, int64_t offset);
int file_truncate(simulated_disk *disk, file *file, int64_t count);
int file_sync(simulated_disk *disk, file *file);
int file_delete(simulated_disk *disk, file *file, bool is_durable);
