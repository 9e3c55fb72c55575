/// How many of each thing a store holds.
package struct StoreSummary: Sendable, Hashable {
    /// Accepted deliveries.
    package var deliveries: Int
    /// Jobs that are neither delivered nor dead.
    package var pendingJobs: Int
    /// Jobs that wait for a person.
    package var deadJobs: Int
    /// Jobs the vendors have.
    package var deliveredJobs: Int
    /// Requests that could not be authenticated.
    package var quarantined: Int

    /// A summary.
    package init(
        deliveries: Int, pendingJobs: Int, deadJobs: Int, deliveredJobs: Int, quarantined: Int
    ) {
        self.deliveries = deliveries
        self.pendingJobs = pendingJobs
        self.deadJobs = deadJobs
        self.deliveredJobs = deliveredJobs
        self.quarantined = quarantined
    }
}
