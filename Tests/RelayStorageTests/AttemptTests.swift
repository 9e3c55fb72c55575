import AdapterKit
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// Attempts are kept, within bounds, for as long as their job.
@Suite struct `An attempt` {
    typealias Kind = JournalWorld.Kind

    @Test(arguments: Kind.lasting) func `is kept with its time, duration, answer and length`(_ kind: Kind)
        async throws
    {
        let world = try DeskWorld(kind)
        let exchanges = [
            Exchange(request: "POST /", answer: "503\nbusy", answerBytes: 4, milliseconds: 12),
            Exchange(request: "POST /2", answer: "400\nno", answerBytes: 9_000),
        ]
        _ = try await world.journal.accept(.of(1))
        let first = try await world.journal.only()
        try await world.journal.finish(
            first, .retry(afterMilliseconds: 0, reason: "503"), exchange: exchanges[0], now: 5)
        // One without an exchange: nothing was sent.
        try await world.journal.finish(
            world.journal.only(now: 5), .retry(afterMilliseconds: 0, reason: "r"), now: 6)
        try await world.journal.finish(
            world.journal.only(now: 6), .dead(.init(reason: "400")), exchange: exchanges[1], now: 7)
        #expect(
            try world.desk.attempts(of: first.id) == [
                AttemptRow(number: 1, at: .at(5), exchange: exchanges[0]),
                AttemptRow(number: 2, at: .at(7), exchange: exchanges[1]),
            ])
        #expect(try world.desk.deadLetter(first.id)?.exchange == exchanges[1])
    }

    @Test(arguments: Kind.lasting) func `that PostgreSQL could not keep is kept in other characters`(
        _ kind: Kind
    ) async throws {
        let world = try DeskWorld(kind)
        _ = try await world.journal.accept(.of(1))
        let job = try await world.journal.only()
        try await world.journal.finish(
            job, .dead(.init(reason: "r")), exchange: Exchange(request: "r", answer: "400 \u{0} no"))
        #expect(try world.desk.deadLetter(job.id)?.exchange?.answer.hasSuffix(" no") == true)
    }

    @Test(arguments: Kind.lasting) func `is forgotten between the first and the newest twenty`(_ kind: Kind)
        async throws
    {
        let world = try DeskWorld(kind)
        _ = try await world.journal.accept(.of(1))
        _ = try await world.journal.accept(.of(2, site: "other"))
        var job = 0
        for number in 1...30 {
            for taken in try await world.journal.lease(10, now: 0).jobs where taken.deliveryID == "wh_1" {
                job = taken.id
                try await world.journal.finish(
                    taken, .retry(afterMilliseconds: 0, reason: "r"),
                    exchange: Exchange(request: "\(number)", answer: "503"))
            }
        }
        let kept = try world.desk.attempts(of: job)
        #expect(kept.map(\.number) == [1] + Array(11...30))
        #expect(kept.map(\.exchange.request) == kept.map { "\($0.number)" })
        // A person has it tried again: the numbers go on.
        let last = try await world.journal.only(now: 0)
        try await world.journal.finish(last, .dead(.init(reason: "r")))
        #expect(try world.desk.retryDeadLetter(job) == .done)
        try await world.journal.finish(
            world.journal.only(now: 0), .dead(.init(reason: "r")),
            exchange: Exchange(request: "again", answer: "400"))
        #expect(try world.desk.attempts(of: job).map(\.number) == [1] + Array(12...31))
    }

    @Test(arguments: Kind.lasting) func `of a version before is shown until there is a newer one`(
        _ kind: Kind
    ) async throws {
        let world = try DeskWorld(kind)
        _ = try await world.journal.accept(.of(1))
        let job = try await world.journal.only()
        try await world.journal.finish(
            job, .dead(.init(reason: "r")), exchange: Exchange(request: "new", answer: "400"), now: 10)
        for (at, newest) in [(9, "new"), (10, "new"), (11, "old")] {
            try world.world.execute(
                "DELETE FROM exchanges; INSERT INTO exchanges VALUES (\(job.id), \(at), 'old', '500')")
            #expect(try world.desk.deadLetter(job.id)?.exchange?.request == newest)
        }
        try world.world.execute("DELETE FROM attempts")
        #expect(try world.desk.deadLetter(job.id)?.exchange?.request == "old")
    }

    @Test(arguments: Kind.lasting) func `goes with its job, and a pin with its incident`(_ kind: Kind)
        async throws
    {
        let world = try DeskWorld(kind)
        let day = 86_400_000
        for number in 1...3 {
            _ = try await world.journal.accept(
                .of(number, .resolve, site: "s\(number)", receivedAt: number))
        }
        for job in try await world.journal.lease(2, now: 3).jobs {
            try await world.journal.finish(
                job, .retry(afterMilliseconds: 0, reason: "r"),
                exchange: Exchange(request: "r", answer: "503"))
        }
        for job in try await world.journal.lease(1, now: 0).jobs {
            try await world.journal.finish(job, .delivered(episodeState: nil))
        }
        try world.world.execute(
            """
            INSERT INTO pins (incident, destination, fingerprint) SELECT id, 'd', 'f' FROM incidents;
            """)
        #expect(try world.world.number("SELECT count(*) FROM attempts") == 2)
        _ = try await world.journal.prune(now: 0)
        while try await world.journal.prune(now: 40 * day, running: 40 * day) > 0 {}
        while try await world.journal.prune(now: 80 * day, running: 40 * day) > 0 {}
        // One of three is done, and nothing else may be forgotten.
        #expect(try world.world.number("SELECT count(*) FROM jobs") == 2)
        #expect(try world.world.number("SELECT count(*) FROM attempts JOIN jobs ON jobs.id = job") == 1)
        #expect(try world.world.number("SELECT count(*) FROM attempts") == 1)
        #expect(try world.world.number("SELECT count(*) FROM incidents") == 2)
        #expect(try world.world.number("SELECT count(*) FROM pins") == 2)
    }
}
