package import OpenSenseWebhooks
package import RelayCore
internal import SQLiteClient

/// The journal in one SQLite file, or in memory.
///
/// Copying the write-ahead log back into the database is another thread's work, on a separate connection,
/// because on the writer's it would delay every request.
package typealias SQLiteJournal = StoreJournal<SQLiteStore>

extension StoreJournal where Store == SQLiteStore {
    /// Opens the store, and makes it when there is none.
    ///
    /// - Parameters:
    ///   - path: The file, or nil for a store in memory that ends with the process.
    ///   - destinations: The names of the destinations there are now; nil for any.
    ///   - quarantine: The bounds of the quarantine.
    ///   - now: The wall clock.
    /// - Throws: ``StoreError``, also when another relay has the store.
    package convenience init(
        path: String?, destinations: Set<String>? = nil, quarantine: QuarantineBounds = QuarantineBounds(),
        now: WallTime
    ) throws(StoreError) {
        guard let path else {
            let connection = try SQLiteConnection(path: ":memory:", create: true)
            try SQLiteSchema.prepare(connection, path: nil)
            let store = try SQLiteStore(connection, quarantine: quarantine, destinations: destinations)
            try self.init(store, now: now)
            return
        }
        // Before the file: a lock that is refused must not open and close it, see ``StoreLock``.
        let lock = try StoreLock(path: DatabaseFile.resolved(path) + ".lock")
        try NewStore.makeIfMissing(at: path)
        let connection = try SQLiteConnection(path: path, create: true)
        let real = DatabaseFile.resolved(path)
        try lock.take(file: real)
        try SQLiteSchema.prepare(connection, path: real)
        let file = try StoreFile(path: path, connection)
        let store = try SQLiteStore(
            connection, quarantine: quarantine, destinations: destinations,
            checkpointer: Checkpointer(path: real), lock: lock, file: file)
        try self.init(store, now: now)
    }
}
