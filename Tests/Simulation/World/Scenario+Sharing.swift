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
        /// Transactions of a thousand in the middle of which another relay takes jobs, where it has to.
        var leasedMeanwhile = 0
        /// How often no relay reaches the server.
        var outages = 0
        /// Whether another relay is there.
        var hasPeer = false
    }

    /// Of so many seeds in a row one is of a world whose relays share a store.
    private static let seedsForOne: UInt64 = 10

    /// Has two relays share a store in the worlds of one seed in ten, from a separate generator: every other
    /// world is as it would be without this.
    ///
    /// Not where a person is there, where everything has to be prompt, or where keys are rotated, which a
    /// relay that lacks a destination cannot know.
    mutating func drawSharing(seed: UInt64, _ random: inout SeededRandom) {
        guard seed % Self.seedsForOne == 7 else { return }
        share(&random)
    }

    /// Has a server have the store, in the worlds of one seed in three one without a fault, whose relay gets
    /// other keys, and in as many one that two relays share.
    mutating func drawServer(seed: UInt64, _ random: inout SeededRandom) {
        moveStoreToServer()
        // Most of a long story is that relays look for work and find none, which costs a round trip here.
        if seed % 10 != 0 { story.milliseconds = min(story.milliseconds, 6 * 3_600_000) }
        switch seed % 3 {
        case 0: rotateKeys()
        case 1: if !isKind { sharing = Self.serverFaults(&random) }
        default: share(&random)
        }
    }

    /// Has the relay restart with other keys of a vendor's: what is open has to be closed by the key that has
    /// opened it.
    private mutating func rotateKeys() {
        practices.rotatesKeys = true
        machine.restarts = max(machine.restarts, 3)
    }

    private mutating func share(_ random: inout SeededRandom) {
        guard !isKind, !hasOperator, !practices.rotatesKeys else { return }
        var sharing = Self.serverFaults(&random)
        (sharing.hasPeer, sharing.leasedMeanwhile) = (true, 500)
        self.sharing = sharing
        moveStoreToServer()
        (machine.clockSteps, lasting.wrongClocks) = (0, 0)
        // A relay that lacks a destination cannot have it stand in.
        (vendors.hasFailover, practices.hasStandIn) = (false, false)
        machine.changesConfiguration = true
    }

    /// The server's disk is not what a relay has to cope with.
    private mutating func moveStoreToServer() {
        (machine.fullWindows, machine.syncFailureWindows, machine.writeFailureWindows) = (0, 0, 0)
        machine.stopsInWrites = 0
    }

    private static func serverFaults(_ random: inout SeededRandom) -> Sharing {
        var sharing = Sharing()
        sharing.raced = random.chance(500) ? random.span(1...600) : 0
        sharing.brokenBefore = random.chance(500) ? random.span(1...300) : 0
        sharing.broken = random.chance(700) ? random.span(1...300) : 0
        sharing.waiting = random.chance(500) ? random.span(1...500) : 0
        sharing.frozen = random.chance(300) ? random.span(1...30) : 0
        sharing.outages = random.chance(400) ? random.between(1...3) : 0
        return sharing
    }
}
