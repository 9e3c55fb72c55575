import AdapterKit
import RelayCore
import Testing

/// Two alarms of one sensor, each of their events sent twice, in every order that there is.
///
/// Of ten events, two of each kind, there are 10! / 2⁵ = 113,400 orders.
@Suite struct `Every order of two alarms` {
    /// What a clear says of its alarm; the sender's documentation leaves it open.
    enum Convention: CaseIterable {
        /// It repeats the alarm's `opened_at` and adds its own time.
        case repeatsOpening
        /// It repeats the alarm's `opened_at` and has no other time.
        case repeatsOpeningAlone
        /// It has its own time in `opened_at`.
        case ownTime
    }

    struct Row: CustomTestStringConvertible {
        let convention: Convention
        /// When the first alarm is cleared; the second begins at 40.
        let clearedAt: WallTime
        /// Whether the second alarm is over at the end.
        let isOver: Bool

        var testDescription: String {
            "\(convention), cleared at \(clearedAt.unixMilliseconds), the second \(isOver ? "over" : "open")"
        }
    }

    /// In whole seconds an alarm can begin as the one before it ends; with its own time in `opened_at` a
    /// clear could then be of either.
    static let rows = Convention.allCases.flatMap { convention in
        [WallTime(integerLiteral: 30), 40].filter { $0 < 40 || convention != .ownTime }.flatMap { clearedAt in
            [true, false].map { Row(convention: convention, clearedAt: clearedAt, isOver: $0) }
        }
    }

    static func steps(_ row: Row) -> [TimelineStep] {
        func clear(opened: WallTime, at time: WallTime, id: String) -> TimelineStep {
            switch row.convention {
            case .repeatsOpening: step(.resolve, opened, time, id)
            case .repeatsOpeningAlone: step(.resolve, opened, opened, id)
            case .ownTime: step(.resolve, time, time, id)
            }
        }
        let first = [
            step(.open, 10, 10, "open"), step(.acknowledge, 10, 20, "ack"),
            clear(opened: 10, at: row.clearedAt, id: "clear"), step(.open, 40, 40, "open again"),
        ]
        return first + (row.isOver ? [clear(opened: 40, at: 60, id: "clear again")] : [])
    }

    static func step(
        _ action: IncidentUpdate.Action, _ openedAt: WallTime, _ reference: WallTime, _ id: String
    ) -> TimelineStep {
        TimelineStep(
            action: action, openedAt: openedAt, reference: reference, eventID: id, destinations: ["a"])
    }

    @Test(arguments: rows) func `ends as it should and pages at most once for each`(_ row: Row) {
        var search = Search(steps: Self.steps(row), isOpenAtTheEnd: !row.isOver)
        search.run()
        #expect(search.orders == (row.isOver ? 113_400 : 2_520))
        #expect(search.faults == [])
    }

    /// Walks through all orders as a tree, so that what orders have in common is done once.
    struct Search {
        let steps: [TimelineStep]
        let isOpenAtTheEnd: Bool
        private(set) var orders = 0
        private(set) var faults: [String] = []
        private var left: [Int]
        private var taken: [Int] = []

        init(steps: [TimelineStep], isOpenAtTheEnd: Bool) {
            (self.steps, self.isOpenAtTheEnd) = (steps, isOpenAtTheEnd)
            left = steps.map { _ in 2 }
        }

        mutating func run() { go(IncidentTimeline(), Vendor()) }

        private mutating func go(_ timeline: IncidentTimeline, _ vendor: Vendor) {
            guard taken.count < steps.count * 2 else {
                orders += 1
                if vendor.isOpen != isOpenAtTheEnd || vendor.pages > 2, faults.count < 10 {
                    faults.append("\(taken): open \(vendor.isOpen), \(vendor.pages) pages")
                }
                return
            }
            for index in steps.indices where left[index] > 0 {
                var (timeline, vendor) = (timeline, vendor)
                vendor.take(timeline.apply(steps[index]))
                left[index] -= 1
                taken.append(index)
                go(timeline, vendor)
                taken.removeLast()
                left[index] += 1
            }
        }
    }

    /// A trigger opens an incident or folds into the open one; a resolve closes it.
    struct Vendor {
        var isOpen = false
        var pages = 0

        mutating func take(_ verdict: TimelineVerdict) {
            guard case .send(let plans, _) = verdict else { return }
            for action in plans.flatMap(\.actions) {
                if action == .open, !isOpen { (isOpen, pages) = (true, pages + 1) }
                if action == .resolve { isOpen = false }
            }
        }
    }
}
