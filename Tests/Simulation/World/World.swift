internal import OpenSenseWebhooks
internal import RelayCore
internal import Synchronization

/// The sender, the network, the relay and the vendors, in one thread on simulated time.
final class World {
    /// 2026-05-17T08:00:00Z, as good a day as any.
    private static let start = 1_779_004_800_000
    /// The longest that everything may take to settle once no more goes wrong: the sender's last retry and
    /// the rest.
    private static let settlingMilliseconds = 40 * 3_600_000

    /// Failed starts in a row, without injected faults, after which the relay is taken to be unable to start.
    private static let failedStartsMax = 100

    let agenda = Agenda(now: World.start)
    let chronicle: Chronicle
    let scenario: Scenario
    let story: Story
    let vendors: SimulatedVendors
    let host: RelayHost
    let sender: SimulatedSender
    let `operator`: Operator
    let forger: WebhookSigner
    let calmAt: Int
    var random: SeededRandom
    /// For what is added to a world without changing the rest of it.
    var habitRandom: SeededRandom
    /// For what relays that share a store do.
    var sharedRandom: SeededRandom

    /// - Parameter postgreSQL: How to connect to a real server that has the store; nil for a simulated disk.
    init(
        seed: UInt64, mutation: Mutation?, postgreSQL: String?, print: ((String) -> Void)?
    ) throws {
        var random = SeededRandom(seed: seed)
        var habitRandom = SeededRandom(seed: ~seed)
        var scenario = Scenario(&random)
        scenario.drawHabits(&habitRandom)
        var sharedRandom = SeededRandom(seed: seed ^ 0x5348_4152_4544)
        if postgreSQL == nil {
            scenario.drawSharing(seed: seed, &sharedRandom)
        } else {
            scenario.drawServer(seed: seed, &sharedRandom)
        }
        var storyRandom = random.fork()
        var story = Story(scenario.story, from: World.start + 1_000, &storyRandom)
        story.add(scenario.habits, scenario.story, from: World.start + 1_000, &habitRandom)
        (self.scenario, self.story) = (scenario, story)
        chronicle = Chronicle(agenda: agenda, print: print)
        vendors = SimulatedVendors(
            agenda: agenda, chronicle: chronicle, scenario: scenario.vendors, random: random.fork(),
            lastingRandom: habitRandom.fork())
        let secret = try Secret("a secret for the simulation")
        var configuration = RelayConfiguration.random(&random)
        configuration.follow(scenario.practices)
        let hostRandom = random.fork()
        let place = try World.place(
            scenario, mutation, hostRandom, &sharedRandom, postgreSQL: postgreSQL, agenda: agenda)
        host = RelayHost(
            agenda: agenda, chronicle: chronicle, machine: scenario.machine,
            configuration: configuration,
            judges: (
                WebhookJudge(verifier: try WebhookVerifier(secrets: [secret])),
                WebhookJudge(verifier: try WebhookVerifier(secrets: [Secret("a mistyped secret of ours")]))
            ),
            vendors: vendors, mutation: mutation, disk: place.disk, server: place.server, random: place.random
        )
        sender = SimulatedSender(
            agenda: agenda, chronicle: chronicle, host: host, story: story,
            signer: try WebhookSigner(secret: secret), random: random.fork())
        `operator` = Operator(agenda: agenda, chronicle: chronicle, host: host)
        forger = try WebhookSigner(secret: Secret("a secret of somebody else"))
        calmAt = World.start + scenario.story.milliseconds + random.between(0...3_600_000)
        (self.random, self.habitRandom, self.sharedRandom) = (random, habitRandom, sharedRandom)
        if scenario.sharing?.hasPeer ?? false { addPeer() }
    }

    /// Lives through the story and its troubles, then lets everything settle.
    ///
    /// - Returns: Whether it did settle.
    func run() -> Bool {
        agenda.at(World.start) { [unowned self] in
            sender.network = scenario.network
            vendors.faults = scenario.vendors
            vendors.lasting = scenario.lasting
            host.start()
            host.peer?.start()
        }
        scheduleTroubles()
        scheduleLastingTroubles()
        while agenda.step(until: calmAt) {}
        calm()
        guard settle() else { return false }
        if random.chance(500) {
            // What was done must not come back, and what was stored must still be there.
            host.kill(powerIsLost: true)
            guard settle() else { return false }
        }
        return !scenario.hasOperator || mendEverything()
    }

    /// What a person does in the end: mends the secret, has the vendors take what they refused, and has
    /// everything tried again.
    private func mendEverything() -> Bool {
        chronicle.log("operator: mends everything")
        chronicle.lastRoundBegins()
        vendors.takeEverything()
        `operator`.retryEverything()
        return settle()
    }

    private func settle() -> Bool {
        let end = agenda.now + World.settlingMilliseconds
        while !isQuiet, host.failedStarts < World.failedStartsMax, agenda.step(until: end) {}
        if !isQuiet { chronicle.log("left: \(host.process?.journal.waitingJobs() ?? [])") }
        return isQuiet
    }

    private var isQuiet: Bool {
        sender.isQuiet && `operator`.isQuiet && host.process?.isQuiet ?? false
            && host.peer.map { $0.process?.isQuiet ?? false } ?? true
    }

    /// Ends the injection of faults.
    private func calm() {
        chronicle.log("calm")
        sender.network = Scenario.Network()
        vendors.faults = Scenario.Vendors()
        vendors.lasting = Scenario.LastingFaults()
        for name in RelayConfiguration.vendors { vendors.workOff(name) }
        (vendors.away, vendors.refusing, vendors.unresolvable) = ([], [], [])
        host.clockError = 0
        host.syncsAreSlow = false
        host.disk.faults = SimulatedDisk.Faults(ignoresSyncs: host.disk.faults.ignoresSyncs)
        host.downMilliseconds = 1_000
        host.failedStarts = 0
        (host.stopsAfterRequests, host.restartsWhileWaiting) = (0, 0)
        if host.configuration.hasWrongSecret {
            host.configuration.hasWrongSecret = false
            host.drain()
        }
        putDestinationsBack()
        calmSharing()
        if host.process == nil { host.start() }
    }
}

/// SQLite knows file systems by name, also those of other worlds in this process.
enum DiskNames {
    private static let count = Atomic(0)

    static func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
}
