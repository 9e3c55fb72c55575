import AdapterKit
import Foundation
import OpenSenseWebhooks
import PostgreSQLClient
import PostgreSQLForTests
import RelayCore
import RelayStorage
import SQLiteClient
import Synchronization
import Testing

/// A folder that goes with the process: a store in it outlives what the test keeps of it, and a store whose
/// file goes first is at fault.
final class TemporaryFolder: Sendable {
    let path: String
    private static let all = Mutex<[String]>([])

    init() throws {
        path =
            FileManager.default.temporaryDirectory.path + "/relay-tests-\(UInt64.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let isFirst = Self.all.withLock { all in
            all.append(path)
            return all.count == 1
        }
        if isFirst { atexit { TemporaryFolder.removeAll() } }
    }

    private static func removeAll() {
        for path in all.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
    }
}

/// A store of the test's own, which can be opened again.
final class JournalWorld: Sendable {
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case memory, sqlite, postgresql
        var testDescription: String { rawValue }

        /// PostgreSQL needs the server that `make test` starts.
        static let available = allCases.filter { $0 != .postgresql || TestPostgreSQL.server != nil }
        /// Those that outlive their process.
        static let lasting = available.filter { $0 != .memory }
    }

    let kind: Kind
    private let folder: TemporaryFolder
    let postgresql: String

    /// - Parameter database: Another database of the server than the usual one.
    init(_ kind: Kind, database: String? = nil) throws {
        self.kind = kind
        folder = try TemporaryFolder()
        let schema = TestPostgreSQL.schema(database: database)
        postgresql = schema.connectionString
        if kind == .postgresql {
            try PostgreSQLConnection(schema.connectionString).execute("CREATE SCHEMA \(schema.name)")
        }
    }

    var path: String { folder.path + "/relay.db" }

    /// Opens the journal; its times are the test's.
    ///
    /// - Parameter claimMilliseconds: For how long PostgreSQL leaves people's requests to who has taken them.
    func open(
        destinations: Set<String>? = nil, claimMilliseconds: Int = 60_000, now: Int = 0
    ) throws -> any OpenJournal {
        switch kind {
        case .memory: try SQLiteJournal(path: nil, destinations: destinations, now: .at(now))
        case .sqlite: try SQLiteJournal(path: path, destinations: destinations, now: .at(now))
        case .postgresql:
            try PostgreSQLJournal(
                postgresql, destinations: destinations, usesServerClock: false,
                claimMilliseconds: claimMilliseconds, now: .at(now))
        }
    }

    /// Opens PostgreSQL's store without a thread; its times are the test's.
    func openStore() throws -> PostgreSQLStore {
        try PostgreSQLStore(
            postgresql, quarantine: QuarantineBounds(), destinations: nil, usesServerClock: false,
            dueScan: DueScan(), claimMilliseconds: 60_000, patience: AnswerPatience())
    }

    /// The number that a statement gives, asked beside the journal.
    func number(_ sql: StaticString) throws -> Int? {
        switch kind {
        case .memory: nil
        case .sqlite: try SQLiteConnection(path: path, create: false).number("\(sql)")
        case .postgresql: try PostgreSQLConnection(postgresql).query(sql).integer(0, 0)
        }
    }
}

extension JournalWorld {
    /// Runs statements beside the journal.
    func execute(_ sql: String) throws {
        switch kind {
        case .memory: throw Unlike()
        case .sqlite: try SQLiteConnection(path: path, create: false).execute(sql)
        case .postgresql: try PostgreSQLConnection(postgresql).execute(sql)
        }
    }
}

/// The journal's operations as something to await.
extension OpenJournal {
    func perform(_ operation: JournalOperation) async throws -> JournalResult {
        try await withCheckedThrowingContinuation { done in
            submit(operation) { done.resume(with: $0) }
        }
    }

    func accept(_ acceptance: Acceptance) async throws -> AcceptanceOutcome {
        guard case .accepted(let outcome) = try await perform(.accept(acceptance)) else { throw Unlike() }
        return outcome
    }
    func lease(
        _ limit: Int, now: Int, from destination: String = "d", milliseconds: Int = 60_000
    ) async throws -> Lease {
        let operation = JournalOperation.lease(
            LeaseRequest(
                destination: destination, limits: LeaseLimits(limit), now: .at(now),
                leaseMilliseconds: milliseconds))
        guard case .leased(let lease) = try await perform(operation) else { throw Unlike() }
        return lease
    }
    @discardableResult func finish(
        _ job: LeasedJob, _ outcome: JobOutcome, exchange: Exchange? = nil, now: Int = 0
    ) async throws -> FinishOutcome {
        let report = JobReport(job, outcome, exchange: exchange)
        guard case .finished(let said) = try await perform(.finish(report, now: .at(now))) else {
            throw Unlike()
        }
        return said
    }
    func renew(_ job: LeasedJob, until: Int, now: Int = 0) async throws -> Bool {
        let operation = JournalOperation.renew(HeldJob(job), now: .at(now), leaseMilliseconds: until - now)
        guard case .held(let isHeld) = try await perform(operation) else { throw Unlike() }
        return isHeld
    }
    @discardableResult func advance(_ job: LeasedJob, _ progress: String, now: Int = 0) async throws -> Bool {
        let operation = JournalOperation.advance(HeldJob(job), progress: progress, now: .at(now))
        guard case .held(let isHeld) = try await perform(operation) else { throw Unlike() }
        return isHeld
    }
    func release(_ jobs: [LeasedJob], now: Int = 0) async throws {
        guard case .done = try await perform(.release(jobs.map { HeldJob($0) }, now: .at(now))) else {
            throw Unlike()
        }
    }
    @discardableResult func quarantine(_ capture: QuarantinedRequest) async throws -> QuarantineOutcome {
        guard case .quarantined(let outcome) = try await perform(.quarantine(capture)) else {
            throw Unlike()
        }
        return outcome
    }
    func requests(limit: Int = 10) async throws -> PeopleRequests {
        guard case .requests(let requests) = try await perform(.takeRequests(limit: limit)) else {
            throw Unlike()
        }
        return requests
    }
    func settle(_ settlement: Settlement) async throws {
        guard case .done = try await perform(.settle(settlement)) else { throw Unlike() }
    }
    func probe(now: Int) async throws {
        guard case .done = try await perform(.probe(now: .at(now))) else { throw Unlike() }
    }
    func prune(now: Int, running: Int = 0) async throws -> Int {
        guard
            case .pruned(let count) = try await perform(.prune(Retention(), now: .at(now), running: running))
        else { throw Unlike() }
        return count
    }
    func mend(now: Int) async throws -> [String: Int] {
        guard case .mended(let lanes) = try await perform(.mend(now: .at(now))) else { throw Unlike() }
        return lanes
    }
    func summary() async throws -> StoreSummary {
        guard case .summary(let summary) = try await perform(.summarize) else { throw Unlike() }
        return summary
    }

    /// The one job that is due; it is an error when there are none or more.
    func only(now: Int = 0, from destination: String = "d") async throws -> LeasedJob {
        let jobs = try await lease(10, now: now, from: destination).jobs
        try #require(jobs.count == 1, "\(jobs.map(\.deliveryID))")
        return jobs[0]
    }
}

/// An operation came to the result of another one.
struct Unlike: Error {}

extension WallTime {
    /// Tests count in milliseconds from 0.
    static func at(_ milliseconds: Int) -> WallTime { WallTime(unixMilliseconds: milliseconds) }
}

extension Acceptance {
    static func identity(_ number: Int) -> DeliveryKey {
        DeliveryKey(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: UInt64(number))
    }

    /// A delivery `wh_<number>` that says `action` of a sensor at `site`.
    static func of(
        _ number: Int, _ action: IncidentUpdate.Action = .open, site: String = "s", openedAt: Int? = nil,
        to destinations: [String] = ["d"], receivedAt: Int = 0
    ) throws -> Acceptance {
        let body = Array(
            #"{"event":{"kind":"alarm_opened","site_id":"\#(site)"},"delivery":{"id":"\#(number)"}}"#.utf8)
        let step = TimelineStep(
            action: action, openedAt: openedAt.map(WallTime.at), reference: openedAt.map(WallTime.at),
            eventID: "e\(number)",
            destinations: destinations)
        let event = try Delivery(body: body).event
        return Acceptance(
            identities: [identity(number)], deliveryID: "wh_\(number)", kind: "alarm_opened",
            receivedAt: .at(receivedAt),
            body: body, content: .step(IncidentKey(event, fallback: "x"), step))
    }
}
