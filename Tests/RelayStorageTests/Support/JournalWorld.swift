import AdapterKit
import FoundationEssentials
import OpenSenseWebhooks
import PostgreSQLClient
import PostgreSQLForTests
import RelayCore
import RelayStorage
import SQLiteClient
import Testing

/// A folder that goes with the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory.path + "/relay-tests-\(UInt64.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
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

    init(_ kind: Kind) throws {
        self.kind = kind
        folder = try TemporaryFolder()
        let schema = TestPostgreSQL.schema()
        postgresql = schema.connectionString
        if kind == .postgresql {
            try PostgreSQLConnection(schema.connectionString).execute("CREATE SCHEMA \(schema.name)")
        }
    }

    var path: String { folder.path + "/relay.db" }

    /// Opens the journal; its times are the test's.
    func open(destinations: Set<String>? = nil, now: Int = 0) throws -> any OpenJournal {
        switch kind {
        case .memory: try SQLiteJournal(path: nil, destinations: destinations, now: .at(now))
        case .sqlite: try SQLiteJournal(path: path, destinations: destinations, now: .at(now))
        case .postgresql:
            try PostgreSQLJournal(
                postgresql, destinations: destinations, usesServerClock: false, now: .at(now))
        }
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

/// The journal's calls as something to await.
extension OpenJournal {
    func accept(_ acceptance: Acceptance) async throws -> AcceptanceOutcome {
        try await withCheckedThrowingContinuation { done in accept(acceptance) { done.resume(with: $0) } }
    }
    func lease(_ limit: Int, now: Int, from destination: String = "d") async throws -> Lease {
        try await withCheckedThrowingContinuation { done in
            lease(destination: destination, limit: limit, now: .at(now), leaseMilliseconds: 60_000) {
                done.resume(with: $0)
            }
        }
    }
    @discardableResult func finish(
        _ job: LeasedJob, _ outcome: JobOutcome, exchange: Exchange? = nil, now: Int = 0
    ) async throws -> FinishOutcome {
        try await withCheckedThrowingContinuation { done in
            finish(JobReport(job, outcome, exchange: exchange), now: .at(now)) { done.resume(with: $0) }
        }
    }
    func renew(_ job: LeasedJob, until: Int) async throws -> Bool {
        try await withCheckedThrowingContinuation { done in
            renew(job: job.id, lease: job.lease, now: .at(0), leaseMilliseconds: until) {
                done.resume(with: $0)
            }
        }
    }
    func quarantine(_ capture: QuarantinedRequest) async throws -> QuarantineOutcome {
        try await withCheckedThrowingContinuation { done in quarantine(capture) { done.resume(with: $0) } }
    }
    func probe(now: Int) async throws {
        try await withCheckedThrowingContinuation { done in probe(now: .at(now)) { done.resume(with: $0) } }
    }
    func prune(now: Int, running: Int = 0) async throws -> Int {
        try await withCheckedThrowingContinuation { done in
            prune(Retention(), now: .at(now), running: running) { done.resume(with: $0) }
        }
    }
    func summary() async throws -> StoreSummary {
        try await withCheckedThrowingContinuation { done in summary { done.resume(with: $0) } }
    }

    /// The one job that is due; it is an error when there are none or more.
    func only(now: Int = 0, from destination: String = "d") async throws -> LeasedJob {
        let jobs = try await lease(10, now: now, from: destination).jobs
        try #require(jobs.count == 1, "\(jobs.map(\.deliveryID))")
        return jobs[0]
    }
}

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
