package import RelayCore

/// Where a look for due jobs begins, by destination.
///
/// What is done leaves its place in the index of due times until no transaction of the server can see it any
/// more. While another transaction stays open for long these places gather in front of what is due, and a
/// look from the beginning passes over each of them. So a look that took long is followed by some that begin
/// where it found the first job. What is due by an older time and was committed only then, as by a relay that
/// was frozen, is found by the next look from the beginning.
package struct DueScan {
    /// From the beginning.
    package static let beginning = WallTime(unixMilliseconds: .min)
    /// A look that took less is followed by another one from the beginning.
    package static let longMilliseconds = 2
    /// How much older the time of a job may be than its commit, in milliseconds.
    package static let slackMilliseconds = 20_000
    /// Looks from the beginning are so far apart, in milliseconds, and take at most 1 % of it where the
    /// longest pause allows that.
    package static let pauseMilliseconds = 10_000
    package static let pauseMaxMilliseconds = 60_000
    private static let shareOfTime = 100

    private struct Place {
        var start: WallTime
        var until: WallTime
    }
    private var places: [String: Place] = [:]

    private let longMilliseconds: Int
    private let pauseMaxMilliseconds: Int

    /// The first look begins at the beginning.
    ///
    /// - Parameters:
    ///   - longMilliseconds: How long a look takes that the next ones are not to repeat.
    ///   - pauseMaxMilliseconds: The longest time between two looks from the beginning.
    package init(
        longMilliseconds: Int = DueScan.longMilliseconds,
        pauseMaxMilliseconds: Int = DueScan.pauseMaxMilliseconds
    ) {
        self.longMilliseconds = longMilliseconds
        self.pauseMaxMilliseconds = pauseMaxMilliseconds
    }

    /// Where a look at `now` begins.
    package func start(of destination: String, at now: WallTime) -> WallTime {
        guard let place = places[destination], now < place.until, now >= place.start else {
            return Self.beginning
        }
        return place.start
    }

    /// The next look begins at the beginning.
    package mutating func forget(_ destination: String) { places[destination] = nil }

    /// Notes what a look from the beginning has found.
    ///
    /// - Parameters:
    ///   - first: When the first job is or was due; nil for none.
    ///   - milliseconds: How long it took.
    package mutating func note(_ destination: String, first: WallTime?, milliseconds: Int, at now: WallTime) {
        guard milliseconds >= longMilliseconds else {
            places[destination] = nil
            return
        }
        let start = now.adding(milliseconds: -Self.slackMilliseconds)
        let pause = min(
            max(Self.pauseMilliseconds, milliseconds * Self.shareOfTime), pauseMaxMilliseconds)
        places[destination] = Place(
            start: min(first ?? start, start), until: now.adding(milliseconds: pause))
    }
}
