internal import RelayCore

/// Notices that the clock by which a store is written was set back.
///
/// What waits in the store waits for a time of that clock; set back, it would make an alarm wait for as
/// long as the step.
struct ClockWatch {
    /// The newest time of the transactions that were committed, and of this one.
    private var committed, newest: WallTime?

    /// A transaction begins, or begins anew.
    mutating func begin() { newest = committed }

    /// Something is written at `now`.
    mutating func note(_ now: WallTime) { newest = max(newest ?? now, now) }

    /// Whether `now` is before what was written; from then on it is the newest time.
    mutating func hasGoneBack(at now: WallTime) -> Bool {
        guard let newest, newest.milliseconds(since: now) > StoreLimits.clockStepMin else {
            note(now)
            return false
        }
        self.newest = now
        return true
    }

    /// The transaction is on disk.
    mutating func commit() { committed = newest }
}
