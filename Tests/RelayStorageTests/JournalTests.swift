import AdapterKit
import FoundationEssentials
import OpenSenseWebhooks
import RelayCore
import RelayStorage
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

/// The journal's calls as something to await.
extension SQLiteJournal {
    func accept(_ acceptance: Acceptance) async throws -> AcceptanceOutcome {
        try await withCheckedThrowingContinuation { done in accept(acceptance) { done.resume(with: $0) } }
    }
    func lease(_ limit: Int, now: Int, from destination: String = "d") async throws -> Lease {
        try await withCheckedThrowingContinuation { done in
            lease(destination: destination, limit: limit, now: now, leaseUntil: now + 60_000) {
                done.resume(with: $0)
            }
        }
    }
    @discardableResult func finish(
        _ job: LeasedJob, _ outcome: JobOutcome, now: Int = 0
    ) async throws -> FinishOutcome {
        try await withCheckedThrowingContinuation { done in
            finish(JobReport(job, outcome), now: now) { done.resume(with: $0) }
        }
    }
    func quarantine(_ capture: QuarantinedRequest) async throws -> QuarantineOutcome {
        try await withCheckedThrowingContinuation { done in quarantine(capture) { done.resume(with: $0) } }
    }
    func prune(now: Int) async throws -> Int {
        try await withCheckedThrowingContinuation { done in
            prune(Retention(), now: now) { done.resume(with: $0) }
        }
    }
    func summary() async throws -> StoreSummary {
        try await withCheckedThrowingContinuation { done in summary { done.resume(with: $0) } }
    }
}

@Suite struct `Journal` {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/relay.db"
    }

    func identity(_ number: Int) -> DeliveryKey {
        DeliveryKey(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: UInt64(number))
    }

    func acceptance(
        _ number: Int, _ action: IncidentUpdate.Action = .open, site: String = "s", openedAt: Int? = nil,
        to destinations: [String] = ["d"], receivedAt: Int = 0
    ) throws -> Acceptance {
        let body = Array(
            #"{"event":{"kind":"alarm_opened","site_id":"\#(site)"},"delivery":{"id":"\#(number)"}}"#.utf8)
        let step = TimelineStep(
            action: action, openedAt: openedAt, reference: openedAt, eventID: "e\(number)",
            destinations: destinations)
        let event = try Delivery(body: body).event
        return Acceptance(
            identities: [identity(number)], deliveryID: "wh_\(number)", kind: "alarm_opened",
            receivedAt: receivedAt,
            body: body, content: .step(IncidentKey(event, fallback: "x"), step))
    }

    @Test(arguments: [true, false]) func `accepts a delivery once`(inMemory: Bool) async throws {
        let journal = try SQLiteJournal(path: inMemory ? nil : path, now: 0)
        defer { journal.close() }
        #expect(
            try await journal.accept(acceptance(1)) == .accepted(sequence: 1, verdict: .planned, due: ["d"]))
        #expect(try await journal.accept(acceptance(1)) == .duplicate(sequence: 1))
        let lease = try await journal.lease(10, now: 0)
        #expect(lease.jobs.map(\.deliveryID) == ["wh_1"])
        #expect(try lease.jobs.first?.body == acceptance(1).body)
    }

    @Test func `either of two identities makes a duplicate`() async throws {
        let journal = try SQLiteJournal(path: path, now: 0)
        defer { journal.close() }
        var first = try acceptance(1)
        first.identities = [identity(1), identity(2)]
        _ = try await journal.accept(first)
        #expect(try await journal.accept(acceptance(1)) == .duplicate(sequence: 1))
        #expect(try await journal.accept(acceptance(2)) == .duplicate(sequence: 1))
    }

    @Test func `of many at once exactly one is fresh`() async throws {
        let journal = try SQLiteJournal(path: path, now: 0)
        defer { journal.close() }
        for round in 0..<50 {
            let fresh = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        if case .accepted = try await journal.accept(acceptance(round)) {
                            true
                        } else {
                            false
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(fresh == 1)
        }
    }

    @Test func `what was accepted is there after a restart, and jobs on their way are due again`()
        async throws
    {
        var journal = try SQLiteJournal(path: path, now: 0)
        _ = try await journal.accept(acceptance(1))
        _ = try await journal.lease(10, now: 0)
        #expect(try await journal.lease(10, now: 0).jobs.isEmpty)
        journal.close()
        journal = try SQLiteJournal(path: path, now: 5)
        defer { journal.close() }
        #expect(try await journal.accept(acceptance(1)) == .duplicate(sequence: 1))
        #expect(try await journal.lease(10, now: 5).jobs.count == 1)
    }

    @Test func `a lease that runs out can be taken over`() async throws {
        let journal = try SQLiteJournal(path: path, now: 0)
        defer { journal.close() }
        _ = try await journal.accept(acceptance(1))
        _ = try await journal.lease(10, now: 0)
        #expect(try await journal.lease(10, now: 59_999).jobs.isEmpty)
        #expect(try await journal.lease(10, now: 60_000).jobs.count == 1)
    }

    @Test func `a lane gives one job at a time, in order of acceptance, and others go on`() async throws {
        let journal = try SQLiteJournal(path: path, now: 0)
        defer { journal.close() }
        _ = try await journal.accept(acceptance(1, .open, openedAt: 10))
        _ = try await journal.accept(acceptance(2, .acknowledge, openedAt: 10))
        _ = try await journal.accept(acceptance(3, .open, site: "other"))
        let first = try await journal.lease(10, now: 0).jobs
        #expect(first.map(\.deliveryID) == ["wh_1", "wh_3"])
        try await journal.finish(#require(first.first), .retry(at: 500, reason: "r"))
        #expect(try await journal.lease(10, now: 499).jobs.isEmpty)
        let again = try await journal.lease(10, now: 500).jobs
        #expect(again.map(\.deliveryID) == ["wh_1"])
        #expect(again.map(\.attempts) == [1])
        try await journal.finish(#require(again.first), .delivered(correlation: "c"), now: 600)
        let second = try await journal.lease(10, now: 600).jobs
        #expect(second.map(\.deliveryID) == ["wh_2"])
        #expect(second.map(\.correlation) == ["c"])
    }

    @Test func `a dead letter stays for a person, and what follows in its lane goes on`() async throws {
        let journal = try SQLiteJournal(path: path, now: 0)
        defer { journal.close() }
        _ = try await journal.accept(acceptance(1, .open, openedAt: 10))
        _ = try await journal.accept(acceptance(2, .resolve, openedAt: 20))
        let job = try #require(await journal.lease(10, now: 0).jobs.first)
        try await journal.finish(job, .dead(.init(reason: "400")))
        let next = try await journal.lease(10, now: 0).jobs
        #expect(next.map(\.action) == [.resolve])
        try await journal.finish(#require(next.first), .delivered(correlation: nil))
        guard
            case .accepted(_, .planned, _, let due) = try await journal.accept(
                acceptance(3, .open, openedAt: 30))
        else {
            Issue.record("the next alarm was not planned")
            return
        }
        #expect(due == ["d"])
        #expect(try await journal.summary().deadJobs == 1)
    }

    @Test func `a clear that no route matches goes where its alarm went`() async throws {
        let journal = try SQLiteJournal(path: path, now: 0)
        defer { journal.close() }
        _ = try await journal.accept(acceptance(1, .open, openedAt: 10))
        #expect(
            try await journal.accept(acceptance(2, .resolve, openedAt: 20, to: []))
                == .accepted(sequence: 2, verdict: .planned, due: []))
        #expect(
            try await journal.accept(acceptance(3, .resolve, site: "unknown", openedAt: 20, to: []))
                == .accepted(sequence: 3, verdict: .unrouted, due: []))
    }

    @Test func `a destination that is gone leaves dead letters, and its alarms clear at the others`()
        async throws
    {
        var journal = try SQLiteJournal(path: path, now: 0)
        _ = try await journal.accept(acceptance(1, .open, openedAt: 10, to: ["old"]))
        journal.close()
        journal = try SQLiteJournal(path: path, destinations: ["new"], now: 0)
        defer { journal.close() }
        #expect(journal.goneDestinations == ["old"])
        #expect(try await journal.summary().deadJobs == 1)
        #expect(
            try await journal.accept(acceptance(2, .resolve, openedAt: 20, to: ["new"]))
                == .accepted(sequence: 2, verdict: .planned, due: ["new"]))
    }

    @Test func `what waits in a lane does not age, and the clock set back holds nothing up`() async throws {
        let day = 86_400_000
        var journal = try SQLiteJournal(path: path, now: 0)
        _ = try await journal.accept(acceptance(1, .open, openedAt: 10))
        let job = try #require(await journal.lease(1, now: 2 * day).jobs.first)
        #expect(job.startedAt == 2 * day)
        try await journal.finish(job, .retry(at: 3 * day, reason: "r"))
        journal.close()
        journal = try SQLiteJournal(path: path, now: day)
        defer { journal.close() }
        #expect(try await journal.lease(1, now: day).jobs.map(\.startedAt) == [2 * day])
    }

    @Test func `superseded and repeated events make no job`() async throws {
        let journal = try SQLiteJournal(path: path, now: 0)
        defer { journal.close() }
        _ = try await journal.accept(acceptance(1, .resolve, openedAt: 10))
        #expect(
            try await journal.accept(acceptance(2, .open, openedAt: 10))
                == .accepted(sequence: 2, verdict: .superseded, reason: "cleared-since", due: []))
        _ = try await journal.accept(acceptance(3, .open, openedAt: 20))
        #expect(
            try await journal.accept(acceptance(4, .open, openedAt: 20))
                == .accepted(sequence: 4, verdict: .repeated, due: []))
        #expect(try await journal.summary().pendingJobs == 2)
    }

    @Test func `every destination has a lane of its own`() async throws {
        let journal = try SQLiteJournal(path: path, now: 0)
        defer { journal.close() }
        _ = try await journal.accept(acceptance(1, to: ["a", "b"]))
        #expect(try await journal.lease(10, now: 0, from: "a").jobs.count == 1)
        #expect(try await journal.lease(10, now: 0, from: "b").jobs.count == 1)
        #expect(try await journal.lease(10, now: 0, from: "c").jobs.isEmpty)
    }

    @Test func `the ledger knows every delivery, in memory or in its table, also after restarts`()
        async throws
    {
        let count = 40_000
        var journal = try SQLiteJournal(path: path, now: 0)
        for number in 0..<count {
            var acceptance = try acceptance(number)
            acceptance.content = .record(.unrouted)
            if number % 1_000 == 999 {
                _ = try await journal.accept(acceptance)
            } else {
                journal.accept(acceptance) { _ in }
            }
            if number == 25_000 {
                journal.close()
                journal = try SQLiteJournal(path: path, now: 0)
            }
        }
        journal.close()
        journal = try SQLiteJournal(path: path, now: 0)
        defer { journal.close() }
        for number in stride(from: 0, to: count, by: 7) {
            let outcome = try await journal.accept(acceptance(number))
            guard case .duplicate(let sequence) = outcome, sequence == number + 1 else {
                Issue.record("delivery \(number) was forgotten: \(outcome)")
                return
            }
        }
    }

    @Test func `the ledger holds after everything old has been pruned`() async throws {
        let day = 86_400_000
        var journal = try SQLiteJournal(path: path, now: 0)
        for number in 0..<20_000 {
            var acceptance = try acceptance(number)
            acceptance.content = .record(.unrouted)
            journal.accept(acceptance) { _ in }
        }
        while try await journal.prune(now: 31 * day) > 0 {}
        #expect(try await journal.summary().deliveries == 1)
        _ = try await journal.accept(acceptance(30_000, receivedAt: 31 * day))
        journal.close()
        journal = try SQLiteJournal(path: path, now: 31 * day)
        defer { journal.close() }
        guard case .duplicate = try await journal.accept(acceptance(30_000)) else {
            Issue.record("a delivery was forgotten")
            return
        }
    }

    @Test func `a second relay is kept off the store, until the first has closed it`() throws {
        let first = try SQLiteJournal(path: path, now: 0)
        #expect { try SQLiteJournal(path: path, now: 0) } throws: { ($0 as? StoreError)?.kind == .inUse }
        first.close()
        _ = first
    }

    @Test func `a store of a newer version is refused in words`() throws {
        try SQLiteJournal(path: path, now: 0).close()
        try patch(at: 60, with: [0, 0, 0, 99])  // user_version in SQLite's header
        #expect { try SQLiteJournal(path: path, now: 0) } throws: { error in
            let error = error as? StoreError
            return error?.kind == .newerVersion && error?.description.contains("version 99") == true
        }
    }

    @Test func `a file that is no store is refused in words`() throws {
        try Data(Array("this is not a database, but it is long enough to be taken for one".utf8))
            .write(to: URL(filePath: path))
        #expect { try SQLiteJournal(path: path, now: 0) } throws: { ($0 as? StoreError)?.kind == .damaged }
    }

    @Test func `a folder that is not there is refused in words`() {
        #expect { try SQLiteJournal(path: path + "/no/such/folder", now: 0) } throws: {
            ($0 as? StoreError)?.kind == .unwritable
        }
    }

    @Test func `a closed journal says so`() async throws {
        let journal = try SQLiteJournal(path: path, now: 0)
        journal.close()
        await #expect { try await journal.accept(acceptance(1)) } throws: {
            ($0 as? StoreError)?.kind == .closed
        }
    }

    @Test func `the quarantine takes 60 a minute and 1,000 in all`() async throws {
        let journal = try SQLiteJournal(path: path, now: 0)
        defer { journal.close() }
        var kept = 0
        for minute in 0..<20 {
            for _ in 0..<70 {
                let capture = QuarantinedRequest(
                    receivedAt: minute * 60_000, path: "/opensense", code: "c", header: "h", body: [])
                if try await journal.quarantine(capture) == .kept { kept += 1 }
            }
            #expect(kept == min((minute + 1) * 60, 1_000))
        }
        #expect(try await journal.summary().quarantined == 1_000)
    }

    @Test func `pruning forgets the ledger after a day, history after 30, and never what waits`() async throws
    {
        let day = 86_400_000
        let journal = try SQLiteJournal(path: path, now: 0)
        defer { journal.close() }
        _ = try await journal.accept(acceptance(1, site: "delivered"))
        _ = try await journal.accept(acceptance(2, site: "waiting"))
        let jobs = try await journal.lease(10, now: 0).jobs
        try await journal.finish(#require(jobs.first), .delivered(correlation: nil))
        while try await journal.prune(now: day) > 0 {}
        #expect(try await journal.accept(acceptance(1)) == .duplicate(sequence: 1))
        while try await journal.prune(now: day + 1) > 0 {}
        #expect(
            try await journal.accept(acceptance(1, site: "new", receivedAt: 2 * day))
                != .duplicate(sequence: 1))
        while try await journal.prune(now: 30 * day + 1) > 0 {}
        let summary = try await journal.summary()
        #expect((summary.deliveries, summary.deliveredJobs, summary.pendingJobs) == (2, 0, 2))
    }

    private func patch(at offset: Int, with bytes: [UInt8]) throws {
        var data = try Data(contentsOf: URL(filePath: path))
        for (index, byte) in bytes.enumerated() { data[offset + index] = byte }
        try data.write(to: URL(filePath: path))
    }
}
