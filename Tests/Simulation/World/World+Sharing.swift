internal import RelayCore

/// Two relays on one store: each with a separate configuration, which may lack what the other one has.
extension World {
    /// The disk of a world's store and, where relays share it, the server.
    static func place(
        _ scenario: Scenario, _ mutation: Mutation?, _ random: SeededRandom,
        _ sharedRandom: inout SeededRandom
    ) -> (disk: SimulatedDisk, server: SimulatedServer?, random: SeededRandom) {
        var random = random
        let disk = SimulatedDisk(name: "simulated-\(DiskNames.next())", seed: random.next())
        disk.faults.ignoresSyncs = mutation == .ignoreSyncs && scenario.sharing == nil
        guard scenario.sharing != nil else { return (disk, nil, random) }
        let server = SimulatedServer(
            disk: disk, ledgerGeneration: scenario.machine.ledgerGeneration, mutation: mutation,
            random: sharedRandom.fork())
        return (disk, server, random)
    }

    /// Adds the second relay.
    func addPeer() {
        host.configuration = drawnConfiguration()
        host.peer = host.makePeer(configuration: drawnConfiguration(), random: sharedRandom.fork())
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
