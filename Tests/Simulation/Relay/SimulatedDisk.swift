internal import CSimulatedDisk

/// A disk in memory that SQLite writes to, and that can lose what was not synced.
@safe final class SimulatedDisk {
    /// What goes wrong.
    struct Faults {
        var isFull = false
        var ignoresSyncs = false
        var syncFailuresPerMille = 0
        var writeFailuresPerMille = 0
    }

    /// What SQLite knows it by.
    let name: String
    private let disk: OpaquePointer

    init(name: String, seed: UInt64) {
        guard let made = unsafe simulated_disk_create(name, seed) else {
            preconditionFailure("There is no memory for a simulated disk.")
        }
        self.name = name
        unsafe disk = made
    }

    deinit { unsafe simulated_disk_destroy(disk) }

    /// What goes wrong from now on.
    var faults = Faults() { didSet { set(stopsWithin: 0) } }

    /// Stops the machine within so many writes, syncs and deletions.
    func stop(within operations: Int) { set(stopsWithin: operations) }

    /// Stops the machine now.
    func stop() { unsafe simulated_disk_stop(disk) }

    /// Whether the machine has stopped.
    var isStopped: Bool { unsafe simulated_disk_is_stopped(disk) }

    /// Starts the machine again; with `powerWasLost`, without some of what was not synced.
    func start(powerWasLost: Bool) { unsafe simulated_disk_start(disk, powerWasLost) }

    private func set(stopsWithin operations: Int) {
        let settings = simulated_disk_faults(
            is_full: faults.isFull, ignores_syncs: faults.ignoresSyncs,
            sync_failures_per_mille: UInt32(faults.syncFailuresPerMille),
            write_failures_per_mille: UInt32(faults.writeFailuresPerMille),
            stops_within: UInt32(operations))
        unsafe simulated_disk_set_faults(disk, settings)
    }
}
