import AdapterKit
import RelayCore
import Testing

@Suite struct `Changes of a lane` {
    typealias Action = IncidentUpdate.Action

    static func waiting(_ jobs: (Action, Bool)...) -> [LaneJob] {
        jobs.enumerated().map { index, job in
            LaneJob(
                id: index + 1, action: job.0, wasBegun: job.1,
                urgency: Urgency(job.0, rank: 2, worst: 3))
        }
    }

    static func new(_ actions: Action..., rank: Int = 2) -> [AcceptancePlan.Job] {
        actions.map { .init(destination: "d", action: $0, urgency: Urgency($0, rank: rank, worst: 3)) }
    }

    @Test func `finished pairs that were not sent are left out when a live open waits behind them`() {
        let lane = Self.waiting((.open, false), (.acknowledge, false), (.resolve, false))
        let changes = LaneChanges(adding: Self.new(.open), to: lane, .overtaken)
        #expect((changes.collapsed, changes.added) == ([1, 2, 3], [0]))
    }

    @Test func `what was begun is brought to its end`() {
        let lane = Self.waiting((.open, true), (.resolve, false), (.open, false), (.resolve, false))
        #expect(LaneChanges(adding: Self.new(.open), to: lane, .overtaken).collapsed == [3, 4])
    }

    @Test func `an alarm that gets worse before it was sent is sent once`() {
        let changes = LaneChanges(
            adding: Self.new(.resolve, .open, rank: 3), to: Self.waiting((.open, false)), .overtaken)
        #expect((changes.collapsed, changes.added) == ([1], [1]))
    }

    @Test(arguments: [(CollapseResolved.overtaken, false), (.always, true), (.never, false)])
    func `an alarm that is over is left out at once only where that is asked for`(
        _ collapse: CollapseResolved, _ isLeftOut: Bool
    ) {
        let changes = LaneChanges(
            adding: Self.new(.resolve), to: Self.waiting((.open, false)), collapse)
        #expect(changes.collapsed == (isLeftOut ? [1] : []))
        #expect(changes.added == (isLeftOut ? [] : [0]))
    }

    @Test func `nothing is left out where that is not wanted`() {
        let lane = Self.waiting((.open, false), (.resolve, false))
        #expect(LaneChanges(adding: Self.new(.open), to: lane, .never).collapsed == [])
    }

    @Test func `what is ahead of an open is as urgent as it, and what has failed a little less`() {
        let lane = Self.waiting((.resolve, true), (.annotate, false))
        let changes = LaneChanges(adding: Self.new(.open, rank: 3), to: lane, .overtaken)
        #expect(changes.urgencies == [1: Urgency(rawValue: 1), 2: Urgency(rawValue: 0)])
        #expect(changes.isMoreUrgent)
    }

    @Test func `an alarm that is over is as urgent as its resolve`() {
        let changes = LaneChanges(
            adding: Self.new(.resolve), to: Self.waiting((.open, false)), .overtaken)
        #expect(changes.urgencies == [1: .follow])
        #expect(!changes.isMoreUrgent)
    }

    @Test func `an open waits for a minute, and a remark is tried three times`() {
        let verdict = { (action: Action, attempts: Int, waits: Int?, isEnd: Bool) in
            let job = LeasedJob(
                id: 1, destination: "d", action: action, incident: "", deliveryID: "", body: [], attempts: 0,
                triedMilliseconds: 0, begunAt: 0, nonce: "", lease: 1)
            return LanePatience.verdict(
                of: JobReport(job, .retry(afterMilliseconds: 0, reason: "")), attempts: attempts,
                behind: LaneBehind(openWaits: waits, isEndWaiting: isEnd))
        }
        #expect(verdict(.resolve, 1, 0, false) == .retry(withinMilliseconds: 60_000))
        #expect(verdict(.resolve, 9, 59_999, false) == .retry(withinMilliseconds: 1))
        #expect(verdict(.resolve, 1, 60_000, false) == .pass)
        #expect(verdict(.open, 1, 60_000, true) == .pass)
        // An open that goes once more is no reason to leave out the first.
        let first = JobReport(
            LeasedJob(
                id: 1, destination: "d", action: .open, incident: "", deliveryID: "", body: [], attempts: 0,
                triedMilliseconds: 0, begunAt: 0, nonce: "", lease: 1),
            .retry(afterMilliseconds: 0, reason: ""))
        let own = LaneBehind(openWaits: 600_000, isOpenOwn: true, isEndWaiting: true)
        #expect(
            LanePatience.verdict(of: first, attempts: 9, behind: own) == .retry(withinMilliseconds: 60_000))
        let unknown = { (waits: Int, isOwn: Bool, attempts: Int) in
            var report = JobReport(
                LeasedJob(
                    id: 1, destination: "d", action: .resolve, incident: "", deliveryID: "", body: [],
                    attempts: 0, triedMilliseconds: 0, begunAt: 0, nonce: "", lease: 1),
                .retry(afterMilliseconds: 0, reason: ""))
            report.isAlone = false
            return LanePatience.verdict(
                of: report, attempts: attempts,
                behind: LaneBehind(openWaits: waits, isOpenOwn: isOwn, isEndWaiting: false))
        }
        #expect(unknown(60_000, false, 1) == .retry(withinMilliseconds: 60_000))
        #expect(unknown(600_000, false, 1) == .pass)
        // The resolve that makes its own open page is tried a few times at least.
        #expect(unknown(600_000, true, 5) == .retry(withinMilliseconds: 60_000))
        #expect(unknown(600_000, true, 6) == .pass)
        #expect(verdict(.open, 9, nil, true) == .retry(withinMilliseconds: .max))
        #expect(verdict(.acknowledge, 2, nil, true) == .retry(withinMilliseconds: .max))
        #expect(verdict(.acknowledge, 3, nil, true) == .pass)
        #expect(verdict(.acknowledge, 3, nil, false) == .retry(withinMilliseconds: .max))
    }
}

@Suite struct `Urgency of work` {
    @Test func `worse alarms come first, then what follows, then remarks`() {
        let order: [Urgency] = [
            Urgency(.open, rank: 3, worst: 3), Urgency(.open, rank: 3, worst: 3).tried,
            Urgency(.open, rank: 0, worst: 3), Urgency(.acknowledge, rank: 3, worst: 3), .late,
            Urgency(.annotate, rank: 3, worst: 3),
        ]
        #expect(order == order.sorted())
        #expect(Set(order).count == order.count)
        #expect(order.map(\.isOfFreshOpen) == [true, false, true, false, false, false])
    }

    /// A quarter of the burst of 30 is kept for opens, an eighth above that for what follows.
    @Test func `of a pace some is kept for opens, and some for what follows`() {
        var bucket = TokenBucket(RateLimit(requestsMax: 120, windowSeconds: 60), at: 0)
        let now = SteadyTime(milliseconds: 0)
        var sent: [Urgency: Int] = [:]
        for urgency in [Urgency.remark, .follow, Urgency(rawValue: 0)] {
            while bucket.limits(at: now).limit(for: urgency) > 0 {
                bucket.spendToken(for: urgency, at: now)
                sent[urgency, default: 0] += 1
            }
        }
        #expect(sent == [.remark: 20, .follow: 3, Urgency(rawValue: 0): 7])
    }

    @Test func `what follows is not shut out by opens without end`() {
        var bucket = TokenBucket(RateLimit(requestsMax: 120, windowSeconds: 60), at: 0)
        var follows = 0
        for now in 0..<60_000 {
            let time = SteadyTime(milliseconds: now)
            while bucket.limits(at: time).total > 0 {
                let isFollow = bucket.limits(at: time).followsFirst > 0
                bucket.spendToken(for: isFollow ? .follow : Urgency(rawValue: 0), at: time)
                if isFollow { follows += 1 }
            }
        }
        #expect((10...20).contains(follows), "\(follows)")
    }

    @Test func `a pace of one request lets everything through when it is full`() {
        var bucket = TokenBucket(RateLimit(requestsMax: 1, windowSeconds: 10), at: 0)
        #expect(bucket.limits(at: 0) == LeaseLimits(total: 1, follows: 1, remarks: 1, followsFirst: 1))
    }
}
