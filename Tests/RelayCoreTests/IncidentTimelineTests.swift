import AdapterKit
import RelayCore
import Testing

@Suite struct `Incident timeline` {
    static func step(
        _ action: IncidentUpdate.Action, opened: WallTime? = nil, at reference: WallTime? = nil,
        id: String? = nil
    ) -> TimelineStep {
        TimelineStep(
            action: action, openedAt: opened, reference: reference ?? opened, eventID: id, destinations: ["a"]
        )
    }

    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let steps: [TimelineStep]
        let verdicts: [TimelineVerdict]
    }

    static func sent(_ actions: [IncidentUpdate.Action], to destinations: [String]) -> TimelineVerdict {
        .send(destinations.map { DestinationPlan(destination: $0, actions: actions) })
    }

    /// A newer alarm while one is open: the old incident is closed, and a new one pages.
    static let reopen: TimelineVerdict = .send([
        DestinationPlan(destination: "a", actions: [.resolve]),
        DestinationPlan(destination: "a", actions: [.open]),
    ])

    static let open: TimelineVerdict = sent([.open], to: ["a"])
    static let ack: TimelineVerdict = sent([.acknowledge], to: ["a"])
    static let resolve: TimelineVerdict = sent([.resolve], to: ["a"])

    static let rows: [Row] = [
        .init(
            testDescription: "open, ack, clear in order",
            steps: [
                step(.open, opened: 10), step(.acknowledge, opened: 10, at: 20),
                step(.resolve, opened: 10, at: 30),
            ], verdicts: [open, ack, resolve]),
        .init(
            testDescription: "a clear that overtakes its open supersedes it",
            steps: [step(.resolve, opened: 10, at: 30), step(.open, opened: 10)],
            verdicts: [resolve, .superseded(.clearedSince)]),
        .init(
            testDescription: "also when the clear carries only opened_at",
            steps: [step(.resolve, opened: 10), step(.open, opened: 10)],
            verdicts: [resolve, .superseded(.clearedSince)]),
        .init(
            testDescription: "a newer open after a clear opens",
            steps: [step(.resolve, at: 30), step(.open, opened: 31)], verdicts: [resolve, open]),
        .init(
            testDescription: "an old clear does not close a newer alarm",
            steps: [step(.open, opened: 50), step(.resolve, opened: 10, at: 30)],
            verdicts: [open, .superseded(.newerAlarmOpen)]),
        .init(
            testDescription: "a clear as old as the open closes it",
            steps: [step(.open, opened: 50), step(.resolve, at: 50)], verdicts: [open, resolve]),
        .init(
            testDescription: "the same alarm received twice is sent once",
            steps: [step(.open, opened: 10, id: "e1"), step(.open, opened: 10, id: "e2")],
            verdicts: [open, .repeated]),
        .init(
            testDescription: "the same event twice is sent once, without any time",
            steps: [step(.open, id: "e"), step(.open, id: "e")], verdicts: [open, .repeated]),
        .init(
            testDescription: "an older open under a newer one is superseded",
            steps: [step(.open, opened: 20), step(.open, opened: 10)],
            verdicts: [open, .superseded(.newerAlarmOpen)]),
        .init(
            testDescription: "a newer open heals a clear that was lost",
            steps: [step(.open, opened: 10), step(.open, opened: 20)], verdicts: [open, reopen]),
        .init(
            testDescription: "an ack that overtakes its open follows it again",
            steps: [step(.acknowledge, opened: 10, at: 20), step(.open, opened: 10)],
            verdicts: [ack, Self.sent([.open, .acknowledge], to: ["a"])]),
        .init(
            testDescription: "an ack of an older alarm does not acknowledge a newer open",
            steps: [step(.acknowledge, opened: 10, at: 20), step(.open, opened: 15)], verdicts: [ack, open]),
        .init(
            testDescription: "an ack after the clear is superseded",
            steps: [step(.open, opened: 10), step(.resolve, at: 30), step(.acknowledge, opened: 10, at: 20)],
            verdicts: [open, resolve, .superseded(.clearedSince)]),
        .init(
            testDescription: "an ack of the last alarm leaves a newer one alone",
            steps: [step(.open, opened: 50), step(.acknowledge, opened: 10, at: 60)],
            verdicts: [open, .superseded(.newerAlarmOpen)]),
        .init(
            testDescription: "a clear without a known open is sent", steps: [step(.resolve, at: 5)],
            verdicts: [resolve]),
        .init(
            testDescription: "without times the order of acceptance decides",
            steps: [
                step(.open, id: "1"), step(.resolve), step(.open, id: "2"), step(.acknowledge),
                step(.resolve),
            ], verdicts: [open, resolve, open, ack, resolve]),
        .init(
            testDescription: "a clear without a time still closes the known past",
            steps: [step(.open, opened: 10), step(.resolve), step(.open, opened: 10)],
            verdicts: [open, resolve, .superseded(.clearedSince)]),
        .init(
            testDescription: "without opened_at another time of the event distinguishes alarms",
            steps: [step(.open, at: 100), step(.open, at: 300), step(.resolve, at: 200)],
            verdicts: [open, reopen, .superseded(.newerAlarmOpen)]),
        .init(
            testDescription: "an alarm that begins in the second in which the last one ended opens",
            steps: [
                step(.open, opened: 10), step(.resolve, opened: 10, at: 30), step(.open, opened: 30),
            ],
            verdicts: [open, resolve, open]),
        .init(
            testDescription: "an ack with its own time as opened_at acknowledges the open alarm",
            steps: [
                step(.open, opened: 10), step(.acknowledge, opened: 20), step(.resolve, opened: 30),
            ],
            verdicts: [open, ack, resolve]),
        .init(
            testDescription: "a late clear does not close the alarm that began in the same second",
            steps: [
                step(.open, opened: 10), step(.open, opened: 30), step(.resolve, opened: 10, at: 30),
                step(.acknowledge, opened: 30), step(.resolve, opened: 30, at: 40),
            ],
            verdicts: [open, reopen, .superseded(.newerAlarmOpen), ack, resolve]),
        .init(
            testDescription: "a clear in the second of its open, with that as opened_at, closes it",
            steps: [step(.open, opened: 30), step(.resolve, opened: 30)], verdicts: [open, resolve]),
        .init(
            testDescription: "an ack of an alarm that has not come is sent, and again after its open",
            steps: [
                step(.open, opened: 10), step(.acknowledge, opened: 20, at: 25), step(.open, opened: 20),
            ],
            verdicts: [
                open, ack,
                .send([
                    DestinationPlan(destination: "a", actions: [.resolve]),
                    DestinationPlan(destination: "a", actions: [.open, .acknowledge]),
                ]),
            ]),
        .init(
            testDescription: "an early ack outlives the late clear of the alarm before",
            steps: [
                step(.open, opened: 10), step(.acknowledge, opened: 40, at: 50),
                step(.resolve, opened: 10, at: 30), step(.open, opened: 40),
            ],
            verdicts: [open, ack, resolve, Self.sent([.open, .acknowledge], to: ["a"])]),
        .init(
            testDescription: "also one in the very second in which the next alarm begins",
            steps: [
                step(.open, opened: 10), step(.acknowledge, opened: 40, at: 50),
                step(.resolve, opened: 10, at: 40), step(.open, opened: 40),
            ],
            verdicts: [open, ack, resolve, Self.sent([.open, .acknowledge], to: ["a"])]),
        .init(
            testDescription: "an early ack outlives the late open of the alarm before",
            steps: [
                step(.acknowledge, opened: 40, at: 50), step(.open, opened: 10),
                step(.resolve, opened: 10, at: 30), step(.open, opened: 40),
            ],
            verdicts: [ack, open, resolve, Self.sent([.open, .acknowledge], to: ["a"])]),
        .init(
            testDescription: "of two early acks the one of the later alarm waits",
            steps: [
                step(.acknowledge, opened: 40, at: 50), step(.acknowledge, opened: 10, at: 20),
                step(.open, opened: 40),
            ],
            verdicts: [ack, ack, Self.sent([.open, .acknowledge], to: ["a"])]),
        .init(
            testDescription: "an early ack does not outlive the clear of its own alarm",
            steps: [
                step(.acknowledge, opened: 10, at: 20), step(.resolve, opened: 10, at: 30),
                step(.open, opened: 40),
            ],
            verdicts: [ack, resolve, open]),
        .init(
            testDescription: "remarks change nothing",
            steps: [step(.annotate, opened: 99), step(.open, opened: 10)],
            verdicts: [Self.sent([.annotate], to: ["a"]), open]),
    ]

    @Test(arguments: rows) func `says what is sent`(_ row: Row) {
        var timeline = IncidentTimeline()
        #expect(row.steps.map { timeline.apply($0).withoutNote } == row.verdicts)
    }

    @Test func `updates go where the alarm was opened, whatever the configuration says later`() {
        var timeline = IncidentTimeline()
        _ = timeline.apply(Self.step(.open, opened: 10))
        var ack = Self.step(.acknowledge, opened: 10, at: 20)
        ack.destinations = ["b"]
        #expect(timeline.apply(ack) == Self.sent([.acknowledge], to: ["a"]))
        var clear = Self.step(.resolve, opened: 10, at: 30)
        clear.destinations = ["b"]
        #expect(timeline.apply(clear) == Self.sent([.resolve], to: ["a"]))
    }

    @Test func `an alarm that opens anew elsewhere is closed where it was`() {
        var timeline = IncidentTimeline()
        _ = timeline.apply(Self.step(.open, opened: 10))
        var again = Self.step(.open, opened: 20)
        again.destinations = ["b"]
        #expect(
            timeline.apply(again).withoutNote
                == .send([
                    DestinationPlan(destination: "a", actions: [.resolve]),
                    DestinationPlan(destination: "b", actions: [.open]),
                ]))
    }

    @Test func `an alarm without a time that is sent again elsewhere is closed in both places`() {
        var timeline = IncidentTimeline()
        _ = timeline.apply(Self.step(.open, id: "1"))
        var again = Self.step(.open, id: "2")
        again.destinations = ["b"]
        #expect(timeline.apply(again) == Self.sent([.open], to: ["b"]))
        #expect(timeline.apply(Self.step(.resolve)) == Self.sent([.resolve], to: ["a", "b"]))
    }

    /// Two alarms in every order of their events: nothing stays open, and each pages at most once.
    @Test func `no order of two alarms leaves one open or pages more than twice`() {
        let events = [
            Self.step(.open, opened: 10), Self.step(.acknowledge, opened: 10, at: 20),
            Self.step(.resolve, opened: 10, at: 30), Self.step(.open, opened: 40),
            Self.step(.acknowledge, opened: 40, at: 50), Self.step(.resolve, opened: 40, at: 60),
        ]
        for order in Self.permutations(Array(events.indices)) {
            let (isOpen, pages) = Self.vendor(after: order.map { events[$0] })
            #expect(!isOpen && pages <= 2, "\(order)")
        }
    }

    /// What a vendor shows after `steps`: whether an incident is open, and how many pages were sent.
    static func vendor(after steps: [TimelineStep]) -> (isOpen: Bool, pages: Int) {
        var timeline = IncidentTimeline()
        var (isOpen, pages) = (false, 0)
        for step in steps {
            guard case .send(let plans, _) = timeline.apply(step) else { continue }
            for action in plans.flatMap(\.actions) {
                if action == .open, !isOpen { (isOpen, pages) = (true, pages + 1) }
                if action == .resolve { isOpen = false }
            }
        }
        return (isOpen, pages)
    }

    /// Every order of an alarm's own events, each perhaps twice, must end closed and page at most once.
    @Test func `no order of open, ack and clear pages twice or leaves an incident open`() {
        let events = [
            Self.step(.open, opened: 10, id: "o"), Self.step(.acknowledge, opened: 10, at: 20, id: "a"),
            Self.step(.resolve, opened: 10, at: 30, id: "c"), Self.step(.open, opened: 10, id: "o"),
            Self.step(.resolve, opened: 10, at: 30, id: "c"),
        ]
        for order in Self.permutations(Array(events.indices)) {
            let (isOpen, pages) = Self.vendor(after: order.map { events[$0] })
            #expect(!isOpen && pages <= 1, "\(order)")
        }
    }

    static func permutations(_ items: [Int]) -> [[Int]] {
        guard items.count > 1 else { return [items] }
        return items.indices.flatMap { index in
            var rest = items
            let first = rest.remove(at: index)
            return permutations(rest).map { [first] + $0 }
        }
    }
}

extension TimelineVerdict {
    /// The same without words for people.
    var withoutNote: TimelineVerdict {
        if case .send(let plans, _) = self { .send(plans) } else { self }
    }
}
