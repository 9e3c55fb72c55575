import AdapterKit
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// A new alarm at a destination that may have the one before it still: it would be folded into that, and
/// not page where that is acknowledged.
@Suite struct `An alarm after one whose end was lost` {
    typealias Kind = JournalWorld.Kind

    /// An alarm that its destination has, acknowledged and over, with the end of it leased.
    private func world(_ kind: Kind) async throws -> (world: DeskWorld, end: LeasedJob) {
        let world = try DeskWorld(kind)
        try await world.accept(1, .open, at: 10, alarm: 10)
        try await world.accept(2, .acknowledge, at: 20, alarm: 10)
        for _ in 1...2 {
            try await world.finish(
                try #require(try await world.lease().first), .delivered(episodeState: nil))
        }
        try await world.accept(3, .resolve, at: 30, alarm: 10)
        return (world, try #require(try await world.lease().first))
    }

    private func next(_ world: DeskWorld) async throws -> [String] {
        try await world.accept(4, .open, at: 40, alarm: 40)
        return try #require(try world.desk.delivery("wh_4")).jobs.map(\.action)
    }

    @Test(arguments: Kind.lasting, [true, false])
    func `ends that first where its end was refused`(_ kind: Kind, holdsLane: Bool) async throws {
        let (world, end) = try await world(kind)
        try await world.finish(end, .dead(.init(reason: "400", holdsLane: holdsLane)))
        #expect(try await next(world) == ["resolve", "open"])
        var sent: [IncidentUpdate.Action] = []
        while let job = try await world.lease().first {
            sent.append(job.action)
            try await world.finish(job, .delivered(episodeState: nil))
        }
        #expect(sent == [.resolve, .open])
    }

    @Test(arguments: Kind.lasting) func `ends that first where a person gave its end up`(_ kind: Kind)
        async throws
    {
        let (world, end) = try await world(kind)
        try await world.finish(end, .retry(afterMilliseconds: 60_000, reason: "503"))
        #expect(try world.desk.discardJob(end.id, now: .at(5)) == .done)
        #expect(try await next(world) == ["resolve", "open"])
    }

    @Test(arguments: Kind.lasting) func `needs no other end where its end was taken or waits`(_ kind: Kind)
        async throws
    {
        let (taken, end) = try await world(kind)
        try await taken.finish(end, .delivered(episodeState: nil))
        #expect(try await next(taken) == ["open"])
        let (waiting, late) = try await world(kind)
        try await waiting.finish(late, .retry(afterMilliseconds: 60_000, reason: "503"))
        #expect(try await next(waiting) == ["open"])
    }
}
