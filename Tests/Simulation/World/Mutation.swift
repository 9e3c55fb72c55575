/// A fault that is put into the world on purpose, to see whether the checker notices.
package enum Mutation: String, CaseIterable, Sendable {
    /// The disk says that a sync worked and does nothing.
    case ignoreSyncs = "ignore-syncs"
    /// A delivery is answered before it is committed.
    case acknowledgeEarly = "acknowledge-early"
    /// What is known of the newest clear is forgotten before each transaction.
    case forgetClears = "forget-clears"
    /// The second job of a lane is due while the first is leased.
    case releaseLanes = "release-lanes"
    /// A leased job is due again at once, a hundred times in a relay's life.
    case forgetLeases = "forget-leases"
    /// A delivery that could not be committed is answered as if it were.
    case acknowledgeFailures = "acknowledge-failures"
    /// What is quarantined is kept with the time of another clock.
    case misdateQuarantine = "misdate-quarantine"
    /// The dispatcher is never woken for new work.
    case loseWakeUps = "lose-wake-ups"
    /// Leases are not given back at an orderly stop.
    case forgetReleases = "forget-releases"
    /// What an adapter asks to keep before a request is not kept.
    case forgetProgress = "forget-progress"
    /// What a person had judged again leaves the quarantine before it is accepted.
    case settleFirst = "settle-first"
    /// No event says how bad its alarm is.
    case hideSeverities = "hide-severities"
    /// No event says when its alarm was opened again.
    case hideReopenings = "hide-reopenings"
    /// No clear says which alarm it ends.
    case hideClearedOpenings = "hide-cleared-openings"
    /// An alarm that is reported again seems to be another one.
    case redateRepetitions = "redate-repetitions"
    /// An open waits for half a minute before it is tried.
    case delayOpens = "delay-opens"
    /// The engine knows of no destination that stands in for another one.
    case forgetFailover = "forget-failover"
    /// After a change of a vendor's key nothing is known of the one before.
    case forgetKeys = "forget-keys"
    /// Refused credentials seem to be a refusal of the update.
    case misreadRefusals = "misread-refusals"
    /// A relay that starts makes dead letters of the jobs for destinations that it does not know.
    case buryUnknown = "bury-unknown"
    /// A delivery whose commit broke off is answered as if it were committed.
    case trustBrokenConnections = "trust-broken-connections"
}
