internal import RelayCore

/// Everything that a seed decides before the world begins: how much of which trouble there is.
///
/// Each kind of trouble is there or not for a whole run, and where it is, more or less often: so that every
/// mixture comes up, the quiet ones too.
struct Scenario {
    /// A part of the sender's or the vendors' network; each number is so many of a thousand.
    struct Network {
        var lostRequest = 0, lostResponse = 0, duplicated = 0, replayed = 0, slow = 0
    }

    /// What vendors do wrong, each so many of a thousand requests.
    struct Vendors {
        var serverError = 0, errorAfterEffect = 0, tooMany = 0, lostRequest = 0, lostResponse = 0, late = 0
        /// Deliveries that a vendor refuses for good.
        var poison = 0
        var outages = 0, outageMinutesMax = 60
        /// Whether the second vendor reports the outcome of an update later.
        var decidesLater = false
        /// Whether the second vendor makes an incident of every request, so that the adapter has to look
        /// first.
        var foldsNothing = false
        var hasRateLimit = false
        /// Whether each request names what the vendor counts it under.
        var namesPace = false
        /// Whether what waits behind a refused open is sent all the same.
        var skipsDeadLetters = false
        /// Whether the second vendor gets what the first one refuses.
        var hasFailover = false
    }

    /// What befalls the machine that the relay runs on.
    struct Machine {
        var kills = 0, powerCuts = 0, stopsInWrites = 0, restarts = 0
        var downSecondsMax = 5
        var fullWindows = 0, syncFailureWindows = 0, writeFailureWindows = 0, slowSyncWindows = 0
        var clockSteps = 0
        /// Lives with another secret than the sender's; what comes then is quarantined.
        var wrongSecrets = 0
        /// How often a person has everything tried again.
        var retries = 0
        /// How often, of a thousand times, the machine stops soon after it took up what people asked for.
        var stopsAfterRequests = 0
        /// How often, of a thousand times, the relay is restarted while a vendor decides.
        var restartsWhileWaiting = 0
        /// Whether routes and destinations change between two lives of the relay.
        var changesConfiguration = false
        var batchMax = 64, waitingMax = 1_000
        var ledgerGeneration = 16
    }

    /// How the sender's events look and how many there are.
    struct StoryBounds {
        var sensors = 3, episodesMax = 3
        var milliseconds = 3_600_000
        /// Forged requests, which the quarantine has to bound.
        var forged = 0
    }

    var network = Network()
    /// Whether a person looks after what is put aside.
    var hasOperator = false
    /// Whether vendors and disk do nothing wrong, so that everything has to be prompt.
    var isKind = false
    var vendors = Vendors()
    var machine = Machine()
    var story = StoryBounds()
    var habits = Habits()
    var lasting = LastingFaults()
    var practices = Practices()
    /// What goes wrong between relays that share a store; nil where there is one relay with its own.
    var sharing: Sharing?

    init(_ random: inout SeededRandom) {
        drawStory(&random)
        drawNetwork(&random)
        drawVendors(&random)
        drawMachine(&random)
        drawOperator(&random)
        if random.chance(100) { beKind() }
    }

    private mutating func drawStory(_ random: inout SeededRandom) {
        story.sensors = random.between(3...8)
        story.episodesMax = random.between(1...4)
        story.milliseconds = random.pick([600, 3_600, 6 * 3_600, 6 * 3_600, 30 * 3_600]) * 1_000
        story.forged = Self.often(&random, 0...40)
    }

    private mutating func drawNetwork(_ random: inout SeededRandom) {
        network.lostRequest = Self.often(&random, 1...300)
        network.lostResponse = Self.often(&random, 1...300)
        network.duplicated = Self.often(&random, 1...300)
        network.replayed = Self.often(&random, 1...200)
        network.slow = Self.often(&random, 1...200)
    }

    private mutating func drawVendors(_ random: inout SeededRandom) {
        vendors.serverError = Self.often(&random, 1...400)
        vendors.errorAfterEffect = Self.often(&random, 1...100)
        vendors.tooMany = Self.often(&random, 1...200)
        vendors.lostRequest = Self.often(&random, 1...200)
        vendors.lostResponse = Self.often(&random, 1...200)
        vendors.late = Self.often(&random, 1...100)
        vendors.poison = random.chance(250) ? random.between(1...100) : 0
        vendors.outages = Self.often(&random, 1...3)
        vendors.outageMinutesMax = random.pick([5, 60, 60, 240, 27 * 60])
        vendors.decidesLater = random.chance(300)
        vendors.foldsNothing = !vendors.decidesLater && random.chance(400)
        vendors.hasRateLimit = random.chance(500)
        vendors.namesPace = random.chance(500)
        vendors.skipsDeadLetters = random.chance(300)
        vendors.hasFailover = random.chance(300)
    }

    private mutating func drawMachine(_ random: inout SeededRandom) {
        machine.kills = Self.often(&random, 1...5)
        machine.powerCuts = Self.often(&random, 1...5)
        machine.stopsInWrites = Self.often(&random, 1...5)
        machine.restarts = Self.often(&random, 1...4)
        machine.downSecondsMax = random.pick([5, 5, 60, 3_600, 6 * 3_600])
        machine.fullWindows = random.chance(250) ? random.between(1...2) : 0
        machine.syncFailureWindows = random.chance(250) ? random.between(1...2) : 0
        machine.writeFailureWindows = random.chance(250) ? random.between(1...2) : 0
        machine.slowSyncWindows = random.chance(250) ? random.between(1...2) : 0
        machine.restartsWhileWaiting = Self.often(&random, 1...50)
        machine.clockSteps = Self.often(&random, 1...4)
        machine.changesConfiguration = random.chance(300)
        machine.batchMax = random.pick([1, 4, 64])
        machine.waitingMax = random.pick([4, 1_000, 1_000])
        machine.ledgerGeneration = random.pick([1, 4, 16, 16_384])
    }

    private mutating func drawOperator(_ random: inout SeededRandom) {
        hasOperator = random.chance(250)
        guard hasOperator else { return }
        // Where both change, nothing can be said of where something was to go.
        machine.changesConfiguration = false
        machine.wrongSecrets = Self.often(&random, 1...2)
        machine.retries = Self.often(&random, 1...4)
        machine.stopsAfterRequests = Self.often(&random, 100...600)
    }

    private mutating func beKind() {
        isKind = true
        let (decidesLater, foldsNothing) = (vendors.decidesLater, vendors.foldsNothing)
        vendors = Vendors()
        (vendors.decidesLater, vendors.foldsNothing) = (decidesLater, foldsNothing)
        (machine.fullWindows, machine.syncFailureWindows, machine.writeFailureWindows) = (0, 0, 0)
        (machine.slowSyncWindows, machine.clockSteps, machine.waitingMax) = (0, 0, 1_000)
    }

    /// A number of `range` in two cases of five, else 0.
    private static func often(_ random: inout SeededRandom, _ range: ClosedRange<Int>) -> Int {
        random.chance(400) ? random.span(range) : 0
    }
}
