import OpenSenseRelay
import RelayCore
import Testing

@Suite struct `A plan of heartbeats` {
    /// A plan, the clock that it is given, and the signs of a relay that works unless they are taken away.
    struct World {
        var plan: HeartbeatPlan
        var now = SteadyTime(milliseconds: 0)
        var (isTurning, isCommitting) = (true, true)
        var signs = HeartbeatPlan.Signs()

        init(everySeconds: [Int]) { plan = HeartbeatPlan(everySeconds: everySeconds, now: now) }

        /// The step at a moment, after the probe that it asks for.
        mutating func step(at seconds: Double) -> HeartbeatPlan.Step {
            now = SteadyTime(milliseconds: Int(seconds * 1_000))
            if isTurning { signs.turnedAt = now }
            let step = plan.step(signs, at: now)
            guard step.isProbeDue else { return step }
            signs.committedAt = isCommitting ? now : nil
            plan.probeEnded()
            return plan.step(signs, at: now)
        }

        /// What is sent until a moment, each with its second, when each step is taken at its time.
        mutating func sent(untilSecond end: Int) -> [String] {
            var sent: [String] = []
            while true {
                let step = step(at: Double(now.milliseconds) / 1_000)
                sent += step.send.map { "\($0)@\(now.milliseconds / 1_000)" }
                guard let next = step.wakeAt, next.milliseconds < end * 1_000 else { return sent }
                now = next
            }
        }
    }

    @Test func `sends each at once and then at its pace`() {
        var world = World(everySeconds: [60, 10, 86_400])
        #expect(
            world.sent(untilSecond: 121) == [
                "0@0", "1@0", "2@0", "1@10", "1@20", "1@30", "1@40", "1@50", "0@60", "1@60", "1@70", "1@80",
                "1@90", "1@100", "1@110", "0@120", "1@120",
            ])
    }

    @Test func `of none never asks for anything`() {
        var world = World(everySeconds: [])
        for seconds in [0.0, 1_000_000] {
            let step = world.step(at: seconds)
            #expect(step.send == [] && !step.isProbeDue && step.heldBack == [:] && step.wakeAt == nil)
        }
    }

    /// When the store committed before a heartbeat that is due at 100 s.
    @Test(arguments: [(100.0, false), (95.0, false), (94.999, true), (nil, true)])
    func `probes the store unless it has committed just now`(_ row: (committedAt: Double?, isProbed: Bool)) {
        var plan = HeartbeatPlan(everySeconds: [10], now: SteadyTime(milliseconds: 100_000))
        var signs = HeartbeatPlan.Signs()
        let now = SteadyTime(milliseconds: 100_000)
        signs.turnedAt = now
        signs.committedAt = row.committedAt.map { SteadyTime(milliseconds: Int($0 * 1_000)) }
        let step = plan.step(signs, at: now)
        #expect(step.isProbeDue == row.isProbed)
        #expect(step.send == (row.isProbed ? [] : [0]))
        #expect(plan.step(signs, at: now.adding(milliseconds: 1)).isProbeDue == false, "one at a time")
    }

    @Test func `asks for no probe while none is due`() {
        var world = World(everySeconds: [60])
        #expect(world.step(at: 0).send == [0])
        world.signs.committedAt = nil
        let step = world.step(at: 30)
        #expect(step.send == [] && !step.isProbeDue && step.heldBack == [:])
        #expect(step.wakeAt == SteadyTime(milliseconds: 60_000))
    }

    /// How long ago the dispatcher turned.
    @Test(arguments: [(0, true), (30_000, true), (30_001, false), (nil, false)])
    func `sends none once the dispatcher has not turned for 30 s`(_ row: (age: Int?, isSent: Bool)) {
        var plan = HeartbeatPlan(everySeconds: [10], now: SteadyTime(milliseconds: 0))
        let now = SteadyTime(milliseconds: 50_000)
        var signs = HeartbeatPlan.Signs()
        signs.committedAt = now
        signs.turnedAt = row.age.map { now.adding(milliseconds: -$0) }
        let step = plan.step(signs, at: now)
        #expect(step.send == (row.isSent ? [0] : []))
        #expect(step.isProbeDue == false)
        #expect(step.heldBack == (row.isSent ? [:] : [0: .turn]))
    }

    @Test func `sends none while the store fails, says so after a while, and goes on after`() {
        var world = World(everySeconds: [10])
        #expect(world.step(at: 0).send == [0])
        world.isCommitting = false
        var probes = 0
        for second in 1...120 {
            world.now = SteadyTime(milliseconds: second * 1_000)
            world.signs.turnedAt = world.now
            let step = world.plan.step(world.signs, at: world.now)
            if step.isProbeDue {
                probes += 1
                world.signs.committedAt = nil
                world.plan.probeEnded()
            }
            #expect(step.send == [])
            #expect(step.heldBack == (second > 15 ? [0: .commit] : [:]))
        }
        #expect(probes == 23, "at 10 s and every 5 s from then on")
        world.isCommitting = true
        #expect(world.step(at: 125).send == [0])
        #expect(world.step(at: 126).wakeAt == SteadyTime(milliseconds: 135_000))
    }

    @Test func `waits for a probe that does not end, and asks for no other`() {
        var plan = HeartbeatPlan(everySeconds: [10], now: SteadyTime(milliseconds: 0))
        var signs = HeartbeatPlan.Signs()
        for second in 0...100 {
            let now = SteadyTime(milliseconds: second * 1_000)
            signs.turnedAt = now
            let step = plan.step(signs, at: now)
            #expect(step.isProbeDue == (second == 0))
            #expect(step.send == [])
            #expect(step.wakeAt == now.adding(milliseconds: 1_000))
        }
    }

    @Test func `sends one that was not taken again after 30 s at the latest`() {
        for (every, next) in [(10, 10), (30, 30), (60, 30), (86_400, 30)] {
            var world = World(everySeconds: [every])
            #expect(world.step(at: 0).send == [0])
            world.plan.failed(0, at: world.now)
            #expect(world.step(at: 1).wakeAt == SteadyTime(milliseconds: next * 1_000))
        }
    }

    @Test func `makes up for none that it could not send`() {
        var world = World(everySeconds: [10])
        #expect(world.step(at: 0).send == [0])
        #expect(world.step(at: 3_600).send == [0])
        #expect(world.step(at: 3_601).send == [])
        #expect(world.step(at: 3_610).send == [0])
    }
}
