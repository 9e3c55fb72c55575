internal import OpenSenseWebhooks
internal import RelayCore
internal import SQLiteClient

/// Answers whether a delivery has been accepted before.
///
/// Its keys are hashes, so writing each one into a table when it comes would touch another page every time:
/// with 64 deliveries in a transaction, up to 64 pages for 25 bytes each. Instead the newest keys are kept in
/// memory, as the deliveries themselves have them on disk, and go into the table later in the order of their
/// keys, a few with every transaction, so that neighbours share a page. After a restart the keys that had not
/// gone in are read from the deliveries again.
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
    }

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
    }

    /// Before the transaction ends: writes some of the keys that are going in.
    func index() throws(StoreError) {
        guard !isStale else { return }
        if going.isEmpty, gathering.count >= generationSize {
            going = gathering.sorted { $0.identity > $1.identity }
            gathering = []
        }
        guard !going.isEmpty else { return }
        for key in going.suffix(newSinceIndexing * Self.indexedPerNewKey).reversed() {
            try insert.run(key.identity.signedHigh, key.identity.signedLow, key.sequence)
            recent[key.identity] = nil
            going.removeLast()
            if going.isEmpty { try saveIndexedMark(gathering.first?.sequence ?? key.sequence + 1) }
        }
        newSinceIndexing = 0
    }

    /// The transaction failed: what memory holds may not be what the store holds.
    func forgetUncommitted() { isStale = true }

    /// Forgets the keys of every delivery up to `sequence`, in memory; the table's are the caller's.
    func removeKeys(through sequence: Int) {
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
    }
}

extension DeliveryKey {
    /// In the order of the table, whose integers are signed.
    static func > (left: DeliveryKey, right: DeliveryKey) -> Bool {
        (left.signedHigh, left.signedLow) > (right.signedHigh, right.signedLow)
    }
}
