package import OpenSenseWebhooks

/// What a person does with a store: lists and shows what is in it, tries things again or gives them up.
///
/// Works beside a running relay, which takes up what is to be tried again within a second. Every change is
/// one transaction, or part of one (``StoreDesk/together(_:_:)``).
///
/// `@unchecked Sendable`: its owner confines it to one thread at a time.
@safe package final class StoreDesk: @unchecked Sendable {
    /// The most rows of one list.
    package static let rowsMax = 1_000

    let database: any DeskDatabase
    /// Whether what is done now is part of ``together(_:_:)``.
    private var isTogether = false

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

    /// Does several changes in one transaction: a sync of the disk costs them all, and not each.
    ///
    /// - Parameters:
    ///   - jobs: Those that are changed; their incidents are locked first and in order, as relays do.
    ///   - body: The changes; what it throws undoes them all.
    package func together(
        _ jobs: [Int], _ body: () throws(StoreError) -> Void
    ) throws(StoreError) {
        try transaction { () throws(StoreError) in
            let numbers = jobs.map(String.init).joined(separator: ", ")
            let incidents =
                try jobs.isEmpty
                ? [] : database.rows("SELECT DISTINCT incident FROM jobs WHERE id IN (\(numbers))", [])
            if !incidents.isEmpty { try database.lockJobs(ofIncidents: incidents.compactMap(\.[0].integer)) }
            isTogether = true
            defer { isTogether = false }
            try body()
        }
    }

    /// Runs `body` in a transaction, or in the one of ``together(_:_:)``.
    func transaction<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        if isTogether { return try body() }
        do throws(StoreError) {
            try database.begin()
            let result = try body()
            try database.commit()
            return result
        } catch {
            database.rollBack()
            throw error
        }
    }

    /// How many rows are read at once where each has its body.
    static let rowsAtOnce = 500

    /// Rows that a filter lets through, read page by page.
    ///
    /// - Parameters:
    ///   - filter: Which of them.
    ///   - limit: At most so many.
    ///   - start: Where the first page begins.
    ///   - page: Gives the rows behind a place, at most so many; each with its place, and the body of its
    ///     delivery.
    func filtered<Row>(
        _ filter: DeskFilter, limit: Int, after start: Int,
        _ page: (_ after: Int, _ limit: Int) throws(StoreError) -> [(row: Row, place: Int, body: [UInt8])]
    ) throws(StoreError) -> [Row] {
        var (rows, place) = ([Row](), start)
        while rows.count < limit {
            let most = filter.readsBody ? Self.rowsAtOnce : min(limit - rows.count, Self.rowsMax)
            let found = try page(place, most)
            rows += found.filter { filter.matches($0.body) }.map(\.row).prefix(limit - rows.count)
            guard found.count == most, let last = found.last else { break }
            place = last.place
        }
        return rows
    }

    /// Whether a delivery has this kind, or one that begins so where it ends in `*`.
    package func hasKind(_ kind: String) throws(StoreError) -> Bool {
        var filter = DeskFilter()
        filter.kind = kind
        let (conditions, values) = filter.conditions(first: 1)
        return try !database.rows(
            "SELECT 1 FROM deliveries WHERE 1 = 1" + conditions + " LIMIT 1", values
        ).isEmpty
    }

    /// The destinations that an update was ever for, as far as the history goes, by their names.
    package func destinations() throws(StoreError) -> [String] {
        try database.rows("SELECT DISTINCT destination FROM jobs ORDER BY destination", [])
            .compactMap(\.first?.text)
    }

    /// Whether an update is for this destination.
    package func hasDestination(_ name: String) throws(StoreError) -> Bool {
        try !database.rows("SELECT 1 FROM jobs WHERE destination = ?1 LIMIT 1", [.text(name)]).isEmpty
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
