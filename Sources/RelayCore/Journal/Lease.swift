/// Jobs taken from the journal.
package struct Lease: Sendable {
    /// The jobs, the longest due first.
    package var jobs: [LeasedJob]
    /// In how many milliseconds the next job of this destination is due, 0 or more; nil when none waits.
    package var nextDueInMilliseconds: Int?

    /// A lease.
    package init(jobs: [LeasedJob], nextDueInMilliseconds: Int?) {
        self.jobs = jobs
        self.nextDueInMilliseconds = nextDueInMilliseconds
    }
}
