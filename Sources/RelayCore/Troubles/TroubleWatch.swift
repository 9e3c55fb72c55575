internal import AdapterKit
internal import OpenSenseWebhooks

/// Decides from signs which troubles there are: when one is reported, and when it is over.
///
/// A value without a clock. What it remembers is bounded.
package struct TroubleWatch: Sendable {
    /// For how long no sign is seen before a trouble is over, in milliseconds.
    package static let healthMilliseconds = 300_000
    /// The most troubles that are watched at once; further ones are left to the log.
    package static let troublesMax = 256

    /// What is to be reported.
    package struct Report: Sendable, Hashable {
        /// Which trouble.
        package var trouble: Trouble
        /// Whether it is over.
        package var isOver: Bool
        /// Since when it has gone on, by the wall clock; what distinguishes it from the one before.
        package var since: WallTime
        /// How many signs were seen.
        package var count: Int
        /// The last of them, for a person.
        package var text: String
    }

    private struct Course {
        var begun: SteadyTime
        var seen: SteadyTime
        let since: WallTime
        var count = 0
        var text: String
        var isReported = false
        /// When it was last reported.
        var reportedAt: SteadyTime?
    }

    private var courses: [Trouble: Course] = [:]
    /// Until when a trouble is not reported anew that is over.
    private var rests: [Trouble: SteadyTime] = [:]

    /// A watch that has seen nothing.
    package init() {}

    /// A trouble goes on, which counts as a sign the first time.
    ///
    /// - Parameter begun: When it began, where that was before.
    mutating func keep(_ sign: TroubleSign, begun: SteadyTime? = nil, at now: ClockReading) {
        guard courses[sign.trouble] != nil else { return note(sign, begun: begun, at: now) }
        courses[sign.trouble]?.seen = now.steady
        courses[sign.trouble]?.text = sign.text
    }

    /// A sign was seen.
    ///
    /// - Parameter begun: When the trouble began, where that was before the first sign.
    package mutating func note(_ sign: TroubleSign, begun: SteadyTime? = nil, at now: ClockReading) {
        guard courses[sign.trouble] != nil || courses.count < Self.troublesMax,
            !rests(sign.trouble, now.steady)
        else { return }
        let begun = begun ?? now.steady
        let since = now.wall.adding(milliseconds: -now.steady.milliseconds(since: begun))
        courses[
            sign.trouble, default: Course(begun: begun, seen: now.steady, since: since, text: sign.text)
        ].count += 1
        courses[sign.trouble]?.seen = now.steady
        courses[sign.trouble]?.text = sign.text
    }

    private mutating func rests(_ trouble: Trouble, _ now: SteadyTime) -> Bool {
        guard let end = rests[trouble] else { return false }
        if end <= now { rests[trouble] = nil }
        return end > now && courses[trouble] == nil
    }

    /// What has not been reported yet is over.
    package mutating func forget(_ trouble: Trouble) {
        if courses[trouble]?.isReported == false { courses[trouble] = nil }
    }

    /// An earlier life of the relay has reported these, and they are not over.
    package mutating func restore(_ troubles: [Trouble], at now: ClockReading) {
        for trouble in troubles where courses[trouble] == nil && courses.count < Self.troublesMax {
            var course = Course(
                begun: now.steady, seen: now.steady, since: now.wall,
                text: "not seen since the relay has started")
            course.isReported = true
            courses[trouble] = course
        }
    }

    /// What is to be reported now.
    package mutating func tick(at now: ClockReading) -> [Report] {
        guard let next = nextTick, next <= now.steady else { return [] }
        var reports: [Report] = []
        for (trouble, course) in courses.sorted(by: { $0.key.key.text < $1.key.key.text }) {
            let isOver = now.steady.milliseconds(since: course.seen) >= Self.healthMilliseconds
            let isDue = now.steady.milliseconds(since: course.begun) >= trouble.patienceMilliseconds
            // Once more while it lasts: another relay that does not see it may have closed the incident.
            let isStale =
                course.reportedAt.map { now.steady.milliseconds(since: $0) >= Self.healthMilliseconds }
                ?? false
            if !isOver, isDue, !course.isReported || isStale {
                if !course.isReported, trouble.restMilliseconds > 0 {
                    rests[trouble] = now.steady.adding(milliseconds: trouble.restMilliseconds)
                }
                courses[trouble]?.isReported = true
                courses[trouble]?.reportedAt = now.steady
                reports.append(report(trouble, course, isOver: false))
            } else if isOver {
                courses[trouble] = nil
                if course.isReported { reports.append(report(trouble, course, isOver: true)) }
            }
        }
        return reports
    }

    /// When ``tick(at:)`` might report something; nil while nothing is wrong.
    package var nextTick: SteadyTime? {
        courses.map { trouble, course in
            let over = course.seen.adding(milliseconds: Self.healthMilliseconds)
            let again = course.reportedAt.map { $0.adding(milliseconds: Self.healthMilliseconds) }
            return course.isReported
                ? min(over, again ?? over)
                : min(over, course.begun.adding(milliseconds: trouble.patienceMilliseconds))
        }.min()
    }

    private func report(_ trouble: Trouble, _ course: Course, isOver: Bool) -> Report {
        Report(
            trouble: trouble, isOver: isOver, since: course.since, count: course.count, text: course.text)
    }
}
