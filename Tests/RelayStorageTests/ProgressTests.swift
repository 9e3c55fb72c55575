import AdapterKit
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// What is kept of a job between two attempts, and of an incident between two updates: over all journals.
@Suite struct `What an adapter keeps` {
    typealias Kind = JournalWorld.Kind

    @Test(arguments: Kind.available)
    func `is there at the next attempt, while a retry is to come and after a crash`(_ kind: Kind) async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1))
        let first = try await journal.only()
        #expect(first.progress == nil)
        #expect(try await journal.advance(first, "one"))
        #expect(try await journal.advance(first, "two"))
        try await journal.finish(first, .retry(afterMilliseconds: 0, reason: "503"))
        let second = try await journal.only()
        #expect(second.progress == "two")
        // Its relay is gone, and the lease runs out.
        let third = try await journal.only(now: 60_000)
        #expect((third.progress, third.lease) == ("two", 3))
        #expect(try await journal.advance(second, "late", now: 60_000) == false)
        try await journal.release([third], now: 60_000)
        #expect(try await journal.advance(third, "late", now: 60_000) == false)
        #expect(try await journal.only(now: 60_000).progress == "two")
    }

    @Test(arguments: Kind.available) func `is taken with the outcome that is reported behind it at once`(
        _ kind: Kind
    ) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1))
        let job = try await journal.only()
        async let advanced = journal.advance(job, "p")
        async let finished = journal.finish(job, .retry(afterMilliseconds: 0, reason: "r"))
        _ = try await (advanced, finished)
        // In whichever order they came.
        #expect(try await journal.only().progress == (try await advanced ? "p" : nil))
    }

    @Test(arguments: Kind.lasting, [JobOutcome.delivered(episodeState: nil), .dead(.init(reason: "400"))])
    func `for an attempt is gone when the job is over`(_ kind: Kind, _ outcome: JobOutcome) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1))
        let job = try await journal.only()
        try await journal.advance(job, "p")
        try await journal.finish(job, outcome)
        #expect(try world.number("SELECT count(*) FROM jobs WHERE progress IS NULL") == 1)
        #expect(try await journal.advance(job, "late") == false)
    }

    @Test(arguments: Kind.available)
    func `for an incident is there until its resolve is delivered, and for no other destination`(
        _ kind: Kind
    ) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, .open, openedAt: 10, to: ["d", "e"]))
        try await journal.finish(journal.only(), .delivered(episodeState: "at d"))
        try await journal.finish(journal.only(from: "e"), .delivered(episodeState: "at e"))
        _ = try await journal.accept(.of(2, .resolve, openedAt: 20))
        let resolve = try await journal.only()
        #expect(resolve.episodeState == "at d")
        try await journal.finish(resolve, .retry(afterMilliseconds: 0, reason: "503"))
        let again = try await journal.only()
        #expect(again.episodeState == "at d")
        // What comes with the resolve is of an episode that is over.
        try await journal.finish(again, .delivered(episodeState: "late"))
        _ = try await journal.accept(.of(3, .open, openedAt: 30))
        #expect(try await journal.only().episodeState == nil)
        #expect(try await journal.only(from: "e").episodeState == "at e")
    }

    /// A resolve that was refused leaves it to a person who has that tried again, until the next alarm.
    @Test(arguments: Kind.available) func `for an incident is gone with the next alarm at the latest`(
        _ kind: Kind
    ) async throws {
        let journal = try JournalWorld(kind).open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, .open, openedAt: 10))
        try await journal.finish(journal.only(), .delivered(episodeState: "of alarm 1"))
        _ = try await journal.accept(.of(2, .resolve, openedAt: 20))
        try await journal.finish(journal.only(), .dead(.init(reason: "400")))
        _ = try await journal.accept(.of(3, .open, openedAt: 30))
        try await journal.finish(journal.only(), .delivered(episodeState: nil))
        _ = try await journal.accept(.of(4, .resolve, openedAt: 40))
        #expect(try await journal.only().episodeState == nil)
    }
}

/// Leases that are given back: over all journals.
@Suite struct `A released job` {
    typealias Kind = JournalWorld.Kind

    @Test(arguments: Kind.available) func `is due at once, and was not tried`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        for number in 0..<3 { _ = try await journal.accept(.of(number, site: "s\(number)")) }
        let jobs = try await journal.lease(10, now: 0).jobs
        #expect(jobs.count == 3)
        try await journal.release(Array(jobs.prefix(2)), now: 5)
        let again = try await journal.lease(10, now: 5)
        #expect(Set(again.jobs.map(\.id)) == Set(jobs.prefix(2).map(\.id)))
        #expect(again.jobs.allSatisfy { $0.attempts == 0 && $0.lease == 2 })
        #expect(again.nextDueInMilliseconds == 59_995)
    }

    @Test(arguments: Kind.available) func `is left to who has it now, or to the end it has come to`(
        _ kind: Kind
    ) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1))
        let late = try await journal.only()
        let taker = try await journal.only(now: 60_000)
        try await journal.release([late], now: 60_000)
        #expect(try await journal.lease(10, now: 60_000).jobs.isEmpty)
        #expect(try await journal.finish(taker, .delivered(episodeState: nil), now: 60_000) == .recorded)
        try await journal.release([taker], now: 60_000)
        #expect(try await journal.lease(10, now: 60_000).jobs.isEmpty)
        #expect(try await journal.summary().deliveredJobs == 1)
    }

    @Test(arguments: Kind.available) func `keeps its place in front of what waits behind it`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, .open, openedAt: 10))
        _ = try await journal.accept(.of(2, .resolve, openedAt: 20))
        try await journal.release([journal.only()])
        let open = try await journal.only()
        #expect(open.deliveryID == "wh_1")
        try await journal.finish(open, .delivered(episodeState: nil))
        #expect(try await journal.only().deliveryID == "wh_2")
    }

    @Test(.enabled(if: Kind.available.contains(.postgresql), "make test starts a server"))
    func `is taken by another relay`() async throws {
        let world = try JournalWorld(.postgresql)
        let (leaving, staying) = (try world.open(), try world.open())
        defer { staying.close() }
        _ = try await leaving.accept(.of(1))
        let job = try await leaving.only()
        #expect(try await staying.lease(1, now: 0).jobs.isEmpty)
        try await leaving.release([job])
        leaving.close()
        #expect(try await staying.only().lease == 2)
    }

    @Test(arguments: Kind.available) func `is given back until a time, and that is no attempt`(_ kind: Kind)
        async throws
    {
        let journal = try JournalWorld(kind).open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1))
        let job = try await journal.only()
        let later = JournalOperation.release([HeldJob(job)], now: .at(0), afterMilliseconds: 5_000)
        _ = try await journal.perform(later)
        let before = try await journal.lease(10, now: 4_999)
        #expect(before.jobs.isEmpty && before.nextDueInMilliseconds == 1)
        #expect(try await journal.only(now: 5_000).attempts == 0)
    }
}
