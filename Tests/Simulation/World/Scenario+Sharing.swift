internal import RelayCore

extension Scenario {
    /// What goes wrong between relays and the server whose store they share.
    struct Sharing {
        /// Transactions of a thousand that are undone in favour of another relay's.
        var raced = 0
        /// Connections of a thousand that are broken when a transaction begins.
        var brokenBefore = 0
        /// Connections of a thousand that break before or after a commit.
        var broken = 0
        /// Transactions of a thousand that wait for those of others.
        var waiting = 0
        /// Transactions of a thousand that come after the relay was frozen for longer than a lease.
        var frozen = 0
        /// How often no relay reaches the server.
        var outages = 0
    }

    /// Has two relays share a store in some worlds, from a separate generator: the others are as they would
    /// be without this.
    mutating func drawSharing(_ random: inout SeededRandom) {
        guard random.chance(200) else { return }
        var sharing = Sharing()
        sharing.raced = random.chance(500) ? random.span(1...600) : 0
        sharing.brokenBefore = random.chance(500) ? random.span(1...300) : 0
        sharing.broken = random.chance(700) ? random.span(1...300) : 0
        sharing.waiting = random.chance(500) ? random.span(1...500) : 0
        sharing.frozen = random.chance(300) ? random.span(1...30) : 0
        sharing.outages = random.chance(400) ? random.between(1...3) : 0
        self.sharing = sharing
        // Neither the server's disk nor its clock is a relay's to mend, and no person is there.
        (hasOperator, isKind) = (false, false)
        (machine.wrongSecrets, machine.retries, machine.stopsAfterRequests) = (0, 0, 0)
        (machine.fullWindows, machine.syncFailureWindows, machine.writeFailureWindows) = (0, 0, 0)
        (machine.stopsInWrites, machine.clockSteps, lasting.wrongClocks) = (0, 0, 0)
        // A relay that lacks a destination cannot have it stand in, or know the keys that it had.
        (vendors.hasFailover, practices.hasStandIn, practices.rotatesKeys) = (false, false, false)
        machine.changesConfiguration = true
    }
}
