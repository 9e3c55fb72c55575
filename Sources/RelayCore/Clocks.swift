/// A moment as the sender and people mean it, and as the store keeps it.
///
/// The clock behind it may be set forward or back at any time, so no wait is measured by it.
///
/// - Unit: milliseconds since 1970-01-01T00:00:00Z.
package struct WallTime: Sendable, Hashable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package var unixMilliseconds: Int

    /// Later than any other moment.
    package static let distantFuture = WallTime(unixMilliseconds: .max)

    /// The moment so many milliseconds after 1970-01-01T00:00:00Z.
    package init(unixMilliseconds: Int) { self.unixMilliseconds = unixMilliseconds }

    /// The moment so many seconds after 1970-01-01T00:00:00Z.
    package init(unixSeconds: Int) { self.init(unixMilliseconds: unixSeconds * 1_000) }

    /// Whole seconds since 1970-01-01T00:00:00Z; rounded down, also before 1970.
    package var unixSeconds: Int { (unixMilliseconds - millisecondsOfSecond) / 1_000 }

    /// What is left beside ``unixSeconds``, 0...999.
    package var millisecondsOfSecond: Int {
        let rest = unixMilliseconds % 1_000
        return rest < 0 ? rest + 1_000 : rest
    }

    /// The moment so many milliseconds later.
    package func adding(milliseconds: Int) -> WallTime {
        WallTime(unixMilliseconds: unixMilliseconds + milliseconds)
    }

    /// Milliseconds from `earlier` to this moment; negative when that is later.
    package func milliseconds(since earlier: WallTime) -> Int { unixMilliseconds - earlier.unixMilliseconds }

    /// The order of time.
    package static func < (left: WallTime, right: WallTime) -> Bool {
        left.unixMilliseconds < right.unixMilliseconds
    }
}

/// A reading of the clock by which waits are counted: it only goes forward, also while the machine sleeps.
///
/// Its origin means nothing, so it is neither stored nor shown.
///
/// - Unit: milliseconds.
package struct SteadyTime: Sendable, Hashable, Comparable {
    /// Milliseconds since an origin that is the same for the whole process.
    package var milliseconds: Int

    /// A reading.
    package init(milliseconds: Int) { self.milliseconds = milliseconds }

    /// The reading so many milliseconds later.
    package func adding(milliseconds: Int) -> SteadyTime {
        SteadyTime(milliseconds: self.milliseconds + milliseconds)
    }

    /// Milliseconds from `earlier` to this reading; negative when that is later.
    package func milliseconds(since earlier: SteadyTime) -> Int { milliseconds - earlier.milliseconds }

    /// The order of time.
    package static func < (left: SteadyTime, right: SteadyTime) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

/// Both clocks, read at one moment.
package struct ClockReading: Sendable, Hashable {
    /// What is written down and shown.
    package var wall: WallTime
    /// What waits are counted in.
    package var steady: SteadyTime

    /// A reading of both clocks.
    package init(wall: WallTime, steady: SteadyTime) {
        self.wall = wall
        self.steady = steady
    }
}
