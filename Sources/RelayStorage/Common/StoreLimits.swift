internal import OpenSenseWebhooks
internal import RelayCore

/// The bounds that SQLite's and PostgreSQL's store share.
package enum StoreLimits {
    /// The most deliveries looked at in one transaction, so that pruning never makes an alarm wait for long.
    package static let prunedAtOnceMax = 200
    /// How many of a job's attempts are kept besides the first: the newest, each as long as ``Exchange``
    /// allows.
    package static let newestAttemptsMax = 20
    /// The longest that a retry waits, in milliseconds: an hour for a vendor's `Retry-After`, plus a margin.
    package static let dueAheadMax = 2 * 3_600_000
    /// The longest lease, in milliseconds: 10 min, and the 2 min for which a vendor is asked for an outcome.
    package static let leaseMax = 720_000
    /// Steps back by less than this are ignored: operations come from several threads, whose readings may
    /// arrive out of order.
    ///
    /// - Unit: milliseconds.
    static let clockStepMin = 1_000
    /// How finely the time that relays have run is written down, in milliseconds.
    static let runningMarkMilliseconds = 3_600_000

    /// How many lanes are looked at in one transaction for those that stand still.
    package static let lanesLookedAtMax = 500
    /// How many of the longest due jobs are looked at for those that no relay can do.
    static let unclaimedAtOnceMax = 256
}

extension Retention {
    /// Milliseconds for which delivery ids are kept, at least the sender's retry horizon.
    var ledgerMilliseconds: Int { max(ledgerSeconds, LedgerRetention.retryHorizonSeconds) * 1_000 }
    /// Milliseconds for which deliveries are kept, never less than their ids.
    var historyMilliseconds: Int { max(historySeconds * 1_000, ledgerMilliseconds) }
    /// Milliseconds for which anything is kept: so long is written down how long relays had run.
    var longestMilliseconds: Int {
        max(historyMilliseconds, timelineSeconds * 1_000, quarantineSeconds * 1_000)
    }
}
