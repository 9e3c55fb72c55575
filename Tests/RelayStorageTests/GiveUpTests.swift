import AdapterKit
import Foundation
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// What is kept of a person who gives something up, and which destinations are still some relay's.
@Suite struct `What a person gives up` {
    typealias Kind = JournalWorld.Kind

    @Test(arguments: Kind.lasting) func `has who did so and why before the reason of its last attempt`(
        _ kind: Kind
    ) async throws {
        let world = try DeskWorld(kind)
        let open = try await world.refusedOpen()
        #expect(try world.desk.discardDeadLetter(open, now: .at(5), note: "discarded by a: b") == .done)
        let waits = try #require(try world.desk.delivery("wh_2")).jobs[0].number
        #expect(try world.desk.discardJob(waits, now: .at(5), note: "discarded by c") == .done)
        let last = try #require(try world.desk.delivery("wh_3")).jobs[0].number
        #expect(try world.desk.discardJob(last, now: .at(5)) == .done)
        let reasons = try ["wh_1", "wh_2", "wh_3"].map { try world.desk.delivery($0)?.jobs[0].reason }
        #expect(reasons == ["discarded by a: b; before: status 400: no", "discarded by c", nil])
    }

    @Test(arguments: Kind.lasting) func `says so where it was a delivery that was not understood, too`(
        _ kind: Kind
    ) async throws {
        let world = try DeskWorld(kind)
        _ = try await world.journal.accept(
            Acceptance(
                identities: [DeliveryKey(of: "1")], deliveryID: "wh_1", kind: "", receivedAt: .at(0),
                body: [],
                content: .deadLetter(code: "no-event")))
        #expect(try world.desk.discardUnread(1, note: "discarded by a") == .done)
        #expect(try world.desk.delivery("wh_1")?.reason == "discarded by a; before: no-event")
    }

    @Test(arguments: Kind.lasting) func `shows how often it was tried in all once it is tried again`(
        _ kind: Kind
    ) async throws {
        let world = try DeskWorld(kind)
        let open = try await world.refusedOpen()
        #expect(try world.desk.retryDeadLetter(open) == .done)
        let waits = try #require(try world.desk.delivery("wh_1")).jobs[0]
        #expect((waits.attempts, waits.attemptsInAll) == (0, 1))
        try await world.finish(
            try #require(try await world.lease().first), .dead(.init(reason: "400")),
            exchange: Exchange(request: "POST /", answer: "400"))
        let letter = try #require(try world.desk.deadLetter(open))
        #expect((letter.attempts, letter.attemptsInAll) == (1, 2))
    }

    /// The wall clock: PostgreSQL goes by its server's, and a busy machine takes its time from step to step.
    private static var now: Int { Int(Date().timeIntervalSince1970 * 1_000) }

    @Test(arguments: Kind.lasting) func `is a destination of no relay while what waits there is overdue`(
        _ kind: Kind
    ) async throws {
        let world = try DeskWorld(kind)
        let exchange = Exchange(request: "POST /", answer: "503")
        try await world.accept(1, .open, at: 10, alarm: 10)
        #expect(try !world.desk.isServed("d", now: .at(Self.now)))
        let rows: [(ago: Int, retryAfter: Int, served: Bool)] = [
            (2 * StoreDesk.servedMilliseconds, 0, false), (1_000, 0, true), (0, 3_600_000, true),
        ]
        for row in rows {
            let at = Self.now - row.ago
            let job = try await world.journal.only(now: at)
            let outcome = JobOutcome.retry(afterMilliseconds: row.retryAfter, reason: "503")
            try await world.journal.finish(job, outcome, exchange: exchange, now: at)
            #expect(try world.desk.isServed("d", now: .at(Self.now)) == row.served, "\(row)")
        }
        #expect(try !world.desk.isServed("other", now: .at(Self.now)))
    }

    @Test(arguments: Kind.lasting) func `is no destination that a relay is at work for, or was just now`(
        _ kind: Kind
    ) async throws {
        let world = try DeskWorld(kind)
        func isServed() throws -> Bool { try world.desk.isServed("d", now: .at(Self.now)) }
        for (number, ago, isOne) in [(1, 2 * StoreDesk.servedMilliseconds, false), (2, 1_000, true)] {
            try await world.accept(number, .open, at: number, alarm: number)
            let at = Self.now - ago
            let job = try await world.journal.only(now: at)
            #expect(try isServed() == isOne, "at work")
            try await world.journal.finish(job, .delivered(episodeState: nil), now: at)
            #expect(try isServed() == isOne, "done")
        }
    }
}
