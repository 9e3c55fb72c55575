/// Notices that the wall clock was set forward, so that nothing is forgotten because of that.
///
/// The wall clock is compared with one that cannot be set. After a leap forward what is remembered is
/// remembered by as much longer, until a whole retention has passed by the clock that cannot be set: by then
/// what is left was written by the new time. A step back gives the time back.
package struct LeapWatch {
    /// What is less is no leap but the difference between two readings, in seconds.
    static let leapMin = 60

    private let retentionSeconds: Int
    /// The wall clock's lead over the other at the last look.
    private var lead: Int?
    /// By how much longer things are remembered, in seconds.
    private var heldSeconds = 0
    /// Until when, by the clock that cannot be set.
    private var heldUntil = 0

    /// A watch for a ledger with this retention.
    package init(retentionSeconds: Int) { self.retentionSeconds = retentionSeconds }

    /// Counts the time since a ledger that is opened was last written as a leap: the wall clock alone says
    /// that it has passed.
    ///
    /// - Parameter newestEnd: The latest time until which something is remembered; nil for nothing.
    package mutating func open(newestEnd: Int?, wall: Int, uptime: Int) {
        guard let newestEnd else { return }
        note(leap: wall - (newestEnd - retentionSeconds), uptime: uptime)
    }

    /// The time by which what is remembered counts as old; never after `wall`.
    package mutating func forgettingTime(wall: Int, uptime: Int) -> Int {
        let lead = wall - uptime
        if let known = self.lead { note(leap: lead - known, uptime: uptime) }
        self.lead = lead
        if uptime >= heldUntil { heldSeconds = 0 }
        return wall - heldSeconds
    }

    private mutating func note(leap: Int, uptime: Int) {
        guard leap.magnitude >= Self.leapMin else { return }
        heldSeconds = max(heldSeconds + leap, 0)
        if leap > 0 { heldUntil = uptime + retentionSeconds }
    }
}

/// Seconds by a clock that cannot be set.
package struct UptimeClock: Sendable {
    private let start = ContinuousClock.now

    /// A clock that begins with 0.
    package init() {}

    /// How long it has run.
    package func seconds() -> Int { Int((ContinuousClock.now - start).components.seconds) }
}
