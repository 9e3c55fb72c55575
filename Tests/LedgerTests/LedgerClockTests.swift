import LedgerTime
import OpenSenseWebhooks
import Testing

/// A wall clock that is set, beside one that cannot be.
@Suite struct `A ledger whose clock is set` {
    typealias Kind = `A delivery ledger`.Kind
    typealias World = `A delivery ledger`.World

    static let kinds = Kind.available.filter { $0 != .memory }
    static let hour = 3_600

    @Test(arguments: kinds)
    func `takes over a claim whose end is more than two leases ahead`(_ kind: Kind) async throws {
        let world = try World(kind)
        _ = try await world.fresh()
        world.clock.set(by: -59)
        #expect(try await world.claim() == .inFlight)
        world.clock.set(by: -1)
        #expect(try await world.claim() == .inFlight)
        world.clock.set(by: -1)
        _ = try await world.fresh()
    }

    @Test(arguments: kinds)
    func `does not take over a longer lease than its own`(_ kind: Kind) async throws {
        let world = try World(kind)
        let key = DeliveryKey(of: "a")
        _ = try await world.ledger.claim(key, leaseSeconds: 600)
        #expect(try await world.ledger.claim(key, leaseSeconds: 1) == .inFlight)
    }

    @Test(arguments: kinds)
    func `knows what was handled while it is set back`(_ kind: Kind) async throws {
        let world = try World(kind)
        try await world.ledger.commit(try await world.fresh())
        world.clock.set(by: -2 * Self.hour)
        #expect(try await world.claim() == .done)
    }

    @Test(arguments: kinds)
    func `forgets nothing because it is set forward`(_ kind: Kind) async throws {
        let world = try World(kind)
        try await world.ledger.commit(try await world.fresh())
        world.clock.set(by: 25 * Self.hour)
        for number in 0..<10 { _ = try await world.fresh("new \(number)") }
        #expect(try await world.claim() == .done)
        world.clock.advance(24 * Self.hour - 1)
        #expect(try await world.claim() == .done)
        world.clock.advance(1)
        _ = try await world.fresh()
    }

    @Test(arguments: kinds)
    func `forgets nothing because it is opened with a clock that is ahead`(_ kind: Kind) async throws {
        let world = try World(kind)
        try await world.ledger.commit(try await world.fresh())
        world.clock.set(by: 25 * Self.hour)
        let next = try #require(try world.another())
        #expect(try await next.claim(DeliveryKey(of: "a"), leaseSeconds: 60) == .done)
    }
}

@Suite struct `A watch for leaps of the clock` {
    @Test func `gives back what a step back takes away`() {
        var watch = LeapWatch(retentionSeconds: 1_000)
        #expect(watch.forgettingTime(wall: 10_000, uptime: 0) == 10_000)
        #expect(watch.forgettingTime(wall: 10_559, uptime: 500) == 10_559)
        #expect(watch.forgettingTime(wall: 15_559, uptime: 500) == 10_559)
        #expect(watch.forgettingTime(wall: 10_759, uptime: 700) == 10_759)
        #expect(watch.forgettingTime(wall: 20_759, uptime: 700) == 10_759)
        #expect(watch.forgettingTime(wall: 21_758, uptime: 1_699) == 11_758)
        #expect(watch.forgettingTime(wall: 21_759, uptime: 1_700) == 21_759)
    }

    @Test func `takes the time since the last write for a leap`() {
        var watch = LeapWatch(retentionSeconds: 1_000)
        watch.open(newestEnd: 6_000, wall: 10_000, uptime: 0)
        #expect(watch.forgettingTime(wall: 10_000, uptime: 0) == 5_000)
        var other = LeapWatch(retentionSeconds: 1_000)
        other.open(newestEnd: 20_000, wall: 10_000, uptime: 0)
        #expect(other.forgettingTime(wall: 10_000, uptime: 0) == 10_000)
    }
}
