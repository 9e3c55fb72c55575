import AdapterKit
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// Two adjacent versions work on one store.
@Suite struct `A store of the version before` {
    typealias Kind = JournalWorld.Kind

    /// Takes out what version 4 has added.
    private func downgrade(_ world: JournalWorld) throws {
        switch world.kind {
        case .memory: break
        case .sqlite:
            try world.execute(
                """
                DROP TRIGGER jobs_attempts; DROP TRIGGER incidents_episodes; DROP TRIGGER episodes_destinations;
                DROP TABLE attempts; DROP TABLE episode_destinations; DROP TABLE episodes;
                ALTER TABLE jobs DROP COLUMN progress; ALTER TABLE jobs DROP COLUMN delivery;
                ALTER TABLE jobs DROP COLUMN overtaken;
                UPDATE marks SET sequence = 3 WHERE name = 'schema'; PRAGMA user_version = 2;
                """)
        case .postgresql:
            try world.execute(
                """
                DROP TABLE attempts; DROP TABLE episode_destinations; DROP TABLE episodes;
                ALTER TABLE jobs DROP COLUMN progress, DROP COLUMN delivery, DROP COLUMN overtaken;
                UPDATE marks SET sequence = 3 WHERE name = 'schema'; UPDATE opensense_relay_schema SET version = 2;
                """)
        }
    }

    /// The oldest version that may open the store.
    private func shared(_ world: JournalWorld) throws -> Int? {
        world.kind == .sqlite
            ? try world.number("PRAGMA user_version")
            : try world.number("SELECT max(version) FROM opensense_relay_schema")
    }

    @Test(arguments: Kind.lasting) func `gets what is missing, and keeps what it has`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        var journal = try world.open()
        _ = try await journal.accept(.of(1))
        _ = try await journal.accept(.of(2, site: "other"))
        try await journal.finish(
            #require(journal.lease(1, now: 0).jobs.first), .delivered(episodeState: "kept"))
        journal.close()
        try downgrade(world)
        journal = try world.open()
        defer { journal.close() }
        #expect(try await journal.accept(.of(1)) == .duplicate(sequence: 1))
        let job = try await journal.only()
        #expect(try await journal.advance(job, "p"))
        try await journal.finish(
            job, .dead(.init(reason: "r")), exchange: Exchange(request: "r", answer: "400"))
        #expect(try world.number("SELECT count(*) FROM attempts") == 1)
        _ = try await journal.accept(.of(3, .acknowledge))
        #expect(try await journal.only().episodeState == "kept")
        #expect(try shared(world) == 3)
        #expect(try world.number("SELECT sequence FROM marks WHERE name = 'schema'") == 4)
    }

    /// What version 3 does that reaches the new tables or knows nothing of the new columns.
    @Test(arguments: Kind.lasting) func `can still be used by that version`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1))
        try await journal.finish(
            journal.only(), .dead(.init(reason: "r")), exchange: Exchange(request: "r", answer: "400"))
        try world.execute(
            """
            INSERT INTO jobs (id, incident, destination, action, state, due_at)
                SELECT 999, min(id), 'other', 'open', 'pending', 0 FROM incidents;
            INSERT INTO episodes (id, incident, begun_at) SELECT 1, min(id), 0 FROM incidents;
            INSERT INTO episode_destinations (episode, destination) VALUES (1, 'd');
            UPDATE jobs SET due_at = NULL, state = 'delivered', attempts = attempts + 1, reason = NULL,
                finished_at = 1 WHERE id = 999;
            INSERT INTO exchanges (job, at, request, answer) VALUES (999, 0, 'r', '400');
            DELETE FROM jobs WHERE id <> 999;
            DELETE FROM incidents;
            """)
        #expect(try world.number("SELECT count(*) FROM attempts") == 0)
        #expect(try world.number("SELECT count(*) FROM episodes") == 0)
        #expect(try world.number("SELECT count(*) FROM episode_destinations") == 0)
    }

    @Test func `is opened when it is older, too`() async throws {
        let world = try JournalWorld(.sqlite)
        try world.open().close()
        try downgrade(world)
        // What version 2 wrote, and the mark by which it accepts the store.
        try world.execute(
            """
            DROP TABLE running_time; DELETE FROM marks WHERE name = 'schema';
            ALTER TABLE jobs DROP COLUMN first_tried_running;
            """)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1))
        #expect(try await journal.lease(1, now: 0).jobs.count == 1)
        #expect(try shared(world) == 3)
    }
}
