package import AdapterKit

/// Which jobs a relay asks its journal for.
package struct LeaseRequest: Sendable, Hashable {
    /// The destination's name.
    package var destination: String
    /// How many of what.
    package var limits: LeaseLimits
    /// Which first.
    package var pick = Pick.urgent
    /// The identities of the vendor that this relay has for the destination, the present one first: an update
    /// of an incident that another one opened is left alone.
    package var fingerprints: [String]
    /// The clock of the one who asks.
    package var now: WallTime
    /// For how long no other relay gets them.
    package var leaseMilliseconds: Int

    /// The fingerprints, each on a line with a line break on either side.
    package var fingerprintLines: String { "\n\(fingerprints.joined(separator: "\n"))\n" }

    /// Until when they are held.
    package var leaseEnd: WallTime { now.adding(milliseconds: leaseMilliseconds) }

    /// The place to which a job goes.
    ///
    /// An open begins at the present one, unless an attempt may have opened it at an earlier one that the
    /// relay knows.
    ///
    /// - Parameter pinned: Where the incident was opened, or where that was tried.
    package func place(
        of action: IncidentUpdate.Action, pinned: String?, mayHaveArrived: Bool
    ) -> String? {
        guard action == .open else { return pinned }
        guard let pinned, mayHaveArrived, fingerprints.contains(pinned) else { return fingerprints.first }
        return pinned
    }

    /// Which jobs come first.
    package enum Pick: Sendable, Hashable {
        /// By urgency, then the longest due.
        case urgent
        /// Only opens that have not failed.
        case freshOpen
        /// An open that has not failed, else the job that is due the longest: a trial must not go to the same
        /// failing job again and again.
        case trial
    }

    /// A request.
    package init(
        destination: String, limits: LeaseLimits, pick: Pick = .urgent, fingerprints: [String] = [""],
        now: WallTime, leaseMilliseconds: Int
    ) {
        self.destination = destination
        self.limits = limits
        self.pick = pick
        self.fingerprints = fingerprints
        self.now = now
        self.leaseMilliseconds = leaseMilliseconds
    }
}

/// How many jobs may be taken, by what they are for.
///
/// They are taken in the order of urgency, and each counts for those that follow.
package struct LeaseLimits: Sendable, Hashable {
    /// Of all.
    package var total: Int
    /// Less urgent than opens only while fewer than so many are taken.
    package var follows: Int
    /// Less urgent than acknowledgements and resolves only while fewer than so many are taken.
    package var remarks: Int
    /// So many acknowledgements and resolves come before the opens.
    package var followsFirst: Int

    /// Limits.
    package init(total: Int, follows: Int, remarks: Int, followsFirst: Int = 0) {
        self.total = total
        self.follows = follows
        self.remarks = remarks
        self.followsFirst = followsFirst
    }

    /// The same for all.
    package init(_ total: Int) { self.init(total: total, follows: total, remarks: total) }

    /// Until how many are taken one of `urgency` may be.
    package func limit(for urgency: Urgency) -> Int {
        if urgency.isOfOpen { return total }
        return urgency < .late ? follows : remarks
    }

    /// The smaller of both, for each.
    package func bounded(by other: LeaseLimits) -> LeaseLimits {
        LeaseLimits(
            total: min(total, other.total), follows: min(follows, other.follows),
            remarks: min(remarks, other.remarks), followsFirst: min(followsFirst, other.followsFirst))
    }
}
