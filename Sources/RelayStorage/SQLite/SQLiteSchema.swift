package import OpenSenseWebhooks
internal import RelayCore
package import SQLiteClient

/// The tables, and how a database gets them.
///
/// A delivery is a row of `deliveries`. The ledger identifies deliveries by 128 bits of a hash; its table
/// lags behind and is filled in the order of its keys (see ``DeliveryIndex``). A job's number begins with its
/// delivery's. A job is due when it has a `due_at`; only the first job of its lane (incident and destination)
/// that is neither finished nor dead ever does, so that taking work is one look at one index, however much
/// waits. A dead letter is `stuck` when it holds its lane, and `dead` when what follows goes on.
///
/// What goes with a row of another table does so by a trigger, whichever version deletes the row.
package enum SQLiteSchema {
    /// `OSRL`: marks the file as ours to SQLite's tools.
    static let applicationID = 0x4F53_524C
    /// SQLite's default: every page that a transaction touches is written twice, however little changes.
    ///
    /// Measured with one alarm after the other: 62 KB written for each, and 107 KB with pages of 8 KiB, which
    /// accept 3 % more a second at 64 connections. A store keeps the size that it was made with.
    static let pageBytes = 4_096
    /// Raised with every change of the tables.
    static let version = 6
    /// The oldest version that can work on what this one writes: a change only adds, and two adjacent
    /// versions share a store.
    ///
    /// SQLite's `user_version` holds this number, as every version refuses a store that is newer than itself
    /// by it; the version of the tables is the mark `schema`.
    static let sharedVersion = 4

    /// Prepares a relay's connection to `path`, creates the tables in an empty database and refuses a foreign
    /// or newer one.
    package static func prepare(_ connection: SQLiteConnection, path: String?) throws(StoreError) {
        try naming(path) { () throws(StoreError) in try open(connection, isInMemory: path == nil) }
    }

    /// Prepares the connection of a person's tool to `path`, and changes nothing of it: an older relay may be
    /// running on it.
    ///
    /// - Throws: ``StoreError`` unless a relay has made the tables, of this version or of one that shares.
    static func look(at connection: SQLiteConnection, path: String) throws(StoreError) {
        try naming(path) { () throws(StoreError) in
            guard try !judge(connection) else {
                throw StoreError(
                    .unwritable, "\(path) is empty: no relay has used it. Name the store that the relay has.")
            }
            let found = try version(of: connection)
            guard found >= version else { throw older(found) }
            try connection.execute(
                "PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;")
        }
    }

    /// What is said of a store that only a relay may bring up to date.
    static func older(_ found: Int) -> StoreError {
        StoreError(
            .unwritable,
            "The store has version \(found), and the commands of this program need \(version): use those of the "
                + "opensense-relay that runs on it, or start this one's serve on it first.")
    }

    private static func naming(
        _ path: String?, _ body: () throws(StoreError) -> Void
    ) throws(StoreError) {
        do throws(StoreError) { try body() } catch {
            guard error.kind == .damaged else { throw error }
            throw path.map { error == foreign ? isForeign($0) : isDamaged($0) } ?? error
        }
    }

    private static let foreign = StoreError(.damaged, "It is a database of some other program.")

    private static func isForeign(_ path: String) -> StoreError {
        StoreError(
            .damaged, "\(path) is no store of this program but another's database; name another file.")
    }

    private static func isDamaged(_ path: String) -> StoreError {
        StoreError(
            .damaged,
            "\(path) is damaged, or no store of this program at all. Keep a copy of it, \(path)-wal included: what was "
                + "accepted and not yet sent is in it alone, and sqlite3's .recover may get it out. "
                + "Then put a backup in its place, or name another file to begin a new store.")
    }

    private static func open(_ connection: SQLiteConnection, isInMemory: Bool) throws(StoreError) {
        // Looks before it changes anything: a file named by mistake must stay as it is.
        let isEmpty = try judge(connection)
        try connection.execute(
            """
            PRAGMA page_size = \(pageBytes);
            PRAGMA journal_mode = \(isInMemory ? "MEMORY" : "WAL");
            PRAGMA synchronous = FULL;
            PRAGMA cache_size = -16384;
            PRAGMA temp_store = MEMORY;
            PRAGMA journal_size_limit = 67108864;
            """)
        let isCurrent = isEmpty ? false : try version(of: connection) >= version
        if !isCurrent { try migrate(connection) }
    }

    private static func migrate(_ connection: SQLiteConnection) throws(StoreError) {
        try connection.execute("BEGIN IMMEDIATE")
        // Another process may have been here since.
        let found = min(try version(of: connection), version)
        for step in steps[found...] { try connection.execute(step) }
        let shared = max(sharedVersion, try connection.number("PRAGMA user_version"))
        try connection.execute(
            """
            INSERT INTO marks (name, sequence) VALUES ('schema', \(version))
                ON CONFLICT DO UPDATE SET sequence = max(sequence, excluded.sequence);
            PRAGMA application_id = \(applicationID); PRAGMA user_version = \(shared); COMMIT;
            """)
    }

    /// The version of the tables of a database that is empty or ours.
    private static func version(of connection: SQLiteConnection) throws(StoreError) -> Int {
        let shared = try connection.number("PRAGMA user_version")
        guard try connection.number("SELECT count(*) FROM sqlite_schema WHERE name = 'marks'") == 1 else {
            return shared
        }
        return max(
            shared,
            try connection.number("SELECT coalesce(max(sequence), 0) FROM marks WHERE name = 'schema'"))
    }

    /// Whether the database is empty; it throws unless it is that or ours, and of no newer version.
    private static func judge(_ connection: SQLiteConnection) throws(StoreError) -> Bool {
        let application = try connection.number("PRAGMA application_id")
        let found = try connection.number("PRAGMA user_version")
        if application == 0, found == 0, try connection.number("SELECT count(*) FROM sqlite_schema") == 0 {
            return true
        }
        guard application == applicationID else {
            throw foreign
        }
        guard found <= version else {
            throw StoreError(
                .newerVersion,
                "The store has version \(found) and this program knows \(version): "
                    + "use the newer opensense-relay that wrote it.")
        }
        return false
    }

    /// What each version added to the one before; never changed, as there are stores of every version.
    private static let steps = [
        """
        CREATE TABLE deliveries (
            sequence INTEGER PRIMARY KEY, delivery_id TEXT NOT NULL, kind TEXT NOT NULL,
            received_at INTEGER NOT NULL, verdict TEXT NOT NULL, reason TEXT, incident INTEGER,
            high INTEGER NOT NULL, low INTEGER NOT NULL, high2 INTEGER, low2 INTEGER, body BLOB NOT NULL);
        CREATE TABLE ledger (
            high INTEGER NOT NULL, low INTEGER NOT NULL, sequence INTEGER NOT NULL,
            PRIMARY KEY (high, low)) WITHOUT ROWID;
        CREATE TABLE incidents (
            id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, is_open INTEGER NOT NULL, opened_at INTEGER,
            event_id TEXT, destinations TEXT, newest_clear INTEGER, cleared_opening INTEGER,
            early_opened_at INTEGER, early_reference INTEGER, changed_at INTEGER NOT NULL);
        CREATE TABLE correlations (
            incident INTEGER NOT NULL, destination TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (incident, destination)) WITHOUT ROWID;
        CREATE TABLE jobs (
            id INTEGER PRIMARY KEY, incident INTEGER NOT NULL, destination TEXT NOT NULL, action TEXT NOT NULL, state TEXT NOT NULL, due_at INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0, first_tried_at INTEGER, reason TEXT, finished_at INTEGER);
        CREATE INDEX jobs_due ON jobs (destination, due_at) WHERE due_at IS NOT NULL;
        CREATE INDEX jobs_lane ON jobs (incident, destination, id)
            WHERE finished_at IS NULL AND state <> 'dead';
        CREATE INDEX jobs_leased ON jobs (id) WHERE state = 'leased';
        CREATE TABLE quarantine (
            id INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, path TEXT NOT NULL, code TEXT NOT NULL,
            header TEXT NOT NULL, body BLOB NOT NULL);
        CREATE TABLE marks (name TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE probe (id INTEGER PRIMARY KEY, at INTEGER NOT NULL);
        """,
        """
        ALTER TABLE jobs ADD COLUMN lease INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX jobs_dead ON jobs (id) WHERE state IN ('dead', 'stuck');
        CREATE INDEX jobs_incident ON jobs (incident, destination, id);
        CREATE INDEX incidents_changed ON incidents (changed_at) WHERE is_open = 0;
        CREATE TABLE exchanges (
            job INTEGER PRIMARY KEY, at INTEGER NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL);
        ALTER TABLE quarantine ADD COLUMN requested INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX quarantine_requested ON quarantine (id) WHERE requested = 1;
        ALTER TABLE deliveries ADD COLUMN requested INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX deliveries_dead ON deliveries (sequence) WHERE verdict = 'dead-letter';
        """,
        """
        ALTER TABLE jobs ADD COLUMN first_tried_running INTEGER;
        CREATE TABLE running_time (milliseconds INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, at INTEGER NOT NULL);
        """,
        // `jobs.delivery`, `episodes` and `episode_destinations` were never written.
        """
        ALTER TABLE jobs ADD COLUMN progress TEXT;
        ALTER TABLE jobs ADD COLUMN delivery INTEGER;
        ALTER TABLE jobs ADD COLUMN overtaken INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE attempts (
            job INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, milliseconds INTEGER,
            request TEXT NOT NULL, answer TEXT NOT NULL, answer_bytes INTEGER, PRIMARY KEY (job, number));
        CREATE TRIGGER jobs_attempts AFTER DELETE ON jobs BEGIN
            DELETE FROM attempts WHERE job = old.id;
        END;
        CREATE TABLE episodes (
            id INTEGER PRIMARY KEY, incident INTEGER NOT NULL, opened_at INTEGER, event_id TEXT,
            begun_at INTEGER NOT NULL, ended_at INTEGER);
        CREATE INDEX episodes_incident ON episodes (incident);
        CREATE TABLE episode_destinations (
            episode INTEGER NOT NULL, destination TEXT NOT NULL, fingerprint TEXT, told_rank INTEGER, state TEXT,
            PRIMARY KEY (episode, destination)) WITHOUT ROWID;
        CREATE TRIGGER incidents_episodes AFTER DELETE ON incidents BEGIN
            DELETE FROM episodes WHERE incident = old.id;
        END;
        CREATE TRIGGER episodes_destinations AFTER DELETE ON episodes BEGIN
            DELETE FROM episode_destinations WHERE episode = old.id;
        END;
        """,
        // What an older version adds has the urgency of a resolve: it is neither lost nor in the way.
        """
        DROP TRIGGER incidents_episodes; DROP TRIGGER episodes_destinations;
        DROP TABLE episode_destinations; DROP TABLE episodes;
        ALTER TABLE incidents ADD COLUMN facts TEXT;
        ALTER TABLE deliveries ADD COLUMN note TEXT;
        ALTER TABLE jobs ADD COLUMN urgency INTEGER NOT NULL DEFAULT \(Urgency.follow.rawValue);
        ALTER TABLE jobs ADD COLUMN arrived INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE jobs ADD COLUMN origin INTEGER;
        UPDATE jobs SET urgency = 0 WHERE action = 'open';
        UPDATE jobs SET urgency = \(Urgency.remark.rawValue) WHERE action = 'annotate';
        DROP INDEX jobs_due;
        CREATE INDEX jobs_due ON jobs (destination, urgency, due_at) WHERE due_at IS NOT NULL;
        CREATE INDEX jobs_origin ON jobs (origin) WHERE origin IS NOT NULL;
        CREATE TABLE pins (
            incident INTEGER NOT NULL, destination TEXT NOT NULL, fingerprint TEXT NOT NULL,
            PRIMARY KEY (incident, destination)) WITHOUT ROWID;
        CREATE TRIGGER incidents_pins AFTER DELETE ON incidents BEGIN
            DELETE FROM pins WHERE incident = old.id;
        END;
        CREATE TABLE sources (path TEXT PRIMARY KEY, heard_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE subjects (
            source TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (source, name)) WITHOUT ROWID;
        """,
        """
        CREATE INDEX correlations_value ON correlations (value);
        """,
    ]
}
