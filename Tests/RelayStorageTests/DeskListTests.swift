import AdapterKit
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// What a person finds in a store, and what becomes of what waits there.
@Suite struct `The deliveries of a store` {
    typealias Kind = JournalWorld.Kind

    // MARK: What waits

    @Test(arguments: Kind.lasting) func `gives up what is not sent yet, and lets what waits for it go on`(
        _ kind: Kind
    ) async throws {
        let world = try DeskWorld(kind)
        try await world.accept(1, .open, at: 10, alarm: 10)
        try await world.accept(2, .acknowledge, at: 20, alarm: 10)
        let jobs = try ["wh_1", "wh_2"].map { try #require(try world.desk.delivery($0)).jobs[0].number }
        #expect(try world.desk.retryJob(jobs[0], now: .at(0)) == .done)
        guard case .refused = try world.desk.retryJob(jobs[1], now: .at(0)) else {
            Issue.record("It is tried before what it waits for.")
            return
        }
        #expect(try world.desk.discardJob(jobs[0], now: .at(5)) == .done)
        #expect(try world.desk.delivery("wh_1")?.jobs.map(\.state) == [.discarded])
        #expect(try await world.lease().map(\.action) == [.acknowledge])
    }

    @Test(arguments: Kind.lasting) func `leaves what is being sent or has ended as it is, and says so`(
        _ kind: Kind
    ) async throws {
        let world = try DeskWorld(kind)
        // A lease of the far future, as a server's clock is not the test's.
        try await world.accept(1, .open, at: 10, alarm: 10)
        let far = WallTime(unixMilliseconds: 4_000_000_000_000)
        let job = try #require(try await world.lease(now: far.unixMilliseconds).first)
        for outcome in [
            try world.desk.retryJob(job.id, now: .at(0)), try world.desk.discardJob(job.id, now: .at(0)),
        ] {
            #expect(outcome == .refused("It is being sent at this moment; look again in a minute."))
        }
        try await world.finish(job, .delivered(episodeState: nil))
        for outcome in [
            try world.desk.retryJob(job.id, now: .at(0)), try world.desk.discardJob(job.id, now: .at(0)),
        ] {
            #expect(outcome == .refused("It has ended already: delivered."))
        }
        #expect(try world.desk.retryJob(999_999, now: .at(0)) == .notFound)
    }

    @Test(arguments: Kind.lasting)
    func `opens no incident of an alarm that is over while its clear is a dead letter, too`(_ kind: Kind)
        async throws
    {
        let world = try DeskWorld(kind)
        try await world.accept(1, .open, at: 10, alarm: 10)
        let open = try #require(try await world.lease().first)
        try await world.finish(open, .dead(.init(reason: "400")))
        try await world.accept(2, .resolve, at: 20, alarm: 10)
        let clear = try #require(try await world.lease().first)
        try await world.finish(clear, .dead(.init(reason: "400", holdsLane: true)))
        guard case .refused(let why) = try world.desk.retryDeadLetter(open.id) else {
            Issue.record("It pages, and nothing closes it.")
            return
        }
        #expect(why.contains("alarm is over"))
        #expect(try world.desk.retryDeadLetter(clear.id) == .done)
    }

    @Test(arguments: Kind.lasting) func `keeps the delivery that opened an alarm as long as that lasts`(
        _ kind: Kind
    ) async throws {
        let world = try DeskWorld(kind)
        try await world.accept(1, .open, at: 10, alarm: 10)
        try await world.finish(try #require(try await world.lease().first), .delivered(episodeState: nil))
        _ = try await world.journal.accept(.of(2, site: "other"))
        let day = 86_400_000
        _ = try await world.journal.prune(now: 0)
        while try await world.journal.prune(now: 40 * day, running: 40 * day) > 0 {}
        while try await world.journal.prune(now: 80 * day, running: 40 * day) > 0 {}
        #expect(try world.desk.delivery("wh_1") != nil)
    }

    // MARK: Lists

    @Test(arguments: Kind.lasting) func `lists what a filter lets through`(_ kind: Kind) async throws {
        let world = try DeskWorld(kind)
        for number in 1...7 {
            var acceptance = try Acceptance.of(number, site: number % 2 == 0 ? "even" : "odd")
            acceptance.receivedAt = .at(number * 1_000)
            acceptance.kind = number > 4 ? "device_offline" : "alarm_opened"
            _ = try await world.journal.accept(acceptance)
        }
        let job = try #require(try await world.lease().min { $0.id < $1.id })
        try await world.finish(job, .delivered(episodeState: nil))
        var wanted: [(words: String, filter: DeskFilter, sequences: [Int])] = []
        func expect(_ sequences: [Int], _ words: String, _ change: (inout DeskFilter) -> Void) {
            var filter = DeskFilter()
            change(&filter)
            wanted.append((words, filter, sequences))
        }
        let numbers = try world.desk.deliveries(limit: 10).map(\.sequence)
        let all = Array(numbers.reversed())
        expect(Array(numbers), "everything") { _ in }
        expect([all[6], all[5]], "since") { $0.since = .at(6_000) }
        expect([all[1], all[0]], "until") { $0.until = .at(3_000) }
        expect([all[5], all[3], all[1]], "site") { $0.site = "even" }
        expect([], "device") { $0.device = "none" }
        expect([all[6], all[5], all[4]], "kind") { $0.kind = "device_offline" }
        expect([all[3], all[2], all[1], all[0]], "beginning of a kind") { $0.kind = "alarm_*" }
        expect([], "an underscore is one") { $0.kind = "alarm?*" }
        expect([all[0]], "state") { $0.state = JobState.delivered.rawValue }
        expect([], "retrying") { $0.state = DeskFilter.retrying }
        expect([all[1], all[0]], "verdict") { $0.state = DeliveryState.planned.rawValue }
        expect([all[1], all[0]], "destination") { $0.destination = "d" }
        expect([], "another destination") { $0.destination = "e" }
        for row in wanted {
            if row.filter.since != nil || row.filter.until != nil, kind == .postgresql { continue }
            #expect(
                try world.desk.deliveries(row.filter, limit: 10).map(\.sequence) == row.sequences,
                "\(row.words)")
        }
        var even = DeskFilter()
        even.site = "even"
        #expect(try world.desk.deliveries(even, limit: 2).map(\.sequence) == [all[5], all[3]])
    }

    @Test(arguments: Kind.lasting) func `finds an id that is a number before the number`(_ kind: Kind)
        async throws
    {
        let world = try DeskWorld(kind)
        for (number, id) in [(1, "2"), (2, "wh_2"), (3, "#1")] {
            var acceptance = try Acceptance.of(number)
            acceptance.deliveryID = id
            _ = try await world.journal.accept(acceptance)
        }
        #expect(try world.desk.delivery("2")?.sequence == 1)
        #expect(try world.desk.delivery("#2")?.sequence == 2)
        #expect(try world.desk.delivery("3")?.sequence == 3)
        #expect(try world.desk.delivery("#1")?.sequence == 3)
        #expect(try world.desk.delivery("#9") == nil)
    }

    @Test(arguments: Kind.lasting)
    func `names the deliveries with something to decide, page by page`(_ kind: Kind) async throws {
        let world = try DeskWorld(kind)
        for number in 1...6 {
            _ = try await world.journal.accept(.of(number, site: "s\(number)"))
            let job = try #require(try await world.lease().first)
            try await world.finish(
                job, number % 2 == 0 ? .delivered(episodeState: nil) : .dead(.init(reason: "400")))
        }
        let first = try world.desk.deliveriesWithDeadLetters(limit: 2).map(\.sequence)
        let second = try world.desk.deliveriesWithDeadLetters(after: first[1], limit: 2).map(\.sequence)
        #expect(first + second == [1, 3, 5])
    }

    /// Two indexes give what waits for a person, a page at a time.
    @Test(arguments: Kind.lasting) func `wait for a person in one order, wherever a page ends`(_ kind: Kind)
        throws
    {
        let world = try DeskWorld(kind)
        // Of three deliveries one has three dead letters, and one was not understood; the last 600 none.
        let rows = (1...3_000).map { n in
            let verdict: DeliveryState = n % 3 == 1 && n <= 2_400 ? .deadLetter : .planned
            return "(\(n), 'wh', 'k\(n % 2)', \(n), '\(verdict.rawValue)', \(n), \(n), \(n), '')"
        }
        let jobs = (1...2_400).filter { $0 % 3 == 0 }.flatMap { n in
            (0..<3).map { "(\(n * JobNumber.perDeliveryMax + $0), \(n), 'd\($0)', 'open', 'dead')" }
        }
        try world.world.execute(
            """
            INSERT INTO deliveries (sequence, delivery_id, kind, received_at, verdict, incident, high, low, body)
                VALUES \(rows.joined(separator: ", "));
            INSERT INTO jobs (id, incident, destination, action, state) VALUES \(jobs.joined(separator: ", "));
            """)
        let waiting = (1...2_400).filter { $0 % 3 != 2 }
        var filter = DeskFilter()
        filter.kind = "k1"
        for (filter, expected) in [(DeskFilter(), waiting), (filter, waiting.filter { $0 % 2 == 1 })] {
            var found: [Int] = []
            while true {
                let page = try world.desk.deliveriesWithDeadLetters(
                    filter, after: found.last ?? 0, limit: 700)
                found += page.map(\.sequence)
                if page.count < 700 { break }
            }
            #expect(found == expected)
        }
    }
}
