import AdapterKit
import OpenSenseWebhooks
import PostgreSQLClient
import PostgreSQLForTests
import RelayCore
import RelayStorage
import SQLiteClient
import Testing

/// What a person's tool needs of a store, and what it must leave alone.
@Suite struct `The desk of a store` {
    typealias Kind = JournalWorld.Kind

    private func desk(_ world: JournalWorld) throws -> StoreDesk {
        try world.kind == .postgresql
            ? StoreDesk(postgreSQL: world.postgresql) : StoreDesk(sqlitePath: world.path)
    }

    private func tables(_ world: JournalWorld) throws -> Int? {
        world.kind == .sqlite
            ? try world.number("SELECT count(*) FROM sqlite_schema")
            : try world.number(
                "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace")
    }

    @Test(arguments: Kind.lasting) func `makes no store by looking for one`(_ kind: Kind) throws {
        let world = try JournalWorld(kind)
        if kind == .sqlite { _ = try SQLiteConnection(path: world.path, create: true).number("SELECT 1") }
        #expect {
            try desk(world)
        } throws: {
            ($0 as? StoreError)?.description.contains("no relay has used it") == true
        }
        #expect(try tables(world) == 0)
    }

    @Test(arguments: Kind.lasting)
    func `does not bring a store up to date under the older relay that runs on it`(_ kind: Kind) throws {
        let world = try JournalWorld(kind)
        try world.open().close()
        try world.execute("UPDATE marks SET sequence = 4 WHERE name = 'schema'")
        if kind == .postgresql { try world.execute("UPDATE opensense_relay_schema SET version = 3") }
        #expect { try desk(world) } throws: { ($0 as? StoreError)?.description.contains("version 4") == true }
        #expect(try world.number("SELECT sequence FROM marks WHERE name = 'schema'") == 4)
    }

    // MARK: PostgreSQL

    private static let hasServer = TestPostgreSQL.server != nil

    /// A store, and a role of the server that has some rights in it.
    private func store(granting rights: String) throws -> (world: JournalWorld, role: String, address: String)
    {
        let world = try JournalWorld(.postgresql)
        try world.open().close()
        let connection = try PostgreSQLConnection(world.postgresql)
        let schema = try #require(try connection.query("SELECT current_schema()::text").text(0, 0))
        let role = "role_\(schema)"
        try connection.execute(
            """
            CREATE ROLE \(role); GRANT USAGE ON SCHEMA \(schema) TO \(role);
            GRANT \(rights) ON ALL TABLES IN SCHEMA \(schema) TO \(role);
            GRANT USAGE ON ALL SEQUENCES IN SCHEMA \(schema) TO \(role);
            """)
        let address = world.postgresql.replacing(
            "options=-csearch_path=\(schema)", with: "options='-csearch_path=\(schema) -crole=\(role)'")
        return (world, role, address)
    }

    @Test(.enabled(if: hasServer)) func `needs no more than to read for lists`() async throws {
        let (world, _, address) = try store(granting: "SELECT")
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1))
        let desk = try StoreDesk(postgreSQL: address)
        #expect(try desk.deliveries(limit: 10).count == 1)
        #expect(try desk.deadLetters(limit: 10).isEmpty)
        #expect {
            try desk.retryQuarantined(1)
        } throws: {
            ($0 as? StoreError)?.description.contains("Grant the role that") == true
        }
    }

    @Test(.enabled(if: hasServer)) func `and a relay need not own the tables`() async throws {
        let (_, _, address) = try store(granting: "SELECT, INSERT, UPDATE, DELETE")
        let journal = try PostgreSQLJournal(address, usesServerClock: false, now: .at(0))
        defer { journal.close() }
        _ = try await journal.accept(.of(1))
        let job = try await journal.only()
        try await journal.finish(job, .dead(.init(reason: "400")))
        #expect(try StoreDesk(postgreSQL: address).retryDeadLetter(job.id) == .done)
    }

    @Test(.enabled(if: hasServer)) func `finds every name of the tables taken that another program may have`()
        throws
    {
        let world = try JournalWorld(.postgresql)
        try world.open().close()
        let connection = try PostgreSQLConnection(world.postgresql)
        let found = try connection.query(
            """
            SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace
                AND relname <> 'opensense_relay_schema'
            """)
        let names = (0..<found.count).compactMap { found.text($0, 0) }
        #expect(Set(names) == Set(PostgreSQLSchema.names))
        let other = try JournalWorld(.postgresql)
        try other.execute("CREATE TABLE running_time (nothing text)")
        #expect {
            try other.open()
        } throws: {
            ($0 as? StoreError)?.description.contains("\"running_time\" of another program") == true
        }
    }

    @Test(.enabled(if: hasServer)) func `is refused in words where there is no schema`() throws {
        let nowhere = TestPostgreSQL.schema().connectionString
        #expect {
            try PostgreSQLJournal(nowhere, now: .at(0))
        } throws: {
            ($0 as? StoreError)?.description.contains("CREATE SCHEMA") == true
        }
    }

    @Test(.enabled(if: hasServer)) func `decides on one incident while others are locked`() async throws {
        let world = try DeskWorld(.postgresql)
        let open = try await world.refusedOpen()
        let other = try PostgreSQLConnection(world.world.postgresql)
        // As a slow VACUUM or a backup has it: nothing that a row's own lock minds.
        try other.execute("BEGIN; LOCK TABLE jobs, incidents IN SHARE UPDATE EXCLUSIVE MODE")
        #expect(try world.desk.discardDeadLetter(open, now: .at(5)) == .done)
        try other.execute("ROLLBACK")
    }

    @Test(.enabled(if: hasServer)) func `names who has the rows, and the relays' accepts go on`() async throws
    {
        let world = try DeskWorld(.postgresql)
        let open = try await world.refusedOpen()
        let other = try PostgreSQLConnection(
            world.world.postgresql, setUp: "SET application_name = 'a report'")
        try other.execute("BEGIN; SELECT * FROM incidents FOR UPDATE")
        #expect {
            try world.desk.discardDeadLetter(open, now: .at(5))
        } throws: { error in
            let words = (error as? StoreError)?.description ?? ""
            return words.contains("(a report, open for ") && words.contains("Nothing was changed")
        }
        let delivery = try Acceptance.of(77, site: "other")
        guard case .accepted = try await world.journal.accept(delivery) else {
            Issue.record("It was not accepted.")
            return
        }
        try other.execute("ROLLBACK")
        #expect(try world.desk.discardDeadLetter(open, now: .at(5)) == .done)
    }

    @Test(.enabled(if: hasServer)) func `changes none of several of which one is locked`() async throws {
        let world = try DeskWorld(.postgresql)
        for number in 1...2 { _ = try await world.journal.accept(.of(number, site: "s\(number)")) }
        let jobs = try await world.lease()
        for job in jobs { try await world.finish(job, .dead(.init(reason: "r"))) }
        let other = try PostgreSQLConnection(world.world.postgresql)
        try other.execute("BEGIN; SELECT * FROM incidents ORDER BY id DESC LIMIT 1 FOR UPDATE")
        let numbers = jobs.map(\.id)
        #expect {
            try world.desk.together(numbers) { () throws(StoreError) in
                for number in numbers { _ = try world.desk.retryDeadLetter(number) }
            }
        } throws: {
            ($0 as? StoreError)?.kind == .inUse
        }
        #expect(try world.desk.retryDeadLetter(numbers[0]) == .done)
        try other.execute("ROLLBACK")
        #expect(try world.desk.deadLetters(limit: 10).map(\.job) == [numbers[1]])
    }
}
