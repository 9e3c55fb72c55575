import AdapterKit
import RelayCore
import Testing

/// An alarm that changes while it is open, or overlaps with another one.
@Suite struct `An open alarm that changes` {
    static let second = 1_000

    static func step(
        _ action: IncidentUpdate.Action, opened: Int? = nil, at: Int? = nil, id: String? = nil,
        severity: String? = nil, value: String? = nil, to destinations: [String] = ["pager"]
    ) -> TimelineStep {
        TimelineStep(
            action: action, openedAt: opened.map { WallTime(unixMilliseconds: $0 * second) },
            reference: (at ?? opened).map { WallTime(unixMilliseconds: $0 * second) }, eventID: id,
            severity: severity, value: value, destinations: destinations)
    }

    static func sent(_ plans: (String, [IncidentUpdate.Action])..., note: String? = nil) -> TimelineVerdict {
        .send(plans.map { DestinationPlan(destination: $0, actions: $1) }, note: note)
    }

    /// A timeline in which an alarm has been open since second 100.
    static func opened(
        severity: String? = "warning", value: String? = nil, to destinations: [String] = ["chat"]
    ) -> IncidentTimeline {
        var timeline = IncidentTimeline()
        _ = timeline.apply(
            step(.open, opened: 100, id: "1", severity: severity, value: value, to: destinations))
        return timeline
    }

    @Test(arguments: ["1", "2"]) func `pages again when it gets worse, and opens where it was not`(
        _ id: String
    ) {
        var timeline = Self.opened(value: "9")
        let worse = Self.step(
            .open, opened: 100, id: id, severity: "alarm", value: "21", to: ["chat", "pager"])
        #expect(
            timeline.apply(worse)
                == Self.sent(
                    ("chat", [.resolve, .open]), ("pager", [.open]), note: "warning → alarm, 9 → 21"))
        #expect(timeline.apply(worse) == .repeated)
        #expect(
            timeline.apply(Self.step(.resolve, opened: 100, at: 200))
                == Self.sent(("chat", [.resolve]), ("pager", [.resolve])))
    }

    @Test func `is updated when it gets better, and pages no more at what it has been`() {
        var timeline = Self.opened(severity: "alarm")
        let better = Self.step(.open, opened: 100, severity: "warning", to: ["chat"])
        #expect(timeline.apply(better) == Self.sent(("chat", [.update]), note: "alarm → warning"))
        #expect(timeline.apply(better) == .repeated)
        let back = Self.step(.open, opened: 100, severity: "alarm", to: ["chat"])
        #expect(timeline.apply(back) == Self.sent(("chat", [.update]), note: "warning → alarm"))
        let worst = Self.step(.open, opened: 100, severity: "critical", to: ["chat"])
        #expect(timeline.apply(worst) == Self.sent(("chat", [.resolve, .open]), note: "alarm → critical"))
    }

    @Test func `follows what the destination wants`() {
        let wishes: [(OnWorse, AdapterTraits.PagingAgain, [IncidentUpdate.Action])] = [
            (.page, .byReopening, [.resolve, .open]), (.page, .byAnotherKey, [.open]),
            (.page, .never, [.update]), (.update, .byReopening, [.update]), (.ignore, .byReopening, []),
        ]
        for (onWorse, pagesAgain, actions) in wishes {
            var timeline = Self.opened()
            let policy = AcceptancePolicy(destinations: [
                "chat": DestinationPolicy(
                    onWorse: onWorse, onReopened: .page, pagesAgain: pagesAgain, collapse: .overtaken)
            ])
            let worse = Self.step(.open, opened: 100, severity: "alarm", to: ["chat"])
            let expected = actions.isEmpty ? .repeated : Self.sent(("chat", actions))
            #expect(timeline.apply(worse, policy).withoutNote == expected)
        }
    }

    /// A word that is missing or unknown at the open counts as the default; one that is missing later, as the
    /// one before.
    @Test(arguments: Self.comparisons) func `compares words`(
        _ first: String?, _ then: String?, _ isWorse: Bool
    ) {
        var timeline = Self.opened(severity: first)
        let verdict = timeline.apply(Self.step(.open, opened: 100, severity: then, to: ["chat"]))
        #expect((verdict.withoutNote == Self.sent(("chat", [.resolve, .open]))) == isWorse)
    }

    static let comparisons: [(String?, String?, Bool)] = [
        (nil, "alarm", false), ("strange", "alarm", false), ("alarm", nil, false), ("warning", nil, false),
        ("warning", "strange", true), ("WARNING", "Alarm", true), (nil, "critical", true),
    ]

    @Test func `begins again once for each acknowledgement`() {
        var timeline = Self.opened()
        let again = Self.step(.open, opened: 100, at: 300, to: ["chat"])
        #expect(timeline.apply(Self.step(.acknowledge, opened: 100, at: 200)) != .repeated)
        #expect(timeline.apply(again).withoutNote == Self.sent(("chat", [.resolve, .open])))
        #expect(timeline.apply(again) == .repeated)
        // What was acknowledged before it began again, and the end of what was before, come late.
        #expect(
            timeline.apply(Self.step(.acknowledge, opened: 100, at: 250)) == .superseded(.reopenedSince))
        #expect(timeline.apply(Self.step(.resolve, opened: 100, at: 250)) == .superseded(.reopenedSince))
        #expect(timeline.apply(Self.step(.acknowledge, opened: 100, at: 350)) != .repeated)
        #expect(
            timeline.apply(Self.step(.open, opened: 100, at: 400, to: ["chat"])).withoutNote
                == Self.sent(("chat", [.resolve, .open])))
    }

    @Test func `is not acknowledged by what came first and was before it began again`() {
        var timeline = IncidentTimeline()
        _ = timeline.apply(Self.step(.acknowledge, opened: 100, at: 200))
        let again = Self.step(.open, opened: 100, at: 300)
        #expect(timeline.apply(again).withoutNote == Self.sent(("pager", [.open])))
        #expect(timeline.apply(Self.step(.open, opened: 100, at: 310)) == .repeated)
    }

    @Test func `repeated with the times of before its acknowledgement stays acknowledged`() {
        var timeline = Self.opened()
        _ = timeline.apply(Self.step(.acknowledge, opened: 100, at: 200))
        #expect(timeline.apply(Self.step(.open, opened: 100, to: ["chat"])) == .repeated)
    }

    @Test func `is not closed by the late clear of an alarm that it overlaps`() {
        var timeline = Self.opened()
        _ = timeline.apply(Self.step(.open, opened: 105, id: "B"))
        #expect(timeline.apply(Self.step(.resolve, opened: 100, at: 110)) == .superseded(.newerAlarmOpen))
        #expect(timeline.episode?.openedAt == WallTime(unixMilliseconds: 105_000))
        #expect(timeline.apply(Self.step(.resolve, opened: 105, at: 120)) == Self.sent(("pager", [.resolve])))
        // After the end of the second, the end of the first says nothing of a third.
        #expect(timeline.apply(Self.step(.resolve, opened: 100, at: 130)) == .superseded(.clearedSince))
        #expect(timeline.apply(Self.step(.open, opened: 125)).withoutNote == Self.sent(("pager", [.open])))
    }

    @Test func `keeps its beginning when it is repeated without times`() {
        var timeline = Self.opened()
        #expect(timeline.apply(Self.step(.open, to: ["chat"])) == .repeated)
        #expect(timeline.apply(Self.step(.resolve, opened: 90, at: 95)) == .superseded(.newerAlarmOpen))
    }

    @Test func `is one alarm when its beginning lies in the sender's future`() {
        var timeline = IncidentTimeline()
        let moment = WallTime(unixMilliseconds: 700_000)
        for (signed, verdict) in [(100_000, Self.sent(("pager", [.open]))), (160_000, .repeated)] {
            let time = WallTime(unixMilliseconds: signed)
            let step = TimelineStep(
                action: .open, moment: moment, openedAt: time, reference: time, eventID: nil,
                destinations: ["pager"])
            #expect(timeline.apply(step) == verdict)
        }
    }

    /// Cut to the second in which they were signed, the end of one and the next one's beginning are one time.
    @Test func `begins after the end of another in the sender's future, signed in the same second`() {
        func step(_ action: IncidentUpdate.Action, opened moment: WallTime) -> TimelineStep {
            TimelineStep(
                action: action, moment: moment, openedAt: 100_000, reference: 100_000, namesOpening: false,
                eventID: nil, destinations: ["pager"])
        }
        var timeline = IncidentTimeline()
        _ = timeline.apply(step(.open, opened: 700_000))
        _ = timeline.apply(step(.resolve, opened: 700_000))
        #expect(timeline.apply(step(.open, opened: 700_000)) == .superseded(.clearedSince))
        #expect(timeline.apply(step(.open, opened: 900_000)).withoutNote == Self.sent(("pager", [.open])))
    }

    /// Cut to when it was signed, its beginning is later each time.
    @Test func `does not begin again because its beginning lies in the sender's future`() {
        func open(signedAt second: Int, namesOpening: Bool) -> TimelineStep {
            let cut = WallTime(unixMilliseconds: second * Self.second)
            return TimelineStep(
                action: .open, moment: 900_000, openedAt: cut, reference: cut, namesOpening: namesOpening,
                eventID: nil, destinations: ["pager"])
        }
        var timeline = IncidentTimeline()
        _ = timeline.apply(open(signedAt: 100, namesOpening: false))
        _ = timeline.apply(Self.step(.acknowledge, at: 110))
        #expect(timeline.apply(open(signedAt: 120, namesOpening: false)) == .repeated)
        #expect(
            timeline.apply(open(signedAt: 130, namesOpening: true))
                == Self.sent(
                    ("pager", [.resolve, .open]), note: "begun again after it was acknowledged"))
    }

    @Test func `pages when it begins again after an acknowledgement that does not say when`() {
        var timeline = Self.opened(to: ["pager"])
        #expect(timeline.apply(Self.step(.acknowledge)) == Self.sent(("pager", [.acknowledge])))
        let again = TimelineStep(
            action: .open, moment: 100_000, openedAt: 100_000, reference: 200_000, namesOpening: true,
            eventID: "2", destinations: ["pager"])
        #expect(
            timeline.apply(again)
                == Self.sent(("pager", [.resolve, .open]), note: "begun again after it was acknowledged"))
        #expect(timeline.apply(again) == .repeated, "once for each acknowledgement")
        var repeated = Self.opened(to: ["pager"])
        _ = repeated.apply(Self.step(.acknowledge))
        #expect(repeated.apply(Self.step(.open, opened: 100, id: "1", to: ["pager"])) == .repeated)
    }

    /// Milliseconds in the open, whole seconds in the clear.
    @Test func `is closed by a clear of the same second`() {
        var timeline = IncidentTimeline()
        let opened = WallTime(unixMilliseconds: 100_700)
        _ = timeline.apply(
            TimelineStep(
                action: .open, openedAt: opened, reference: opened, eventID: nil, destinations: ["pager"]))
        #expect(timeline.apply(Self.step(.resolve, at: 100)) == Self.sent(("pager", [.resolve])))
    }

    @Test func `begins after a clear that had its own time in opened_at`() {
        var timeline = Self.opened()
        _ = timeline.apply(Self.step(.resolve, opened: 130))
        #expect(timeline.apply(Self.step(.open, opened: 130)).withoutNote == Self.sent(("pager", [.open])))
    }

    @Test func `says how often it has begun of late`() {
        var timeline = IncidentTimeline()
        let hour = 3_600
        for count in 1...4 {
            let verdict = timeline.apply(Self.step(.open, opened: count * hour))
            let note = [nil, "2nd", "3rd", "4th"][count - 1].map { "\($0) time since 01:00 UTC" }
            #expect(verdict == Self.sent(("pager", [.open]), note: note))
            _ = timeline.apply(Self.step(.resolve, opened: count * hour, at: count * hour + 60))
        }
        let later = timeline.apply(Self.step(.open, opened: 40 * hour))
        #expect(later == Self.sent(("pager", [.open])))
    }

    @Test func `is remembered whole by a store`() {
        var timeline = Self.opened(severity: "very odd=%\n", value: "9")
        _ = timeline.apply(Self.step(.acknowledge, opened: 100, at: 200))
        _ = timeline.apply(Self.step(.open, opened: 300, severity: "alarm", value: "21"))
        var copy = timeline
        copy.episode = IncidentTimeline.Episode(
            openedAt: timeline.episode?.openedAt, eventID: timeline.episode?.eventID,
            destinations: timeline.episode?.destinations ?? [])
        copy.openings = []
        TimelineFacts.add(TimelineFacts.text(timeline), to: &copy)
        #expect(copy == timeline)
        // Another version has opened another alarm since.
        copy.episode?.openedAt = WallTime(unixMilliseconds: 5)
        TimelineFacts.add(TimelineFacts.text(timeline), to: &copy)
        #expect(copy.episode?.severity == "alarm" || copy.episode?.moment == WallTime(unixMilliseconds: 5))
    }

    @Test func `keeps no more than 32 beginnings`() {
        var timeline = IncidentTimeline()
        for count in 1...100 { _ = timeline.apply(Self.step(.open, opened: count)) }
        #expect(timeline.openings.count == IncidentTimeline.openingsMax)
    }
}
