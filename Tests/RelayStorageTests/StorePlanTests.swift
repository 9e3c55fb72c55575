import AdapterKit
import OpenSenseWebhooks
import PostgreSQLClient
import PostgreSQLForTests
import RelayCore
import RelayStorage
import Testing

/// What the store in PostgreSQL does must not cost more the more it holds.
@Suite(.enabled(if: TestPostgreSQL.server != nil, "make test starts a server"))
struct `The PostgreSQL store's statements` {
    /// A multiple of what one operation has to look at, and little beside a table.
    private static let rowsMax = 2_000
    private static let growing = [
        "deliveries", "ledger", "incidents", "correlations", "jobs", "attempts", "exchanges", "pins",
        "subjects",
    ]
    /// What may look at all jobs that wait: at the start, and for one among them that was tried.
    private static let ofAllThatWait = ["SELECT DISTINCT destination FROM jobs", "SELECT open.id FROM ("]
    private static let waitingRowsMax = 20_000

    /// 100,000 deliveries, each with its incident and a job: due, dead or delivered.
    private static let fill = """
        INSERT INTO deliveries (sequence, delivery_id, kind, received_at, verdict, incident, high, low, body)
            SELECT n, 'old' || n, 'alarm_opened', n, 'planned', n, n * 7919, n, '{}' FROM generate_series(10001, 110000) AS n;
        INSERT INTO ledger SELECT n * 7919, n, n FROM generate_series(10001, 110000) AS n;
        INSERT INTO incidents (id, key, is_open, changed_at)
            SELECT n, 'alarm/old/' || n, (n % 2)::bigint, n FROM generate_series(10001, 110000) AS n;
        INSERT INTO jobs (id, incident, destination, action, state, due_at, finished_at, urgency)
            SELECT n * \(JobNumber.perDeliveryMax), n, 'd', 'open',
                CASE n % 10 WHEN 0 THEN 'pending' WHEN 1 THEN 'dead' ELSE 'delivered' END,
                CASE n % 10 WHEN 0 THEN n END, CASE WHEN n % 10 > 1 THEN n END, 0 FROM generate_series(10001, 110000) AS n;
        INSERT INTO correlations SELECT n, 'd', 'state ' || n FROM generate_series(10001, 110000, 2) AS n;
        INSERT INTO pins SELECT n, 'd', 'place' FROM generate_series(10001, 110000, 2) AS n;
        INSERT INTO attempts (job, number, at, request, answer)
            SELECT n * \(JobNumber.perDeliveryMax), 1, n, 'r', 'a' FROM generate_series(10001, 110000) AS n;
        SELECT setval('deliveries_sequence', 110000), setval('incidents_id', 110000);
        """

    @Test(arguments: [true, false]) func `look at few of 100,000 rows`(_ isFullAtFirst: Bool) async throws {
        try await look(in: nil, isFullAtFirst: isFullAtFirst)
    }

    /// Where texts are in the order of a language, an index of them is of no use for the beginning of one.
    @Test func `look at few rows in a database that sorts by a language, too`() async throws {
        let server = try PostgreSQLConnection(TestPostgreSQL.address())
        let name = TestPostgreSQL.uniqueName()
        try server.execute(
            "CREATE DATABASE \(name) TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
        defer { try? server.execute("DROP DATABASE \(name) WITH (FORCE)") }
        try await look(in: name, isFullAtFirst: false)
    }

    /// A page of what waits for a person costs what is on it, however much is left.
    @Test func `of a person look at few of 10,000 dead letters`() async throws {
        let world = try JournalWorld(.postgresql)
        try world.open().close()
        try world.execute(Self.fill)
        try world.execute("ANALYZE deliveries; ANALYZE jobs")
        let schema = try #require(world.postgresql.split(separator: "search_path=").last).description
        let plans = try #require(PlanLog(schema: schema))
        let desk = try StoreDesk(postgreSQL: plans.connectionString)
        let first = try desk.deliveriesWithDeadLetters(limit: 300)
        #expect(first.map(\.sequence) == (0..<300).map { 10_001 + $0 * 10 })
        #expect(try desk.retryDeadLetter(first[0].jobs[0].number) == .done)
        #expect(try desk.deadLetters(limit: 300).count == 300)
        let entries = try plans.entries()
        #expect(entries.count > 300)
        #expect(entries.filter { $0.rowsMax > Self.rowsMax }.map(\.query) == [])
    }

    private func look(in database: String?, isFullAtFirst: Bool) async throws {
        let world = try JournalWorld(.postgresql, database: database)
        try world.open().close()
        let schema = try #require(world.postgresql.split(separator: "search_path=").last).description
        let plans = try #require(PlanLog(schema: schema, database: database))
        if isFullAtFirst { try world.execute(Self.fill) }
        let journal = try PostgreSQLJournal(
            plans.connectionString, destinations: ["d", "backup"], usesServerClock: false, now: .at(200_000))
        defer { journal.close() }
        // The server keeps a plan from the sixth run of a prepared statement on.
        for round in 0..<8 { try await work(on: journal, round) }
        if !isFullAtFirst { try world.execute(Self.fill) }
        for round in 8..<16 { try await work(on: journal, round) }
        let entries = try plans.entries()
        #expect(entries.count > 400)
        let long = entries.filter { entry in
            let isOfAllThatWait = Self.ofAllThatWait.contains { entry.query.hasPrefix($0) }
            return entry.readsWhole(Self.growing.map { "\(schema).\($0)" })
                || entry.rowsMax > (isOfAllThatWait ? Self.waitingRowsMax : Self.rowsMax)
        }
        #expect(long.isEmpty, "\(long.first?.nodes ?? [])")
        #expect(Set(long.map(\.query)) == [])
    }

    /// Every operation but ``JournalOperation/summarize``, which counts all there is.
    private func work(on journal: PostgreSQLJournal, _ round: Int) async throws {
        let now = 200_000 + round
        for (number, action) in [IncidentUpdate.Action.open, .acknowledge, .resolve, .open].enumerated() {
            _ = try await journal.accept(
                .of(1_000_000 + round * 10 + number, action, site: "s\(round)", openedAt: now + number))
        }
        let jobs = try await journal.lease(3, now: now).jobs
        for (index, job) in jobs.enumerated() {
            _ = try await journal.renew(job, until: now + 60_000, now: now)
            try await journal.advance(job, "half", now: now)
            let exchange = Exchange(request: "r", answer: "a")
            let outcomes = [
                JobOutcome.delivered(episodeState: "state"), .retry(afterMilliseconds: 0, reason: "r"),
                .dead(.init(reason: "r", failover: "backup")),
            ]
            try await journal.finish(job, outcomes[index], exchange: exchange, now: now)
        }
        let given = try await journal.lease(1, now: now).jobs
        try await journal.release(given, now: now)
        for onlyTried in [true, false] {
            let request = FailOverRequest(
                destination: "d", to: "backup", acceptedBefore: .at(now), onlyTried: onlyTried)
            _ = try await journal.perform(.failOver(request, now: .at(now)))
        }
        try await journal.quarantine(
            QuarantinedRequest(receivedAt: .at(now), path: "/", code: "c", header: "h", body: [1]))
        try await journal.probe(now: now)
        _ = try await journal.prune(now: now + 1_000_000_000_000, running: 1_000_000_000_000)
        _ = try await journal.mend(now: now)
        _ = try await journal.requests()
        try await journal.settle(.captureAccepted(number: round))
        try await journal.settle(.deliveryRead(sequence: round))
        _ = try await journal.perform(
            .survey(
                SurveyRequest(
                    places: ["d": ["place"]], heardAgo: ["/": 1],
                    subjects: [SourceSubject(source: "/", name: "site/\(round)")], subjectsKnown: 0),
                now: .at(now)))
        _ = try await journal.perform(
            .look(incident: "alarm/old/10007", destination: "d", state: "state 10008"))
    }
}
