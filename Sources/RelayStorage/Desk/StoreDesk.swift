package import OpenSenseWebhooks

/// What a person does with a store: lists and shows what is in it, tries things again or gives them up.
///
/// Works beside a running relay, which takes up what is to be tried again within a second. Every change is
/// one transaction.
///
/// `@unchecked Sendable`: its owner confines it to one thread at a time.
@safe package final class StoreDesk: @unchecked Sendable {
    /// The most rows of one list.
    package static let rowsMax = 1_000

    let database: any DeskDatabase

    /// Opens a store in a SQLite file.
    ///
    /// - Parameter fileSystem: The name of a VFS that SQLite knows; nil for the operating system's.
    /// - Throws: ``StoreError``, also when there is no such file.
    package init(sqlitePath: String, fileSystem: String? = nil) throws(StoreError) {
        database = try SQLiteDeskDatabase(path: sqlitePath, fileSystem: fileSystem)
    }

    /// Opens a store in PostgreSQL.
    ///
    /// - Throws: ``StoreError``.
    package init(postgreSQL connectionString: String) throws(StoreError) {
        database = try PostgreSQLDeskDatabase(connectionString)
    }

    /// Runs `body` in a transaction.
    func transaction<Result>(
        jobs: Bool = false, _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        do throws(StoreError) {
            try database.begin(jobs: jobs)
            let result = try body()
            try database.commit()
            return result
        } catch {
            database.rollBack()
            throw error
        }
    }

    func number(_ sql: String, _ values: [DeskValue] = []) throws(StoreError) -> Int? {
        try database.rows(sql, values).first?.first?.integer
    }
}

/// What became of something that a person asked for.
package enum DeskOutcome: Sendable, Hashable {
    /// It is done, or a running relay does it within a second.
    case done
    /// There is nothing of that number, or it is not of that kind.
    case notFound
    /// It must not be done; a sentence says why.
    case refused(String)
}
