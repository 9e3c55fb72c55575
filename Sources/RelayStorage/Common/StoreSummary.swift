/// How many of each thing a store holds.
package struct StoreSummary: Sendable, Hashable {
    /// Accepted deliveries.
    package var deliveries = 0
    /// Jobs that are neither delivered nor dead.
    package var pendingJobs = 0
    /// Jobs that wait for a person.
    package var deadJobs = 0
    /// Jobs the vendors have.
    package var deliveredJobs = 0
    /// Requests that could not be authenticated.
    package var quarantined = 0
}
