import AdapterKit
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// Two adjacent versions work on one store.
@Suite struct `A store of the version before` {
    typealias Kind = JournalWorld.Kind

    /// Takes out what versions 5 and 6 have added.
    private func downgrade(_ world: JournalWorld) throws {
        switch world.kind {
        case .memory: break
        case .sqlite:
            try world.execute(
                """
                DROP TRIGGER incidents_pins; DROP TABLE pins; DROP TABLE sources;
                DROP TABLE subjects; DROP INDEX jobs_origin; DROP INDEX jobs_due;
                DROP INDEX correlations_value;
                ALTER TABLE incidents DROP COLUMN facts; ALTER TABLE deliveries DROP COLUMN note;
                ALTER TABLE jobs DROP COLUMN urgency; ALTER TABLE jobs DROP COLUMN arrived;
                ALTER TABLE jobs DROP COLUMN origin;
                CREATE INDEX jobs_due ON jobs (destination, due_at) WHERE due_at IS NOT NULL;
                CREATE TABLE episodes (
                    id INTEGER PRIMARY KEY, incident INTEGER NOT NULL, opened_at INTEGER, event_id TEXT,
                    begun_at INTEGER NOT NULL, ended_at INTEGER);
                CREATE TABLE episode_destinations (
                    episode INTEGER NOT NULL, destination TEXT NOT NULL, fingerprint TEXT, told_rank INTEGER,
                    state TEXT, PRIMARY KEY (episode, destination)) WITHOUT ROWID;
                CREATE TRIGGER incidents_episodes AFTER DELETE ON incidents BEGIN
                    DELETE FROM episodes WHERE incident = old.id;
                END;
                CREATE TRIGGER episodes_destinations AFTER DELETE ON episodes BEGIN
                    DELETE FROM episode_destinations WHERE episode = old.id;
                END;
                UPDATE marks SET sequence = 4 WHERE name = 'schema'; PRAGMA user_version = 3;
                """)
        case .postgresql:
            try world.execute(
                """
                DROP TABLE pins; DROP TABLE sources;
                DROP TABLE subjects; DROP INDEX jobs_origin; DROP INDEX jobs_due;
                DROP INDEX incidents_own; DROP INDEX correlations_value;
                ALTER TABLE incidents DROP COLUMN facts; ALTER TABLE deliveries DROP COLUMN note;
                ALTER TABLE jobs DROP COLUMN urgency, DROP COLUMN arrived, DROP COLUMN origin;
                CREATE INDEX jobs_due ON jobs (destination, due_at, id) WHERE due_at IS NOT NULL;
                CREATE TABLE episodes (
                    id bigint PRIMARY KEY, incident bigint NOT NULL REFERENCES incidents ON DELETE CASCADE);
                CREATE TABLE episode_destinations (
                    episode bigint NOT NULL REFERENCES episodes ON DELETE CASCADE, destination text NOT NULL);
                UPDATE marks SET sequence = 4 WHERE name = 'schema'; UPDATE opensense_relay_schema SET version = 3;
                """)
        }
    }

    /// Takes out what version 4 has added, too.
    private func downgradeToVersion3(_ world: JournalWorld) throws {
        try downgrade(world)
        try world.execute(
            """
            DROP TRIGGER jobs_attempts; DROP TRIGGER incidents_episodes; DROP TRIGGER episodes_destinations;
            DROP TABLE attempts; DROP TABLE episode_destinations; DROP TABLE episodes;
            ALTER TABLE jobs DROP COLUMN progress; ALTER TABLE jobs DROP COLUMN delivery;
            ALTER TABLE jobs DROP COLUMN overtaken;
            UPDATE marks SET sequence = 3 WHERE name = 'schema'; PRAGMA user_version = 2;
            """)
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
        #expect(try shared(world) == 4)
        #expect(try world.number("SELECT sequence FROM marks WHERE name = 'schema'") == 6)
    }

    /// What version 4 does that knows nothing of the new columns: it opens an alarm, and ends one.
    @Test(arguments: Kind.lasting) func `can still be used by that version`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, openedAt: 10))
        let job = try await journal.only()
        try await journal.finish(job, .delivered(episodeState: nil))
        try world.execute(
            """
            UPDATE incidents SET is_open = 1, opened_at = 40, event_id = 'e9', newest_clear = 30;
            INSERT INTO jobs (id, incident, destination, action, state, due_at)
                SELECT 133, min(id), 'd', 'acknowledge', 'pending', 0 FROM incidents;
            """)
        // What is remembered of the worst severity is about the alarm before.
        let answer = try await journal.accept(.of(3, openedAt: 40))
        #expect(answer == .accepted(sequence: answer.sequence, verdict: .repeated, due: []))
        #expect(try await journal.only().action == .acknowledge)
        try world.execute("DELETE FROM jobs; DELETE FROM incidents")
        #expect(try world.number("SELECT count(*) FROM pins") == 0)
    }

    @Test func `is opened when it is older, too`() async throws {
        let world = try JournalWorld(.sqlite)
        try world.open().close()
        try downgradeToVersion3(world)
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
        #expect(try shared(world) == 4)
    }
}

extension AcceptanceOutcome {
    /// The delivery's number.
    var sequence: Int {
        switch self {
        case .accepted(let sequence, _, _, _), .duplicate(let sequence): sequence
        }
    }
}
