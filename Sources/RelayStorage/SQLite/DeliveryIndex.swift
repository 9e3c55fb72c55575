internal import OpenSenseWebhooks
internal import RelayCore
internal import SQLiteClient

/// Answers whether a delivery has been accepted before.
///
/// Its keys are hashes, so writing each one into a table when it comes would touch another page every time:
/// with 64 deliveries in a transaction, up to 64 pages for 25 bytes each. Instead the newest keys are kept in
/// memory, as the deliveries themselves have them on disk, and go into the table later in the order of their
/// keys, a few with every transaction, so that neighbours share a page. After a restart the keys that had not
/// gone in are read from the deliveries again, and a generation of them goes in at once: what lives shorter
/// than that takes would read more at each start.
final class DeliveryIndex {
    /// Keys that gather before they begin to go into the table.
    static let generationSize = 16_384
    /// Keys that go into the table with each key that comes: more than one, so that a generation is in before
    /// the next has gathered.
    static let indexedPerNewKey = 2

    private let connection: SQLiteConnection
    private let generationSize: Int
    private let find, insert: SQLiteStatement
    /// Every key that may not be in the table.
    private var recent: [DeliveryKey: Int] = [:]
    private var going = KeyGeneration()
    private var gathering = KeyGeneration()
    private var newSinceIndexing = 0
    private var isStale = false
    private var undo = Undo()

    /// What this transaction has changed here.
    private struct Undo {
        /// Keys that are new, in order.
        var added: [KeyGeneration.Key] = []
        /// Keys that went into the table, in order.
        var wentIn: [KeyGeneration.Key] = []
        /// Whether more has changed than can be taken back.
        var isIncomplete = false
    }

    init(_ connection: SQLiteConnection, generationSize: Int) throws(StoreError) {
        self.connection = connection
        self.generationSize = generationSize
        find = try connection.prepare("SELECT sequence FROM ledger WHERE high = ?1 AND low = ?2")
        insert = try connection.prepare(
            "INSERT INTO ledger (high, low, sequence) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
        try load()
        indexBacklog()
    }

    /// A transaction begins, and has written nothing yet: what is done here holds, whether it commits or not.
    func begin() throws(StoreError) {
        if isStale { try load() }
        if going.isEmpty, gathering.count >= generationSize {
            (going, gathering) = (gathering, KeyGeneration())
        }
        undo = Undo()
    }

    /// The transaction is committed: nothing of it is taken back, whatever fails before the next one begins.
    func commit() { undo = Undo() }

    /// The delivery that has this key, if one does.
    func sequence(of identity: DeliveryKey) throws(StoreError) -> Int? {
        if let known = recent[identity] { return known }
        return try find.firstRow(identity.signedHigh, identity.signedLow) { $0.integer(0) }
    }

    /// Adds the key of a delivery that this transaction has written.
    func add(_ identity: DeliveryKey, sequence: Int) {
        let key = KeyGeneration.Key(identity: identity, sequence: sequence)
        remember(key)
        newSinceIndexing += 1
        undo.added.append(key)
    }

    private func remember(_ key: KeyGeneration.Key) {
        recent[key.identity] = key.sequence
        gathering.add(key)
    }

    /// Before the transaction ends: writes some of the keys that are going in.
    func index() throws(StoreError) {
        defer { newSinceIndexing = 0 }
        for _ in 0..<newSinceIndexing * Self.indexedPerNewKey {
            guard let key = going.takeNext() else { break }
            undo.wentIn.append(key)
            try insert.run(key.identity.signedHigh, key.identity.signedLow, key.sequence)
            recent[key.identity] = nil
            if going.isEmpty { try saveIndexedMark(gathering.oldest ?? key.sequence + 1) }
        }
    }

    /// The transaction failed: what memory holds is what it was before it.
    ///
    /// Reading the deliveries again would cost each transaction that fails while a disk is full as much as a
    /// start.
    func forgetUncommitted() {
        defer { undo = Undo() }
        guard !undo.isIncomplete else {
            isStale = true
            return
        }
        for key in undo.added.reversed() {
            recent[key.identity] = nil
            gathering.removeLastAdded(key)
        }
        newSinceIndexing = 0
        for key in undo.wentIn.reversed() {
            recent[key.identity] = key.sequence
            going.putBack(key)
        }
    }

    /// Forgets the keys of every delivery up to `sequence`, in memory; the table's are the caller's.
    func removeKeys(through sequence: Int) {
        let removed = going.removeKeys(through: sequence) + gathering.removeKeys(through: sequence)
        guard !removed.isEmpty else { return }
        undo.isIncomplete = true
        for key in removed { recent[key.identity] = nil }
    }

    /// Notes that every key of a delivery before `sequence` is in the table.
    private func saveIndexedMark(_ sequence: Int) throws(StoreError) {
        try connection.statement(
            """
            INSERT INTO marks (name, sequence) VALUES ('ledger-indexed', ?1)
            ON CONFLICT DO UPDATE SET sequence = excluded.sequence
            """
        ).run(sequence)
    }

    /// Puts a generation or more that is left from other lives into the table, in a transaction that no
    /// request waits for.
    ///
    /// Where that fails, as on a full disk, they stay in memory.
    private func indexBacklog() {
        guard gathering.count >= generationSize else { return }
        do throws(StoreError) {
            try connection.execute("BEGIN IMMEDIATE")
            newSinceIndexing = gathering.count
            try begin()
            let newest = recent.values.max() ?? 0
            try index()
            try saveIndexedMark(newest + 1)
            try connection.execute("COMMIT")
            undo = Undo()
        } catch {
            connection.rollBack()
            isStale = true
        }
    }

    /// Reads the keys that may not be in the table from the deliveries.
    private func load() throws(StoreError) {
        // Room for a generation that goes in and one that gathers: a dictionary that grows holds requests up.
        recent = Dictionary(minimumCapacity: 2 * generationSize + SQLiteStore.batchMax)
        (going, gathering, newSinceIndexing) = (KeyGeneration(), KeyGeneration(), 0)
        // Keys that have been pruned, or that are all in the table, need no place in memory.
        let start = try connection.number(
            """
            SELECT max(sequence) FROM (SELECT sequence FROM marks WHERE name = 'ledger-indexed'
                UNION ALL SELECT sequence + 1 FROM marks WHERE name = 'ledger')
            """)
        let deliveries = try connection.statement(
            "SELECT sequence, high, low, high2, low2 FROM deliveries WHERE sequence >= ?1")
        try deliveries.forEachRow(start) { (row) throws(StoreError) in
            let sequence = row.integer(0)
            func remember(_ high: Int, _ low: Int) {
                self.remember(
                    .init(identity: DeliveryKey(signedHigh: high, signedLow: low), sequence: sequence))
            }
            remember(row.integer(1), row.integer(2))
            guard let high = row.optionalInteger(3), let low = row.optionalInteger(4) else { return }
            remember(high, low)
        }
        isStale = false
    }
}
