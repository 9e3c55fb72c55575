internal import RelayCore

/// Two relays on one store: each with a separate configuration, which may lack what the other one has.
extension World {
    /// Where a world's store is: a disk, and the server where one has it.
    struct Place {
        let disk: SimulatedDisk
        let server: SimulatedServer?
        /// What is left for the relay.
        let random: SeededRandom
    }

    /// - Parameter postgreSQL: How to connect to a real server; nil where SQLite's statements stand in.
    static func place(
        _ scenario: Scenario, _ mutation: Mutation?, _ random: SeededRandom,
        _ sharedRandom: inout SeededRandom, postgreSQL: String?, agenda: Agenda
    ) throws -> Place {
        var random = random
        let disk = SimulatedDisk(name: "simulated-\(DiskNames.next())", seed: random.next())
        guard postgreSQL != nil || scenario.sharing != nil else {
            disk.faults.ignoresSyncs = mutation == .ignoreSyncs
            return Place(disk: disk, server: nil, random: random)
        }
        let database = try postgreSQL.map {
            try SimulatedPostgreSQL($0, agenda: agenda, looksFromBeginning: sharedRandom.chance(500))
        }
        let server = SimulatedServer(
            disk: disk, ledgerGeneration: scenario.machine.ledgerGeneration, database: database,
            isShared: scenario.sharing?.hasPeer ?? false, mutation: mutation, random: sharedRandom.fork())
        return Place(disk: disk, server: server, random: random)
    }

    /// Adds the second relay.
    func addPeer() {
        host.configuration = drawnConfiguration()
        host.peer = host.makePeer(configuration: drawnConfiguration(), random: sharedRandom.fork())
        host.server?.onRoom = { [unowned self] in
            // The one whose transaction is under way plans none.
            host.process?.leaseMeanwhile()
            host.peer?.process?.leaseMeanwhile()
        }
    }

    /// A configuration that may lack either vendor, as one that is older or names it otherwise.
    private func drawnConfiguration() -> RelayConfiguration {
        let all = RelayConfiguration.vendors
        let destinations = sharedRandom.pick([all, [all[0]], [all[1]]])
        var given = RelayConfiguration(
            destinations: destinations,
            alarms: sharedRandom.pick([destinations, destinations, [destinations[0]]]),
            others: sharedRandom.pick([destinations, [destinations[destinations.count - 1]]]))
        given.follow(scenario.practices)
        return given
    }

    func scheduleServerTroubles(_ sharing: Scenario.Sharing) {
        host.server?.faults = sharing
        windows(sharing.outages, "the server is away", at: .disk) { $0.host.server?.isAway = $1 }
    }

    /// Takes a relay down that shares its store.
    func takeDown(_ taken: RelayHost, _ body: (RelayHost) -> Void) {
        let wait = sharedRandom.span(1_000...scenario.machine.downSecondsMax * 1_000)
        taken.downMilliseconds = min(wait, max(calmAt - agenda.now, 1_000))
        if sharedRandom.chance(500) { taken.configuration = drawnConfiguration() }
        body(taken)
    }

    /// Has the relay know every vendor again: what waits for one that it lacked is due then.
    func putDestinationsBack() {
        guard host.configuration.destinations != RelayConfiguration.vendors else { return }
        host.configuration.destinations = RelayConfiguration.vendors
        host.drain()
    }

    /// Ends what goes wrong between the relays and their server.
    func calmSharing() {
        host.server?.faults = Scenario.Sharing()
        host.server?.isAway = false
        guard let peer = host.peer else { return }
        (peer.downMilliseconds, peer.failedStarts) = (1_000, 0)
        (peer.syncsAreSlow, peer.restartsWhileWaiting) = (false, 0)
        if peer.process == nil { peer.start() }
    }
}
