import OpenSenseWebhooks
import PostgreSQLForTests
import RelayCore
import RelayStorage
import Testing

/// Where a look for due jobs begins.
@Suite struct `A look for due jobs` {
    @Test func `begins at the beginning while that is quick`() {
        var scan = DueScan()
        #expect(scan.start(of: "d", at: .at(0)) == DueScan.beginning)
        scan.note("d", first: .at(5), milliseconds: DueScan.longMilliseconds - 1, at: .at(100_000))
        #expect(scan.start(of: "d", at: .at(100_000)) == DueScan.beginning)
    }

    @Test func `begins where a long one has found the first, until the next long one`() {
        var scan = DueScan()
        scan.note("d", first: .at(5), milliseconds: 2, at: .at(100_000))
        #expect(scan.start(of: "d", at: .at(100_001)) == .at(5))
        #expect(scan.start(of: "e", at: .at(100_001)) == DueScan.beginning)
        #expect(scan.start(of: "d", at: .at(110_000)) == DueScan.beginning)
        scan.note("d", first: .at(109_999), milliseconds: 300, at: .at(110_000))
        // What was decided before and committed later is found all the same.
        #expect(scan.start(of: "d", at: .at(139_999)) == .at(90_000))
        #expect(scan.start(of: "d", at: .at(140_000)) == DueScan.beginning)
    }

    @Test func `begins at the beginning when the clock has gone back before it`() {
        var scan = DueScan()
        scan.note("d", first: nil, milliseconds: 5, at: .at(100_000))
        #expect(scan.start(of: "d", at: .at(79_999)) == DueScan.beginning)
    }

    @Test(.enabled(if: TestPostgreSQL.server != nil))
    func `finds from a place on what was committed since, and in time what is due by an older time`()
        async throws
    {
        let world = try JournalWorld(.postgresql)
        let journal = try PostgreSQLJournal(
            world.postgresql, usesServerClock: false, dueScan: DueScan(longMilliseconds: 0), now: .at(0))
        defer { journal.close() }
        func leased(at now: Int) async throws -> [String] {
            try await journal.lease(10, now: now).jobs.map(\.deliveryID)
        }
        func accept(_ number: Int, at now: Int) async throws {
            var acceptance = try Acceptance.of(number, site: "s\(number)")
            (acceptance.receivedAt, acceptance.deliveryID) = (.at(now), "wh_\(number)")
            _ = try await journal.accept(acceptance)
        }
        #expect(try await leased(at: 100_000).isEmpty)
        try await accept(1, at: 85_000)
        try await accept(2, at: 101_000)
        try await accept(3, at: 70_000)
        #expect(try await leased(at: 102_000) == ["wh_1", "wh_2"])
        #expect(try await leased(at: 109_998).isEmpty)
        // What a person has tried again is taken up at once.
        try await accept(4, at: 70_000)
        let job = try #require(try StoreDesk(postgreSQL: world.postgresql).delivery("wh_4")?.jobs.first)
        #expect(try await leased(at: 109_998).isEmpty)
        #expect(try StoreDesk(postgreSQL: world.postgresql).retryJob(job.number, now: .at(0)) == .done)
        #expect(try await leased(at: 109_999) == ["wh_4", "wh_3"])
    }
}
