internal import OpenSenseWebhooks
internal import RelayStorage
internal import SQLiteClient

/// An open store: the writer with its connection, and one for the checkpointer.
final class OpenStore {
    let connection: SQLiteConnection
    /// Where the checkpointer's thread would be at work.
    let besides: SQLiteConnection
    let writer: SQLiteStore

    /// Opens the store on `disk`, and makes it when there is none.
    ///
    /// - Parameter destinations: Those of the one relay that has it; nil for any.
    init(
        _ disk: SimulatedDisk, _ destinations: Set<String>?, ledgerGeneration: Int
    ) throws(StoreError) {
        let path = SimulatedJournal.path
        connection = try SQLiteConnection(path: path, create: true, fileSystem: disk.name)
        try SQLiteSchema.prepare(connection, path: path)
        besides = try SQLiteConnection(path: path, create: false, fileSystem: disk.name)
        writer = try SQLiteStore(
            connection, quarantine: SimulatedJournal.quarantine, destinations: destinations,
            ledgerGeneration: ledgerGeneration)
    }
}
