import OpenSenseWebhooks
import RelayCore
import RelayStorage
import SQLiteClient
import Testing

/// How the ledger of a SQLite store keeps up with what is accepted.
@Suite struct `The ledger of a SQLite store` {
    private static let generation = 8

    private func open(_ path: String) throws -> SQLiteStore {
        let connection = try SQLiteConnection(path: path, create: true)
        try SQLiteSchema.prepare(connection, path: path)
        return try SQLiteStore(
            connection, quarantine: QuarantineBounds(), destinations: nil, ledgerGeneration: Self.generation)
    }

    private func indexed(_ path: String) throws -> Int {
        try SQLiteConnection(path: path, create: false)
            .number("SELECT coalesce(max(sequence), 0) FROM marks WHERE name = 'ledger-indexed'")
    }

    private func accept(_ number: Int, in store: SQLiteStore) throws -> AcceptanceOutcome {
        try store.run([.accept(.of(number, site: "s\(number)"))])[0].acceptance
    }

    /// A life in which less is accepted than a generation.
    @Test func `moves on however short the lives of its relays are`() throws {
        let path = try JournalWorld(.sqlite).path
        var number = 0
        for life in 1...6 {
            let store = try open(path)
            for _ in 1...3 {
                number += 1
                guard case .accepted = try accept(number, in: store) else {
                    Issue.record("\(number) was known in life \(life)")
                    return
                }
            }
        }
        let store = try open(path)
        // All but the keys of less than a generation, which a start reads: each delivery has one or two.
        #expect(try number - indexed(path) < Self.generation)
        for known in 1...number { #expect(try accept(known, in: store) == .duplicate(sequence: known)) }
    }

    /// However many have come since the last generation went in, no request waits for all of the next.
    @Test func `takes in a few keys with each transaction, never a whole generation`() throws {
        let path = try JournalWorld(.sqlite).path
        let store = try open(path)
        let reader = try SQLiteConnection(path: path, create: false)
        var (before, largest) = (0, 0)
        for number in 1...(6 * Self.generation) {
            _ = try accept(number, in: store)
            let now = try reader.number("SELECT count(*) FROM ledger")
            largest = max(largest, now - before)
            before = now
        }
        // Two for each key that came, and a delivery has two keys at most.
        #expect((1...4).contains(largest))
        #expect(before >= 4 * Self.generation)
    }

    /// A key, or the mark of how far they are in, that cannot be written: what had gone in goes in again.
    @Test(arguments: [
        "BEFORE INSERT ON ledger WHEN (SELECT count(*) FROM ledger) % 3 = 2",
        "BEFORE UPDATE ON marks WHEN new.name = 'ledger-indexed'",
    ]) func `puts back what a transaction that failed had taken in`(event: String) throws {
        let path = try JournalWorld(.sqlite).path
        let store = try open(path)
        let other = try SQLiteConnection(path: path, create: false)
        for number in 1...(2 * Self.generation) { _ = try accept(number, in: store) }
        var failed = 0
        for number in (2 * Self.generation + 1)...(8 * Self.generation) {
            try other.execute("CREATE TRIGGER poison \(event) BEGIN SELECT RAISE(ABORT, 'poison'); END")
            do { _ = try accept(number, in: store) } catch { failed += 1 }
            try other.execute("DROP TRIGGER poison")
            _ = try accept(number, in: store)
        }
        #expect(failed > 0)
        for known in 1...(8 * Self.generation) {
            guard case .duplicate = try accept(known, in: store) else {
                Issue.record("\(known) was forgotten")
                return
            }
        }
        let keys = try other.number("SELECT count(*) FROM ledger")
        #expect(keys >= 6 * Self.generation)
        // A new life reads what is not in the table from the deliveries, and knows them all.
        let next = try open(path)
        for known in 1...(8 * Self.generation) {
            guard case .duplicate = try accept(known, in: next) else {
                Issue.record("\(known) was forgotten by the next life")
                return
            }
        }
    }

    /// Another process has the store for longer than a writer waits, and nothing of the transaction begins.
    @Test func `takes back nothing that is committed when the next transaction cannot begin`() throws {
        let path = try JournalWorld(.sqlite).path
        let store = try open(path)
        _ = try accept(1, in: store)
        let other = try SQLiteConnection(path: path, create: false)
        try other.execute("BEGIN IMMEDIATE")
        #expect(throws: StoreError.self) { try accept(2, in: store) }
        try other.execute("ROLLBACK")
        #expect(try accept(1, in: store) == .duplicate(sequence: 1))
    }

    @Test func `forgets what a transaction that failed had added, and nothing else`() throws {
        let path = try JournalWorld(.sqlite).path
        let store = try open(path)
        for number in 1...20 { _ = try accept(number, in: store) }
        try SQLiteConnection(path: path, create: false).execute(
            """
            CREATE TRIGGER poison BEFORE INSERT ON deliveries WHEN new.delivery_id = 'poison'
                BEGIN SELECT RAISE(ABORT, 'poison'); END
            """)
        for number in 21...30 {
            var poison = try Acceptance.of(1_000 + number, site: "p")
            poison.deliveryID = "poison"
            let batch = try [Acceptance.of(number, site: "s\(number)"), poison]
            #expect(throws: StoreError.self) { try store.run(batch.map { .accept($0) }) }
            guard case .accepted = try accept(number, in: store) else {
                Issue.record("\(number) was remembered")
                return
            }
        }
        for known in 1...30 {
            guard case .duplicate = try accept(known, in: store) else {
                Issue.record("\(known) was forgotten")
                return
            }
        }
    }
}
