import OpenSenseWebhooks
import Testing

/// Ledgers that fail or hang: nothing is lost, nothing is handled twice, and the sender is answered in time.
extension `A webhook receiver` {
    @Test func `handles nothing that it cannot claim`() async throws {
        let world = try World(ledger: TroubledLedger(failing: ["claim"]))
        let answer = try await world.receive()
        #expect((answer.status, answer.code) == (429, "store-unavailable"))
        #expect(world.handled.all.isEmpty)
    }

    @Test func `commits what is handled once the ledger can`() async throws {
        let ledger = try TroubledLedger(failing: ["commit"])
        let world = try World(ledger: ledger)
        #expect(try await world.receive().status == 200)
        #expect(world.events.all == ["ledger-failed"])
        await world.clock.sleepersReach(1)
        world.clock.advance(seconds: 1)
        await world.clock.sleepersReach(1)  // It failed again, and is reported once.
        #expect(world.events.all == ["ledger-failed"])
        ledger.mend()
        world.clock.advance(seconds: 2)
        while world.events.all.count < 2 { await Task.yield() }
        #expect(world.events.all == ["ledger-failed", "handled"])
        #expect(try await world.receive().code == "duplicate")
        #expect(world.handled.all.count == 1)
    }

    @Test func `tries a commit once more when it stops, and says that it does not hold`() async throws {
        let world = try World(ledger: TroubledLedger(failing: ["commit"]))
        #expect(try await world.receive().status == 200)
        await world.receiver.stop()
        #expect(world.events.all == ["ledger-failed", "ledger-failed"])
    }

    @Test func `says so when a claim cannot be given up`() async throws {
        let world = try World(ledger: TroubledLedger(failing: ["release"]), handler: { _ in throw Failure() })
        #expect(try await world.receive().status == 503)
        #expect(world.events.all == ["handler-failed", "ledger-failed"])
    }

    @Test func `puts off what a ledger keeps waiting, and handles it when the ledger answers`() async throws {
        let mayClaim = Gate()
        let world = try World(ledger: TroubledLedger(claimsPass: mayClaim))
        async let first = world.receive()
        await world.clock.sleepersReach(1)
        world.clock.advance(seconds: 4)
        let answer = try await first
        #expect((answer.status, answer.code) == (429, "ledger-slow"))
        mayClaim.open()
        await world.receiver.stop()
        #expect(world.events.all == ["ledger-slow", "handled"])
    }

    @Test func `bounds what waits for a ledger`() async throws {
        var policy = ResponsePolicy()
        policy.claimsMax = 1
        let mayClaim = Gate()
        let world = try World(policy, ledger: TroubledLedger(claimsPass: mayClaim))
        async let first = world.receive()
        await world.clock.sleepersReach(1)
        #expect(try await world.receive(Self.body.replacing("wh_1", with: "wh_2")).code == "overloaded")
        mayClaim.open()
        #expect(try await first.status == 200)
    }

    @Test func `counts no retry as a handler`() async throws {
        var policy = ResponsePolicy()
        policy.handlersMax = 1
        let (world, started, mayEnd) = try World.withHeldHandler(policy)
        async let first = world.receive()
        await started.pass()
        for _ in 0..<20 { #expect(try await world.receive().code == "in-flight") }
        mayEnd.open()
        #expect(try await first.status == 200)
        #expect(try await world.receive(Self.body.replacing("wh_1", with: "wh_2")).status == 200)
    }

    @Test func `waits for a handler no longer than it is asked to when it stops`() async throws {
        let (world, started, mayEnd) = try World.withHeldHandler()
        async let first = world.receive()
        await started.pass()
        await world.clock.sleepersReach(2)  // the deadline and the renewal of the lease
        async let stopped = world.receiver.stop(within: .seconds(2))
        await world.clock.sleepersReach(3)
        world.clock.advance(seconds: 2)
        #expect(await stopped == false)
        mayEnd.open()
        #expect(try await first.status == 200)
        #expect(await world.receiver.stop(within: .seconds(2)))
    }
}
