internal import OpenSenseWebhooks
internal import PostgreSQLClient
internal import RelayCore

/// The tables in PostgreSQL: those of ``SQLiteSchema``, with the same names and meanings.
///
/// Every relay locks an incident's row before it looks at the incident's jobs to decide by them, and every
/// other change of a job's state must do the same: that keeps a lane in order when several relays work on it.
/// Only leasing a due job does without.
package enum PostgreSQLSchema {
    /// As for SQLite: raised with every change of the tables.
    static let version = SQLiteSchema.version
    /// The version with which PostgreSQL begins.
    private static let firstVersion = 2

    /// For every new connection.
    ///
    /// A relay that is frozen in the middle of a transaction is cut off, so that others can lock its rows; no
    /// statement waits for a row longer than a sender waits for its answer. Every statement of the journal is
    /// a look at an index, which the server's planner does not see while the tables are small and then does
    /// not look again.
    package static let setUp = """
        SET statement_timeout = '10s'; SET lock_timeout = '3s'; SET idle_in_transaction_session_timeout = '5s';
        SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;
        """

    /// Prepares a relay's database: creates the tables where there are none and brings older ones up to date.
    ///
    /// Where there is nothing to do it changes nothing, so that once the tables are there a role will do that
    /// cannot create any.
    ///
    /// - Throws: ``StoreError``, also for a newer or a foreign database.
    static func prepare(_ connection: PostgreSQLConnection) throws(StoreError) {
        if let found = try version(connection), found >= version { return }
        do throws(StoreError) {
            // Of several relays that start at once one makes the tables; the number is the lock's name.
            try connection.execute(
                """
                BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(5715214018);
                """)
            let found = try version(connection)
            if found == nil {
                try refuseForeignTables(connection)
                try connection.execute(versionTable)
            }
            if found.map({ $0 < version }) ?? true { try migrate(connection, from: found) }
            try connection.execute("COMMIT")
        } catch {
            try? connection.execute("ROLLBACK")  // after a failure, whose own words matter
            throw error
        }
    }

    /// Looks whether a person's tool can work on a database, and changes nothing of it: the address may be
    /// mistyped, the role may be read-only, and an older relay may be running.
    ///
    /// - Throws: ``StoreError`` unless the tables are there, and of a version that this one knows.
    static func look(at connection: PostgreSQLConnection) throws(StoreError) {
        guard let found = try version(connection) else {
            let name = try connection.query("SELECT current_database()::text").text(0, 0) ?? "?"
            let schema = try connection.query("SELECT current_schema()::text").text(0, 0) ?? "?"
            throw StoreError(
                .unwritable,
                "There is no store in the database \"\(name)\", schema \"\(schema)\": no relay has used it. "
                    + "Name the store that the relay has.")
        }
        guard found >= version else { throw SQLiteSchema.older(found) }
    }

    /// The version of the tables; nil where there are none.
    ///
    /// - Throws: ``StoreError`` for a database that is newer or has no schema.
    private static func version(_ connection: PostgreSQLConnection) throws(StoreError) -> Int? {
        // A name that is looked up, as by to_regclass, may come from what the connection remembers.
        let database = try connection.query(
            """
            SELECT current_schema()::text, current_setting('server_encoding'), (SELECT relname::text FROM pg_class
                WHERE relname = 'opensense_relay_schema' AND relnamespace = current_schema()::regnamespace)
            """)
        guard database.text(0, 0) != nil else {
            throw StoreError(
                .unwritable,
                "No schema is there to make tables in: create one (CREATE SCHEMA name), and name it for the role "
                    + "(ALTER ROLE role SET search_path = name).")
        }
        guard let encoding = database.text(0, 1), encoding == "UTF8" else {
            throw StoreError(
                .unwritable,
                "The database has the encoding \(database.text(0, 1) ?? "?") and must have UTF8: name another."
            )
        }
        let marked =
            database.text(0, 2) == nil
            ? nil : try connection.query("SELECT max(version) FROM opensense_relay_schema").integer(0, 0)
        guard let shared = marked else { return nil }
        guard shared <= version else {
            throw StoreError(
                .newerVersion,
                "The store has version \(shared) and this program knows \(version): "
                    + "use the newer opensense-relay that wrote it.")
        }
        // As in SQLite: the table holds the version that can work on the store, the mark the version of the
        // tables.
        let mark = try connection.query("SELECT max(sequence) FROM marks WHERE name = 'schema'").integer(0, 0)
        return max(shared, mark ?? 0)
    }

    /// - Throws: ``StoreError`` where something in the schema has a name that the relay's tables need.
    private static func refuseForeignTables(_ connection: PostgreSQLConnection) throws(StoreError) {
        let taken = try connection.query(
            """
            SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace
                AND relname::text = ANY ($1::text[]) ORDER BY relname LIMIT 1
            """, [.texts(names)])
        guard let name = taken.count > 0 ? taken.text(0, 0) : nil else { return }
        throw StoreError(
            .damaged,
            "The database has a table or index \"\(name)\" of another program: give the relay a separate database "
                + "or schema.")
    }

    private static let versionTable =
        "CREATE TABLE IF NOT EXISTS opensense_relay_schema (version bigint NOT NULL)"

    /// Every name that the present version has in the schema.
    package static let names = [
        "deliveries", "deliveries_dead", "deliveries_pkey", "deliveries_sequence", "ledger", "ledger_pkey",
        "incidents", "incidents_changed", "incidents_id", "incidents_key_key", "incidents_own",
        "incidents_pkey", "correlations", "correlations_pkey", "correlations_value", "jobs",
        "jobs_dead", "jobs_due", "jobs_incident", "jobs_lane", "jobs_origin", "jobs_pkey", "exchanges",
        "exchanges_pkey", "quarantine", "quarantine_id_seq", "quarantine_pkey",
        "quarantine_received", "quarantine_requested", "marks", "marks_pkey", "probe", "probe_pkey",
        "running_time", "running_time_pkey", "attempts", "attempts_pkey", "pins", "pins_pkey", "sources",
        "sources_pkey", "subjects", "subjects_pkey",
    ]

    private static func migrate(_ connection: PostgreSQLConnection, from found: Int?) throws(StoreError) {
        guard let found else {
            for step in steps { try connection.execute(step) }
            try markVersion(connection)
            return try connection.execute(
                "INSERT INTO opensense_relay_schema VALUES (\(SQLiteSchema.sharedVersion))")
        }
        for step in steps[(found - firstVersion + 1)...] { try connection.execute(step) }
        try markVersion(connection)
        try connection.execute(
            "UPDATE opensense_relay_schema SET version = greatest(version, \(SQLiteSchema.sharedVersion))")
    }

    private static func markVersion(_ connection: PostgreSQLConnection) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO marks (name, sequence) VALUES ('schema', \(version))
            ON CONFLICT (name) DO UPDATE SET sequence = greatest(marks.sequence, excluded.sequence)
            """)
    }

    /// What each version added to the one before; never changed, as there are stores of every version.
    private static let steps = [
        """
        CREATE SEQUENCE deliveries_sequence; CREATE SEQUENCE incidents_id;
        CREATE TABLE deliveries (
            sequence bigint PRIMARY KEY, delivery_id text NOT NULL, kind text NOT NULL,
            received_at bigint NOT NULL, verdict text NOT NULL, reason text, incident bigint,
            high bigint NOT NULL, low bigint NOT NULL, high2 bigint, low2 bigint, body bytea NOT NULL,
            requested bigint NOT NULL DEFAULT 0);
        CREATE INDEX deliveries_dead ON deliveries (sequence) WHERE verdict = 'dead-letter';
        CREATE TABLE ledger (
            high bigint NOT NULL, low bigint NOT NULL, sequence bigint NOT NULL, PRIMARY KEY (high, low));
        CREATE TABLE incidents (
            id bigint PRIMARY KEY, key text NOT NULL UNIQUE, is_open bigint NOT NULL, opened_at bigint,
            event_id text, destinations text, newest_clear bigint, cleared_opening bigint,
            early_opened_at bigint, early_reference bigint, changed_at bigint NOT NULL);
        CREATE INDEX incidents_changed ON incidents (changed_at) WHERE is_open = 0;
        CREATE TABLE correlations (
            incident bigint NOT NULL, destination text NOT NULL, value text NOT NULL,
            PRIMARY KEY (incident, destination));
        CREATE TABLE jobs (
            id bigint PRIMARY KEY, incident bigint NOT NULL, destination text NOT NULL, action text NOT NULL,
            state text NOT NULL, due_at bigint, attempts bigint NOT NULL DEFAULT 0, first_tried_at bigint,
            reason text, finished_at bigint, lease bigint NOT NULL DEFAULT 0);
        CREATE INDEX jobs_due ON jobs (destination, due_at, id) WHERE due_at IS NOT NULL;
        CREATE INDEX jobs_lane ON jobs (incident, destination, id) WHERE finished_at IS NULL;
        CREATE INDEX jobs_incident ON jobs (incident, destination, id);
        CREATE INDEX jobs_dead ON jobs (id) WHERE state IN ('dead', 'stuck');
        CREATE TABLE exchanges (job bigint PRIMARY KEY, at bigint NOT NULL, request text NOT NULL, answer text NOT NULL);
        CREATE TABLE quarantine (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, received_at bigint NOT NULL, path text NOT NULL,
            code text NOT NULL, header text NOT NULL, body bytea NOT NULL, requested bigint NOT NULL DEFAULT 0);
        CREATE INDEX quarantine_received ON quarantine (received_at);
        CREATE INDEX quarantine_requested ON quarantine (id) WHERE requested = 1;
        CREATE TABLE marks (name text PRIMARY KEY, sequence bigint NOT NULL);
        CREATE TABLE probe (id bigint PRIMARY KEY, at bigint NOT NULL);
        """,
        """
        ALTER TABLE jobs ADD COLUMN first_tried_running bigint;
        CREATE TABLE running_time (
            milliseconds bigint PRIMARY KEY, sequence bigint NOT NULL, at bigint NOT NULL);
        """,
        """
        ALTER TABLE jobs ADD COLUMN progress text, ADD COLUMN delivery bigint,
            ADD COLUMN overtaken bigint NOT NULL DEFAULT 0;
        CREATE TABLE attempts (
            job bigint NOT NULL REFERENCES jobs ON DELETE CASCADE, number bigint NOT NULL, at bigint NOT NULL,
            milliseconds bigint, request text NOT NULL, answer text NOT NULL, answer_bytes bigint,
            PRIMARY KEY (job, number));
        CREATE TABLE episodes (
            id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
            incident bigint NOT NULL REFERENCES incidents ON DELETE CASCADE, opened_at bigint, event_id text,
            begun_at bigint NOT NULL, ended_at bigint);
        CREATE INDEX episodes_incident ON episodes (incident);
        CREATE TABLE episode_destinations (
            episode bigint NOT NULL REFERENCES episodes ON DELETE CASCADE, destination text NOT NULL,
            fingerprint text, told_rank bigint, state text, PRIMARY KEY (episode, destination));
        """,
        """
        DROP TABLE episode_destinations; DROP TABLE episodes;
        ALTER TABLE incidents ADD COLUMN facts text;
        ALTER TABLE deliveries ADD COLUMN note text;
        ALTER TABLE jobs ADD COLUMN urgency bigint NOT NULL DEFAULT \(Urgency.follow.rawValue),
            ADD COLUMN arrived bigint NOT NULL DEFAULT 0, ADD COLUMN origin bigint;
        UPDATE jobs SET urgency = 0 WHERE action = 'open';
        UPDATE jobs SET urgency = \(Urgency.remark.rawValue) WHERE action = 'annotate';
        DROP INDEX jobs_due;
        CREATE INDEX jobs_due ON jobs (destination, urgency, due_at, id) WHERE due_at IS NOT NULL;
        CREATE INDEX jobs_origin ON jobs (origin) WHERE origin IS NOT NULL;
        CREATE TABLE pins (
            incident bigint NOT NULL REFERENCES incidents ON DELETE CASCADE, destination text NOT NULL,
            fingerprint text NOT NULL, PRIMARY KEY (incident, destination));
        CREATE TABLE sources (path text PRIMARY KEY, heard_at bigint NOT NULL);
        CREATE TABLE subjects (source text NOT NULL, name text NOT NULL, PRIMARY KEY (source, name));
        """,
        // The order of a language does not keep keys together that begin alike; and of a hash any length of
        // a value can be had.
        """
        CREATE INDEX incidents_own ON incidents (key) WHERE key LIKE 'relay/%' AND is_open = 1;
        CREATE INDEX correlations_value ON correlations USING hash (value);
        """,
    ]
}
