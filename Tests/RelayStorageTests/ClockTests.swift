import AdapterKit
import RelayCore
import RelayStorage
import Testing

/// What clocks that are wrong, or set right, do to what waits and to what is kept.
@Suite struct `A clock that is set` {
    typealias Kind = JournalWorld.Kind
    static let hour = 3_600_000
    static let day = 24 * hour

    @Test(arguments: Kind.lasting)
    func `back between two lives of the relay makes nothing wait for the time it had`(_ kind: Kind)
        async throws
    {
        let ahead = 110 * 60_000
        let world = try JournalWorld(kind)
        var journal = try world.open(now: ahead)
        _ = try await journal.accept(.of(1, receivedAt: ahead))
        _ = try await journal.accept(.of(2, site: "s2", receivedAt: ahead))
        let job = try #require(await journal.lease(1, now: ahead).jobs.first)
        try await journal.finish(job, .retry(afterMilliseconds: 60_000, reason: "r"), now: ahead)
        journal.close()
        journal = try world.open(now: 0)
        defer { journal.close() }
        #expect(try await journal.lease(10, now: 0).jobs.count == 2)
    }

    @Test(arguments: Kind.available)
    func `back under a running relay makes what waits due`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open(now: Self.hour)
        defer { journal.close() }
        _ = try await journal.accept(.of(1, receivedAt: Self.hour))
        let job = try await journal.only(now: Self.hour)
        try await journal.finish(job, .retry(afterMilliseconds: 60_000, reason: "r"), now: Self.hour)
        // Operations come from several threads: less than a second is no step.
        #expect(try await journal.lease(1, now: Self.hour - 1_000).jobs.isEmpty)
        #expect(try await journal.lease(1, now: 0).jobs.count == 1)
    }

    @Test(arguments: Kind.available)
    func `forward forgets no delivery id before relays have run for a day`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1))
        #expect(try await journal.prune(now: 0) == 0)
        #expect(try await journal.prune(now: 3 * Self.day, running: 60_000) == 0)
        #expect(try await journal.accept(.of(1)) == .duplicate(sequence: 1))
        #expect(try await journal.prune(now: 40 * Self.day, running: Self.day) > 0)
        #expect(try await journal.accept(.of(1)) != .duplicate(sequence: 1))
    }

    @Test(arguments: Kind.available)
    func `forward gives up no job: it ages by the time that relays have run since its first try`(
        _ kind: Kind
    ) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1))
        var tried: [Int] = []
        for (now, running) in [
            (0, 0), (5_000, 5_000), (3 * Self.day, 60_000), (3 * Self.day + 7_000_000, 7_000_000),
        ] {
            _ = try await journal.prune(now: now, running: running)
            let job = try await journal.only(now: now)
            tried.append(job.triedMilliseconds)
            try await journal.finish(job, .retry(afterMilliseconds: 0, reason: "r"), now: now)
        }
        // An hour's wait for a vendor counts in full, a step of three days as the minute that has passed.
        #expect(tried == [0, 5_000, 65_000, 7_065_000])
    }

    @Test(arguments: Kind.available)
    func `back is noticed also when nothing was leased meanwhile`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        #expect(try await journal.lease(1, now: 0).jobs.isEmpty)
        _ = try await journal.accept(.of(1, receivedAt: 5 * Self.hour))
        #expect(try await journal.lease(1, now: 1_000).jobs.count == 1)
    }

    @Test(arguments: Kind.available)
    func `forward deletes nothing that a person or a late event still needs`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.prune(now: 10)
        _ = try await journal.quarantine(
            QuarantinedRequest(receivedAt: .at(0), path: "/opensense", code: "c", header: "h", body: []))
        _ = try await journal.accept(.of(1, .resolve, openedAt: 10))
        let job = try await journal.only()
        try await journal.finish(job, .delivered(episodeState: nil))
        _ = try await journal.prune(now: 8 * Self.day, running: 60_000)
        #expect(try await journal.summary().quarantined == 1)
        #expect(
            try await journal.accept(.of(2, .open, openedAt: 10))
                == .accepted(sequence: 2, verdict: .superseded, reason: "cleared-since", due: []))
        _ = try await journal.prune(now: 16 * Self.day, running: 8 * Self.day)
        #expect(try await journal.summary().quarantined == 0)
    }

    @Test(arguments: Kind.available)
    func `forward for a while keeps nothing for ever`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, receivedAt: 365 * Self.day))
        _ = try await journal.accept(.of(2, site: "s2"))
        _ = try await journal.prune(now: 0)
        #expect(try await journal.prune(now: 2 * Self.day, running: 2 * Self.day) == 2)
        #expect(try await journal.accept(.of(2, site: "s2")) != .duplicate(sequence: 2))
    }

    @Test(arguments: Kind.lasting) func `is counted as running only while a relay runs`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        var journal = try world.open()
        _ = try await journal.accept(.of(1))
        _ = try await journal.prune(now: 0)
        _ = try await journal.prune(now: Self.day / 2, running: Self.day / 2)
        journal.close()
        journal = try world.open(now: 3 * Self.day)
        defer { journal.close() }
        #expect(try await journal.prune(now: 3 * Self.day) == 0)
        #expect(try await journal.accept(.of(1)) == .duplicate(sequence: 1))
        let later = 3 * Self.day + Self.day / 2
        #expect(try await journal.prune(now: later, running: Self.day / 2) > 0)
    }
}
