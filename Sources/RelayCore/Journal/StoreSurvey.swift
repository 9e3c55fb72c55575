/// What a relay looks for in its store now and then.
package struct StoreSurvey: Sendable, Hashable {
    /// How many jobs have been due for ``unclaimedMilliseconds`` and can be done by no relay that runs, by
    /// destination.
    package var unclaimed: [String: Int]
    /// The keys of the relay's own incidents that are open.
    package var ownIncidents: [String]

    /// For how long a job is due before it counts as unclaimed, in milliseconds.
    package static let unclaimedMilliseconds = 900_000

    /// A survey.
    package init(unclaimed: [String: Int], ownIncidents: [String]) {
        self.unclaimed = unclaimed
        self.ownIncidents = ownIncidents
    }
}
