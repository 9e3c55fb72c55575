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
    /// The keys that are going in, in descending order; the last is the next.
    private var going: [Key] = []
    private var gathering: [Key] = []
    private var newSinceIndexing = 0
    private var isStale = false
    private var undo = Undo()

    /// What this transaction has changed here.
    private struct Undo {
        /// Keys that are new, the last of those that gather.
        var added = 0
        /// Keys that went into the table, in order.
        var wentIn: [Key] = []
        /// Whether more has changed than can be taken back.
        var isIncomplete = false
    }

    private struct Key {
        let identity: DeliveryKey
        let sequence: Int
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

    /// A transaction begins.
    func begin() { undo = Undo() }
    /// The transaction is committed: nothing of it is taken back, whatever fails before the next one begins.
    func commit() { undo = Undo() }

    /// The delivery that has this key, if one does.
    func sequence(of identity: DeliveryKey) throws(StoreError) -> Int? {
        if isStale { try load() }
        if let known = recent[identity] { return known }
        return try find.firstRow(identity.signedHigh, identity.signedLow) { $0.integer(0) }
    }

    /// Adds the key of a delivery that this transaction has written.
    func add(_ identity: DeliveryKey, sequence: Int) {
        recent[identity] = sequence
        gathering.append(Key(identity: identity, sequence: sequence))
        newSinceIndexing += 1
        undo.added += 1
    }

    /// Before the transaction ends: writes some of the keys that are going in.
    func index() throws(StoreError) {
        guard !isStale else { return }
        if going.isEmpty, gathering.count >= generationSize {
            going = gathering.sorted { $0.identity > $1.identity }
            gathering = []
            undo.isIncomplete = true
        }
        guard !going.isEmpty else { return }
        for key in going.suffix(newSinceIndexing * Self.indexedPerNewKey).reversed() {
            try insert.run(key.identity.signedHigh, key.identity.signedLow, key.sequence)
            recent[key.identity] = nil
            going.removeLast()
            undo.wentIn.append(key)
            if going.isEmpty { try saveIndexedMark(gathering.first?.sequence ?? key.sequence + 1) }
        }
        newSinceIndexing = 0
    }

    /// The transaction failed: what memory holds is what it was before it.
    ///
    /// Reading the deliveries again would cost each transaction that fails while a disk is full as much as a
    /// start.
    func forgetUncommitted() {
        defer { undo = Undo() }
        guard !undo.isIncomplete, !isStale, undo.added <= gathering.count else {
            isStale = true
            return
        }
        for key in gathering.suffix(undo.added) { recent[key.identity] = nil }
        gathering.removeLast(undo.added)
        newSinceIndexing = 0
        for key in undo.wentIn.reversed() {
            recent[key.identity] = key.sequence
            going.append(key)
        }
    }

    /// Forgets the keys of every delivery up to `sequence`, in memory; the table's are the caller's.
    func removeKeys(through sequence: Int) {
        undo.isIncomplete = true
        recent = recent.filter { $0.value > sequence }
        going.removeAll { $0.sequence <= sequence }
        gathering.removeAll { $0.sequence <= sequence }
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
            begin()
            going = gathering.sorted { $0.identity > $1.identity }
            gathering = []
            newSinceIndexing = going.count
            let newest = going.map(\.sequence).max() ?? 0
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
        (recent, going, gathering, newSinceIndexing) = ([:], [], [], 0)
        // Keys that have been pruned, or that are all in the table, need no place in memory.
        let start = try connection.number(
            """
            SELECT max(sequence) FROM (SELECT sequence FROM marks WHERE name = 'ledger-indexed'
                UNION ALL SELECT sequence + 1 FROM marks WHERE name = 'ledger')
            """)
        let deliveries = try connection.statement(
            "SELECT sequence, high, low, high2, low2 FROM deliveries WHERE sequence >= ?1")
        try deliveries.forEachRow(start) { (row) throws(StoreError) in
            add(
                DeliveryKey(signedHigh: row.integer(1), signedLow: row.integer(2)),
                sequence: row.integer(0))
            guard let high = row.optionalInteger(3), let low = row.optionalInteger(4) else { return }
            add(DeliveryKey(signedHigh: high, signedLow: low), sequence: row.integer(0))
        }
        newSinceIndexing = 0
        isStale = false
        undo = Undo(isIncomplete: true)  // it may have read what this transaction has written
    }
}

extension DeliveryKey {
    /// In the order of the table, whose integers are signed.
    static func > (left: DeliveryKey, right: DeliveryKey) -> Bool {
        (left.signedHigh, left.signedLow) > (right.signedHigh, right.signedLow)
    }
}
