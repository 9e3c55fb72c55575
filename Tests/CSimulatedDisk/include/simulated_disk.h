#pragma once
#include <stdbool.h>
#include <stdint.h>

/// A disk in memory that SQLite writes to, and that can lose what was not synced.
///
/// One thread uses it. Every choice it makes follows from its seed.
typedef struct simulated_disk simulated_disk;

/// What goes wrong from now on.
typedef struct {
    /// Whether a write that makes a file longer fails with SQLITE_FULL.
    bool is_full;
    /// Whether a sync says that it worked and does nothing.
    bool ignores_syncs;
    /// Of so many thousand syncs, how many fail; what was written before may then be lost for good.
    uint32_t sync_failures_per_mille;
    /// Of so many thousand writes, how many fail with nothing or a part written.
    uint32_t write_failures_per_mille;
    /// The machine stops within so many writes, syncs and deletions from now; 0 for never.
    uint32_t stops_within;
} simulated_disk_faults;

/// Makes an empty disk and registers it with SQLite as the VFS `name`; null when memory is short.
simulated_disk *simulated_disk_create(const char *name, uint64_t seed);
/// Unregisters and frees it; every connection must be closed.
void simulated_disk_destroy(simulated_disk *disk);
/// Replaces the faults.
void simulated_disk_set_faults(simulated_disk *disk, simulated_disk_faults faults);
/// Stops the machine: from now on every call fails.
void simulated_disk_stop(simulated_disk *disk);
/// Whether the machine has stopped.
bool simulated_disk_is_stopped(const simulated_disk *disk);
/// Starts the machine again; every connection must be closed.
///
/// With `power_was_lost` each sector that was not synced is kept, dropped or torn; otherwise only the process had
/// ended, and the disk has all that was written.
void simulated_disk_start(simulated_disk *disk, bool power_was_lost);
/// How many writes, syncs and deletions there were.
uint64_t simulated_disk_operations(const simulated_disk *disk);
