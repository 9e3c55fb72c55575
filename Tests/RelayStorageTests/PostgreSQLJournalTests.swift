import AdapterKit
import OpenSenseWebhooks
import PostgreSQLClient
import PostgreSQLForTests
import RelayCore
import RelayStorage
import Synchronization
import Testing

/// What PostgreSQL adds to the contract: several relays on one store, and a server that goes away.
@Suite(.enabled(if: TestPostgreSQL.server != nil, "make test starts a server"))
struct `PostgreSQL journal` {
    let world: JournalWorld

    init() throws { world = try JournalWorld(.postgresql) }

    @Test(arguments: [("off", "on"), ("on", "on"), ("remote_apply", "remote_apply"), ("local", "local")])
    func `every transaction reads what is committed, and is durable, whatever the usual is`(
        _ usual: String, _ durability: String
    ) throws {
        let server = try #require(TestPostgreSQL.server)
        let options = "-c default_transaction_isolation=serializable -c synchronous_commit=\(usual)"
        let connection = try PostgreSQLConnection("\(server) options='\(options)'")
        try connection.begin()
        #expect(try connection.query("SHOW transaction_isolation").text(0, 0) == "read committed")
        #expect(try connection.query("SHOW synchronous_commit").text(0, 0) == durability)
        try connection.commit()
        let rows = try connection.begin([PostgreSQLStatement("SHOW transaction_isolation")])
        #expect(rows[0].text(0, 0) == "read committed")
        connection.rollBack()
    }

    @Test func `of four relays that race exactly one is the first`() async throws {
        let journals = try (0..<4).map { _ in try world.open() }
        defer { for journal in journals { journal.close() } }
        for round in 0..<100 {
            let outcomes = try await withThrowingTaskGroup(of: AcceptanceOutcome.self) { group in
                for number in 0..<16 {
                    // Half of the rounds know the incident, the others race to make it.
                    let acceptance = try Acceptance.of(round, .annotate, site: "s\(round / 2)")
                    group.addTask { try await journals[number % 4].accept(acceptance) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let accepted = outcomes.filter { if case .accepted = $0 { true } else { false } }
            try #require(accepted.count == 1, "round \(round): \(outcomes)")
        }
        #expect(try await journals[0].summary().deliveries == 100)
        #expect(try await journals[0].summary().pendingJobs == 100)
        #expect(try world.number("SELECT count(*) FROM incidents") == 50)
        #expect(try world.number("SELECT count(*) FROM ledger") == 100)
    }

    @Test func `relays that share a delivery without an incident agree on it, too`() async throws {
        let journals = try (0..<4).map { _ in try world.open() }
        defer { for journal in journals { journal.close() } }
        for round in 0..<50 {
            let fresh = try await withThrowingTaskGroup(of: Bool.self) { group in
                for (index, journal) in journals.enumerated() {
                    for number in index.isMultiple(of: 2) ? [0, 1, 2] : [2, 1, 0] {
                        var acceptance = try Acceptance.of(round * 3 + number)
                        acceptance.content = .deadLetter(code: "c")
                        group.addTask { [acceptance] in
                            if case .accepted = try await journal.accept(acceptance) { true } else { false }
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try #require(fresh == 3, "round \(round)")
        }
    }

    @Test func `lanes keep their order over several relays`() async throws {
        let journals = try (0..<3).map { _ in try world.open() }
        defer { for journal in journals { journal.close() } }
        let log = LaneLog()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, journal) in journals.enumerated() {
                for site in 0..<4 {
                    group.addTask {
                        for step in 0..<30 {
                            let number = (index * 4 + site) * 1_000 + step
                            _ = try await journal.accept(.of(number, .annotate, site: "s\(site)"))
                        }
                    }
                }
                group.addTask { try await log.work(on: journal, "d", until: 360) }
            }
            try await group.waitForAll()
        }
        log.expectOrder(count: 360)
        #expect(try await journals[0].summary().pendingJobs == 0)
    }

    @Test func `of a lane exactly one job is due, whichever relays accept and finish at once`() async throws {
        let journals = try (0..<4).map { _ in try world.open() }
        defer { for journal in journals { journal.close() } }
        _ = try await journals[0].accept(.of(0, .annotate))
        var held = try await journals[0].only()
        for round in 1...150 {
            try await withThrowingTaskGroup(of: Void.self) { [held] group in
                group.addTask { try await journals[0].finish(held, .delivered(episodeState: nil)) }
                for (index, journal) in journals.enumerated().dropFirst() {
                    group.addTask { _ = try await journal.accept(.of(round * 4 + index, .annotate)) }
                }
                try await group.waitForAll()
            }
            let due = try world.number("SELECT count(*) FROM jobs WHERE due_at IS NOT NULL")
            try #require(due == 1, "round \(round)")
            // In every other round the lane is empty but for the one that is being sent.
            while true {
                held = try await journals[round % 4].only()
                let waiting = try await journals[0].summary().pendingJobs
                if waiting == 1 || round.isMultiple(of: 2) { break }
                try await journals[0].finish(held, .delivered(episodeState: nil))
            }
        }
    }

    @Test func `an open that relays race to deliver pages once`() async throws {
        let journals = try (0..<4).map { _ in try world.open() }
        defer { for journal in journals { journal.close() } }
        for round in 0..<30 {
            let verdicts = try await withThrowingTaskGroup(of: AcceptanceVerdict?.self) { group in
                for (index, journal) in journals.enumerated() {
                    // Four deliveries of the same alarm.
                    let acceptance = try Acceptance.of(
                        round * 4 + index, .open, site: "s\(round)", openedAt: 10)
                    group.addTask {
                        guard case .accepted(_, let verdict, _, _) = try await journal.accept(acceptance)
                        else { return nil }
                        return verdict
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try #require(verdicts.count { $0 == .planned } == 1, "round \(round): \(verdicts)")
            try #require(verdicts.count { $0 == .repeated } == 3, "round \(round): \(verdicts)")
        }
    }

    @Test func `a connection that the server ends is made again, and nothing is lost`() async throws {
        let journal = try world.open()
        defer { journal.close() }
        let score = Score()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for number in task * 100..<task * 100 + 100 {
                        await score.count(number) {
                            _ = try await journal.accept(.of(number, site: "s\(number)"))
                        }
                    }
                }
            }
            group.addTask { [world] in
                let server = try PostgreSQLConnection(world.postgresql)
                for _ in 0..<20 {
                    // Each session leaves the number of its process when it is probed.
                    await withCheckedContinuation { done in
                        journal.submit(.probe(now: .at(0))) { _ in done.resume() }
                    }
                    let ended = try server.query(
                        "SELECT count(*) FROM (SELECT id FROM probe) AS known WHERE pg_terminate_backend(id::int)"
                    )
                    score.cut(ended.integer(0, 0) ?? 0)
                }
            }
            try await group.waitForAll()
        }
        let (answered, failures) = score.all
        #expect(answered.count > 100, "\(failures)")
        #expect(score.cuts > 0)
        #expect(failures.allSatisfy { $0.kind == .unreachable }, "\(failures)")
        for number in answered {
            let outcome = try await journal.accept(.of(number, site: "s\(number)"))
            guard case .duplicate = outcome else {
                Issue.record("delivery \(number) was lost")
                return
            }
        }
    }

    /// What was answered, and why the rest was not.
    final class Score: Sendable {
        private let state = Mutex((answered: [Int](), failures: [StoreError]()))
        private let ended = Mutex(0)
        var all: (answered: [Int], failures: [StoreError]) { state.withLock { $0 } }
        /// How many connections the server has ended.
        var cuts: Int { ended.withLock { $0 } }

        func cut(_ count: Int) { ended.withLock { $0 += count } }

        func count(_ number: Int, _ work: () async throws -> Void) async {
            do {
                try await work()
                state.withLock { $0.answered.append(number) }
            } catch let error as StoreError {
                state.withLock { $0.failures.append(error) }
            } catch {
                Issue.record(error)
            }
        }
    }

    @Test func `a relay frozen over an incident is cut off, and the others go on`() async throws {
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, .open, openedAt: 10))
        // What a relay does that stops between reading and writing.
        let frozen = try PostgreSQLConnection(world.postgresql, setUp: PostgreSQLSchema.setUp)
        try frozen.execute("BEGIN")
        _ = try frozen.query("SELECT id FROM incidents FOR UPDATE")
        // Without the cut-off this never ends; how soon it does depends on the machine.
        let deadline = ContinuousClock.now + .seconds(300)
        var refusals = 0
        while ContinuousClock.now < deadline {
            do {
                _ = try await journal.accept(.of(2, .resolve, openedAt: 20))
                break
            } catch let error as StoreError {
                #expect(error.kind == .inUse, "\(error)")
                refusals += 1
            }
        }
        #expect(refusals >= 1)
        #expect(try await journal.summary().pendingJobs == 2)
    }

    @Test func `relays whose clocks differ agree on when a lease ends`() async throws {
        let hour = 3_600_000
        let base = 1_800_000_000_000
        let ahead = try PostgreSQLJournal(world.postgresql, now: .at(base + hour))
        let behind = try PostgreSQLJournal(world.postgresql, now: .at(base))
        defer {
            ahead.close()
            behind.close()
        }
        let start = try serverMilliseconds()
        _ = try await ahead.accept(.of(1, receivedAt: base + hour))
        let job = try await behind.only(now: base)
        #expect(job.triedMilliseconds == 0)
        let looked = try await ahead.lease(1, now: base + hour)
        #expect(looked.jobs.isEmpty)
        #expect((1...60_000).contains(looked.nextDueInMilliseconds ?? 0))
        #expect(try await behind.renew(job, until: base + 1, now: base))
        // A millisecond of the server's has passed soon.
        var taken: [LeasedJob] = []
        while taken.isEmpty { taken = try await ahead.lease(1, now: base + hour).jobs }
        let end = try serverMilliseconds()
        #expect((0...end - start).contains(taken[0].triedMilliseconds))
        let stored = try #require(try world.number("SELECT received_at FROM deliveries"))
        #expect((start...end).contains(stored))
    }

    private func serverMilliseconds() throws -> Int {
        try #require(try world.number("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"))
    }

    @Test func `opening it resets no lease`() async throws {
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1))
        let job = try await journal.only()
        let other = try world.open()
        defer { other.close() }
        #expect(try await other.lease(1, now: 0).jobs.isEmpty)
        #expect(try await journal.finish(job, .delivered(episodeState: nil)) == .recorded)
    }

    @Test func `relays that start at once make the tables once`() async throws {
        let world = world
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 { group.addTask { try world.open().close() } }
            try await group.waitForAll()
        }
        #expect(try world.number("SELECT count(*) FROM opensense_relay_schema") == 1)
    }

    @Test func `a store of a newer version is refused in words`() throws {
        try world.open().close()
        try PostgreSQLConnection(world.postgresql).execute("UPDATE opensense_relay_schema SET version = 99")
        #expect { try world.open() } throws: { error in
            let error = error as? StoreError
            return error?.kind == .newerVersion && error?.description.contains("version 99") == true
        }
    }

    @Test func `tables of another program are refused in words, and left alone`() throws {
        try PostgreSQLConnection(world.postgresql).execute("CREATE TABLE jobs (nothing text)")
        #expect { try world.open() } throws: { error in
            let error = error as? StoreError
            return error?.kind == .damaged && error?.description.contains("\"jobs\"") == true
        }
        let count = try PostgreSQLConnection(world.postgresql).query(
            "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace")
        #expect(count.integer(0, 0) == 1)
    }

    @Test func `a server that is not there is refused in words, without the password`() {
        for text in [
            "postgres://user:s3cr3t@localhost:1/none?host=/nowhere", "host=/nowhere password=s3cr3t",
            "postgres://user@/none?host=/s3cr3t&password=s3cr3t", "postgres://user:s3cr3t@host:port/x",
        ] {
            #expect { try PostgreSQLJournal(text, now: .at(0)) } throws: { error in
                let error = error as? StoreError
                return error?.kind == .unreachable && error?.description.contains("s3cr3t") == false
            }
        }
    }

    @Test func `texts that PostgreSQL cannot keep lose no delivery`() async throws {
        let journal = try world.open()
        defer { journal.close() }
        var acceptance = try Acceptance.of(1, site: String(repeating: "é", count: 5_000))
        acceptance.kind = "odd\u{0}kind"
        acceptance.deliveryID = "\u{0}"
        guard case .accepted = try await journal.accept(acceptance) else {
            Issue.record("it was not accepted")
            return
        }
        let job = try await journal.only()
        #expect(job.deliveryID == "\u{2400}")
        #expect(job.incident.utf8.count <= 1_000)
        #expect(job.body == acceptance.body)
        let again = try Acceptance.of(2, .resolve, site: String(repeating: "é", count: 5_000))
        _ = try await journal.accept(again)
        #expect(try world.number("SELECT count(*) FROM incidents") == 1)
    }

    @Test func `looks at indexes, however much waits`() async throws {
        try world.open().close()
        let server = try PostgreSQLConnection(world.postgresql)
        try server.execute(
            """
            INSERT INTO incidents (id, key, is_open, changed_at)
                SELECT number, 'k' || number, 0, 0 FROM generate_series(1, 100000) AS number;
            INSERT INTO deliveries (sequence, delivery_id, kind, received_at, verdict, incident, high, low, body)
                SELECT number, number, 'k', 0, 'planned', number, number, number, ''
                FROM generate_series(1, 100000) AS number;
            INSERT INTO ledger SELECT high, low, sequence FROM deliveries;
            INSERT INTO jobs (id, incident, destination, action, state, due_at)
                SELECT sequence * 128, sequence, 'd', 'open', 'pending', sequence FROM deliveries;
            SELECT setval('deliveries_sequence', 100000), setval('incidents_id', 100000);
            """)
        let before = try rowsScanned()
        try await withWatchedJournal { journal in
            for number in 0..<50 {
                _ = try await journal.accept(.of(number, site: "s\(number % 10)", receivedAt: 1))
                for job in try await journal.lease(3, now: 1_000_000).jobs {
                    try await journal.finish(job, .delivered(episodeState: nil))
                }
            }
            _ = try await journal.prune(now: 0)
        }
        // A single statement that reads a whole table reads 100,000 rows.
        let scanned = try rowsScanned() - before
        #expect(scanned < 50_000)
        try await withWatchedJournal { journal in
            let pruned = try await journal.prune(now: 31 * 86_400_000, running: 31 * 86_400_000)
            #expect(pruned > 0)
        }
    }

    /// The rows that were read by reading tables from end to end.
    private func rowsScanned() throws -> Int {
        let sql: StaticString =
            "SELECT sum(seq_tup_read)::bigint FROM pg_stat_user_tables WHERE schemaname = current_schema()"
        return try #require(try world.number(sql))
    }

    /// Returns when the journal's connections are gone from the server, which has counted what they read.
    private func withWatchedJournal(_ work: (any OpenJournal) async throws -> Void) async throws {
        let name = "watched"
        let journal = try PostgreSQLJournal(
            "\(world.postgresql) application_name=\(name)", destinations: nil, usesServerClock: false,
            now: .at(0))
        do {
            defer { journal.close() }
            try await work(journal)
        }
        let server = try PostgreSQLConnection(world.postgresql)
        while let count = try server.query(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", [.text(name)]
        ).integer(0, 0), count > 0 {
            _ = try server.query("SELECT pg_sleep(0.01)")
        }
    }

    @Test func `a probe writes a row for each connection`() async throws {
        let journals = try (0..<2).map { _ in try world.open() }
        defer { for journal in journals { journal.close() } }
        for journal in journals + journals { try await journal.probe(now: 0) }
        #expect(try world.number("SELECT count(*) FROM probe") == 2)
    }
}
