import AdapterKit
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// What goes with the history, over the stores that outlive their process.
@Suite struct `Pruning` {
    typealias Kind = JournalWorld.Kind
    static let day = 86_400_000

    private let day = Self.day

    @Test(arguments: Kind.lasting)
    func `a dead letter that is given up after the history passed it goes with all that it caused`(
        _ kind: Kind
    ) async throws {
        let world = try DeskWorld(kind)
        try await world.acceptFinished(1, .open, site: "zz", .dead(.init(reason: "400")))
        try await world.acceptFinished(2, .resolve, site: "zz", .delivered(episodeState: nil))
        var unread = try Acceptance.of(3)
        unread.content = .deadLetter(code: "not-json")
        _ = try await world.journal.accept(unread)
        try await world.acceptFinished(4, .resolve, site: "b", at: 1, .delivered(episodeState: nil))
        try await world.markAccepted()
        try await world.pruneAll(now: 31 * day, running: 31 * day)
        #expect(try world.remaining() == ["wh_1", "wh_3", "wh_4"])
        #expect(try world.desk.delivery("wh_1")?.incident != nil, "its dead letter names it")
        let letter = try #require(try world.desk.deadLetters(limit: 1).first)
        #expect(try world.desk.discardDeadLetter(letter.job, now: .at(31 * day)) == .done)
        #expect(try world.desk.discardUnread(3) == .done)
        try await world.pruneAll(now: 31 * day)
        #expect(try world.remaining() == ["wh_4"])
        #expect(try world.world.number("SELECT count(*) FROM jobs") == 1, "that of the newest delivery")
        #expect(try world.world.number("SELECT count(*) FROM incidents WHERE key LIKE '%zz%'") == 0)
    }

    @Test(arguments: Kind.lasting)
    func `an incident keeps its key as long as a delivery names it, and its timeline for a week`(
        _ kind: Kind
    ) async throws {
        let world = try DeskWorld(kind)
        try await world.acceptFinished(1, .resolve, site: "zz", openedAt: 20, .delivered(episodeState: nil))
        _ = try await world.journal.accept(.of(2, .open, site: "zz", openedAt: 10))
        #expect(try world.desk.delivery("wh_2")?.state == .superseded)
        try await world.acceptFinished(3, .resolve, site: "b", .delivered(episodeState: nil))
        try await world.markAccepted()
        try await world.pruneAll(now: 8 * day, running: 8 * day)
        #expect(try world.desk.delivery("wh_2")?.incident != nil)
        _ = try await world.journal.accept(
            .of(4, .open, site: "zz", openedAt: 10, receivedAt: 8 * day))
        #expect(try world.desk.delivery("wh_4")?.state == .planned, "the clear is forgotten")
    }

    /// Such as one that is repeated each day: it writes nothing to the timeline.
    @Test(arguments: Kind.lasting)
    func `a delivery that changes nothing keeps its incident's row, and not what is known of it`(
        _ kind: Kind
    ) async throws {
        let world = try DeskWorld(kind)
        try await world.acceptFinished(1, .resolve, site: "zz", openedAt: 20, .delivered(episodeState: nil))
        try await world.markAccepted()
        try await world.pruneAll(now: 6 * day, running: 6 * day)
        _ = try await world.journal.accept(
            .of(2, .open, site: "zz", openedAt: 10, receivedAt: 6 * day))
        #expect(try world.desk.delivery("wh_2")?.state == .superseded)
        try await world.acceptFinished(3, .resolve, site: "b", at: 6 * day + 1, .delivered(episodeState: nil))
        try await world.pruneAll(now: 6 * day + 3_600_000, running: 3_600_000)
        try await world.pruneAll(now: 8 * day, running: 2 * day)
        #expect(try world.world.number("SELECT count(*) FROM incidents WHERE newest_clear = 20") == 0)
        try await world.pruneAll(now: 31 * day, running: 23 * day)
        #expect(try world.remaining() == ["wh_2", "wh_3"])
        let key = try #require(try world.desk.delivery("wh_2")?.incident)
        #expect(key.contains("zz"))
        try await world.pruneAll(now: 37 * day, running: 6 * day)
        #expect(try world.remaining() == ["wh_3"])
        #expect(try world.world.number("SELECT count(*) FROM incidents WHERE key LIKE '%zz%'") == 0)
    }

    @Test(arguments: Kind.lasting) func `an incident's id is never given twice`(_ kind: Kind) async throws {
        let world = try DeskWorld(kind)
        try await world.acceptFinished(1, .resolve, site: "zz", .delivered(episodeState: nil))
        try await world.acceptFinished(2, .resolve, site: "b", .delivered(episodeState: nil))
        let newest = try #require(try world.world.number("SELECT max(id) FROM incidents"))
        try await world.acceptFinished(3, .resolve, site: "zz", at: 1, .delivered(episodeState: nil))
        try await world.markAccepted()
        try await world.pruneAll(now: 90 * day, running: 90 * day)
        try await world.acceptFinished(4, .resolve, site: "c", at: 90 * day, .delivered(episodeState: nil))
        let next = try #require(try world.world.number("SELECT max(id) FROM incidents"))
        #expect(next > newest)
        // An older version may have deleted the newest one.
        try world.world.execute("DELETE FROM incidents WHERE id = \(next)")
        try await world.acceptFinished(5, .resolve, site: "d", at: 90 * day, .delivered(episodeState: nil))
        #expect(try #require(try world.world.number("SELECT max(id) FROM incidents")) > next)
    }

    @Test(arguments: Kind.lasting)
    func `what was kept and is done goes 200 at a time, wherever it is`(_ kind: Kind) async throws {
        let world = try DeskWorld(kind)
        let count = 450
        for number in 1...count {
            try await world.acceptFinished(
                number, .open, site: "s\(number)", .dead(.init(reason: "400", holdsLane: false)))
        }
        for number in 1...count {
            try await world.acceptFinished(
                1_000 + number, .resolve, site: "s\(number)", .delivered(episodeState: nil))
        }
        try await world.acceptFinished(2_000, .resolve, site: "last", at: 1, .delivered(episodeState: nil))
        try await world.markAccepted()
        try await world.pruneAll(now: 31 * day, running: 31 * day)
        #expect(try world.world.number("SELECT count(*) FROM deliveries") == count + 1)
        for letter in try world.desk.deadLetters(limit: count).suffix(300) {
            #expect(try world.desk.discardDeadLetter(letter.job, now: .at(31 * day)) == .done)
        }
        var left = count + 1
        for _ in 1...12 {
            _ = try await world.journal.prune(now: 31 * day)
            let now = try #require(try world.world.number("SELECT count(*) FROM deliveries"))
            #expect(left - now <= 200)
            left = now
        }
        #expect(left == count - 300 + 1)
        #expect(try world.world.number("SELECT count(*) FROM incidents") == count - 300 + 1)
    }
}

extension DeskWorld {
    /// Accepts a delivery whose one job ends at once.
    func acceptFinished(
        _ number: Int, _ action: IncidentUpdate.Action, site: String, openedAt: Int? = nil, at time: Int = 0,
        _ outcome: JobOutcome
    ) async throws {
        _ = try await journal.accept(
            .of(number, action, site: site, openedAt: openedAt, receivedAt: time))
        try await journal.finish(journal.only(now: time), outcome, now: time)
    }

    /// Has the store note how long relays have run when what it has was accepted: an hour.
    func markAccepted() async throws { try await pruneAll(now: 3_600_000, running: 3_600_000) }

    /// Prunes until nothing is left to do.
    func pruneAll(now: Int, running: Int = 0) async throws {
        _ = try await journal.prune(now: now, running: running)
        for _ in 1...100 {
            if try await journal.prune(now: now) == 0 { return }
        }
        Issue.record("pruning does not end")
    }

    /// The ids of the deliveries that there are, the oldest first.
    func remaining() throws -> [String] { try desk.deliveries(limit: 100).map(\.deliveryID).reversed() }
}
