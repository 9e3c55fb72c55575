import AdapterKit
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// What every journal owes the relay, over all three.
@Suite struct `Journal` {
    typealias Kind = JournalWorld.Kind

    @Test(arguments: Kind.available) func `accepts a delivery once`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        #expect(
            try await journal.accept(.of(1)) == .accepted(sequence: 1, verdict: .planned, due: ["d"]))
        #expect(try await journal.accept(.of(1)) == .duplicate(sequence: 1))
        let lease = try await journal.lease(10, now: 0)
        #expect(lease.jobs.map(\.deliveryID) == ["wh_1"])
        #expect(try lease.jobs.first?.body == Acceptance.of(1).body)
    }

    @Test(arguments: Kind.available) func `either of two identities makes a duplicate`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        var first = try Acceptance.of(1)
        first.identities = [Acceptance.identity(1), Acceptance.identity(2)]
        _ = try await journal.accept(first)
        #expect(try await journal.accept(.of(1)) == .duplicate(sequence: 1))
        #expect(try await journal.accept(.of(2)) == .duplicate(sequence: 1))
    }

    @Test(arguments: Kind.available) func `of many at once exactly one is fresh`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        for round in 0..<50 {
            let fresh = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        if case .accepted = try await journal.accept(.of(round)) {
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

    @Test(arguments: Kind.available) func `a lease that runs out can be taken over`(_ kind: Kind) async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1))
        _ = try await journal.lease(10, now: 0)
        #expect(try await journal.lease(10, now: 59_999).jobs.isEmpty)
        #expect(try await journal.lease(10, now: 60_000).jobs.count == 1)
    }

    @Test(arguments: Kind.available)
    func `a lane gives one job at a time, in order of acceptance, and others go on`(_ kind: Kind) async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, .open, openedAt: 10))
        _ = try await journal.accept(.of(2, .acknowledge, openedAt: 10))
        _ = try await journal.accept(.of(3, .open, site: "other"))
        let first = try await journal.lease(10, now: 0).jobs
        #expect(first.map(\.deliveryID) == ["wh_1", "wh_3"])
        try await journal.finish(#require(first.first), .retry(afterMilliseconds: 500, reason: "r"))
        #expect(try await journal.lease(10, now: 499).jobs.isEmpty)
        let again = try await journal.lease(10, now: 500).jobs
        #expect(again.map(\.deliveryID) == ["wh_1"])
        #expect(again.map(\.attempts) == [1])
        try await journal.finish(#require(again.first), .delivered(episodeState: "c"), now: 600)
        let second = try await journal.lease(10, now: 600).jobs
        #expect(second.map(\.deliveryID) == ["wh_2"])
        #expect(second.map(\.episodeState) == ["c"])
    }

    @Test(arguments: Kind.available)
    func `a dead letter stays for a person, and what follows in its lane goes on`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, .open, openedAt: 10))
        _ = try await journal.accept(.of(2, .resolve, openedAt: 20))
        let job = try #require(await journal.lease(10, now: 0).jobs.first)
        try await journal.finish(job, .dead(.init(reason: "400")))
        let next = try await journal.lease(10, now: 0).jobs
        #expect(next.map(\.action) == [.resolve])
        try await journal.finish(#require(next.first), .delivered(episodeState: nil))
        guard
            case .accepted(_, .planned, _, let due) = try await journal.accept(
                .of(3, .open, openedAt: 30))
        else {
            Issue.record("the next alarm was not planned")
            return
        }
        #expect(due == ["d"])
        #expect(try await journal.summary().deadJobs == 1)
    }

    @Test(arguments: Kind.available) func `a clear that no route matches goes where its alarm went`(
        _ kind: Kind
    ) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, .open, openedAt: 10))
        #expect(
            try await journal.accept(.of(2, .resolve, openedAt: 20, to: []))
                == .accepted(sequence: 2, verdict: .planned, due: []))
        #expect(
            try await journal.accept(.of(3, .resolve, site: "unknown", openedAt: 20, to: []))
                == .accepted(sequence: 3, verdict: .unrouted, due: []))
    }

    @Test(arguments: Kind.lasting)
    func `work for a destination that is gone waits for it, and so does the end of its alarms`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        var journal = try world.open()
        _ = try await journal.accept(.of(1, .open, openedAt: 10, to: ["old"]))
        journal.close()
        journal = try world.open(destinations: ["new"], now: 0)
        #expect(journal.removedDestinations == ["old"])
        #expect(
            try await journal.accept(.of(2, .resolve, openedAt: 20, to: ["new"]))
                == .accepted(sequence: 2, verdict: .planned, due: []))
        #expect(try await journal.lease(10, now: 0, from: "new").jobs.isEmpty)
        journal.close()
        journal = try world.open(destinations: ["old"], now: 0)
        defer { journal.close() }
        let summary = try await journal.summary()
        #expect((summary.deadJobs, summary.pendingJobs) == (0, 2))
        for expected in [IncidentUpdate.Action.open, .resolve] {
            let job = try await journal.only(from: "old")
            #expect(job.action == expected)
            try await journal.finish(job, .delivered(episodeState: nil))
        }
    }

    @Test(arguments: Kind.lasting)
    func `what waits in a lane does not age, and the clock set back holds nothing up`(_ kind: Kind)
        async throws
    {
        let day = 86_400_000
        let world = try JournalWorld(kind)
        var journal = try world.open()
        _ = try await journal.accept(.of(1, .open, openedAt: 10))
        let job = try #require(await journal.lease(1, now: 2 * day).jobs.first)
        #expect(job.triedMilliseconds == 0)
        try await journal.finish(job, .retry(afterMilliseconds: day, reason: "r"), now: 2 * day)
        journal.close()
        journal = try world.open(now: day)
        defer { journal.close() }
        #expect(try await journal.lease(1, now: day).jobs.map(\.triedMilliseconds) == [0])
    }

    @Test(arguments: Kind.available) func `superseded and repeated events make no job`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, .resolve, openedAt: 10))
        #expect(
            try await journal.accept(.of(2, .open, openedAt: 10))
                == .accepted(sequence: 2, verdict: .superseded, reason: "cleared-since", due: []))
        _ = try await journal.accept(.of(3, .open, openedAt: 20))
        #expect(
            try await journal.accept(.of(4, .open, openedAt: 20))
                == .accepted(sequence: 4, verdict: .repeated, due: []))
        #expect(try await journal.summary().pendingJobs == 2)
    }

    @Test(arguments: Kind.available) func `every destination has a separate lane`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, to: ["a", "b"]))
        #expect(try await journal.lease(10, now: 0, from: "a").jobs.count == 1)
        #expect(try await journal.lease(10, now: 0, from: "b").jobs.count == 1)
        #expect(try await journal.lease(10, now: 0, from: "c").jobs.isEmpty)
    }

    @Test(arguments: Kind.available) func `a closed journal says so`(_ kind: Kind) async throws {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        journal.close()
        await #expect { try await journal.accept(.of(1)) } throws: {
            ($0 as? StoreError)?.kind == .closed
        }
    }

    @Test(arguments: Kind.available) func `the quarantine takes 60 a minute and 1,000 in all`(_ kind: Kind)
        async throws
    {
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        var kept = 0
        for minute in 0..<20 {
            for _ in 0..<70 {
                let capture = QuarantinedRequest(
                    receivedAt: .at(minute * 60_000), path: "/opensense", code: "c", header: "h", body: [])
                if try await journal.quarantine(capture) == .kept { kept += 1 }
            }
            #expect(kept == min((minute + 1) * 60, 1_000))
        }
        #expect(try await journal.summary().quarantined == 1_000)
    }

    @Test(arguments: Kind.available)
    func `pruning forgets the ledger after a day, history after 30, and never what waits`(_ kind: Kind)
        async throws
    {
        let day = 86_400_000
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, site: "first"))
        _ = try await journal.accept(.of(2, site: "waiting"))
        let jobs = try await journal.lease(10, now: 0).jobs
        try await journal.finish(#require(jobs.first), .delivered(episodeState: nil))
        #expect(try await journal.prune(now: 0) == 0)
        #expect(try await journal.prune(now: day, running: day) == 0)
        #expect(try await journal.accept(.of(1, site: "first")) == .duplicate(sequence: 1))
        while try await journal.prune(now: day + 1) > 0 {}
        #expect(
            try await journal.accept(.of(1, site: "new", receivedAt: 2 * day))
                != .duplicate(sequence: 1))
        #expect(try await journal.prune(now: 30 * day + 1, running: 29 * day) > 0)
        while try await journal.prune(now: 30 * day + 1) > 0 {}
        let summary = try await journal.summary()
        #expect((summary.deliveries, summary.deliveredJobs, summary.pendingJobs) == (3, 1, 2))
    }

    /// The operations of one batch take effect one after the other, also where all is read first.
    @Test(arguments: Kind.available)
    func `opens an incident anew that the same batch has forgotten`(_ kind: Kind) async throws {
        let day = 86_400_000
        let world = try JournalWorld(kind)
        let journal = try world.open()
        defer { journal.close() }
        _ = try await journal.accept(.of(1, .resolve, openedAt: 10))
        try await journal.finish(journal.only(), .delivered(episodeState: nil))
        _ = try await journal.prune(now: 0)
        _ = try await journal.prune(now: 40 * day, running: 40 * day)
        // The first keeps the thread at work, so that the others share a batch.
        journal.submit(.probe(now: .at(80 * day))) { _ in }
        journal.submit(.prune(Retention(), now: .at(80 * day), running: 40 * day)) { _ in }
        _ = try await journal.accept(.of(1, .open, openedAt: 20, receivedAt: 80 * day))
        let job = try await journal.only(now: 80 * day)
        #expect(try job.incident == IncidentKey(Delivery(body: job.body).event, fallback: "x").text)
    }
}
