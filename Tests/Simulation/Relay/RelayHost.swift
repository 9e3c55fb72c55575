internal import AdapterKit
internal import OpenSenseWebhooks
internal import RelayCore

/// The machine that the relay runs on: its disk, its clock, and the supervisor that restarts the relay.
final class RelayHost {
    let agenda: Agenda
    let chronicle: Chronicle
    let machine: Scenario.Machine
    let disk: SimulatedDisk
    /// The server that has the store; nil where the relay has it on its own disk.
    let server: SimulatedServer?
    /// Another relay on the same server.
    var peer: RelayHost?
    let mutation: Mutation?
    /// Judge by the sender's secret, and by another one.
    private let judges: (right: WebhookJudge, wrong: WebhookJudge)
    /// Seldom, as a story lasts for days, but as often as running time has to be counted; as little history
    /// as there can be, so that it sees its beginning forgotten.
    let rhythm: BackgroundRhythm
    private let vendors: SimulatedVendors
    var random: SeededRandom
    /// How far the wall clock is ahead, in milliseconds; it may change under a running relay.
    var clockError = 0
    /// What the relay's two clocks say.
    var clocks: ClockReading {
        ClockReading(
            wall: WallTime(unixMilliseconds: agenda.now + clockError),
            steady: SteadyTime(milliseconds: agenda.now))
    }
    /// Whether syncs take seconds.
    var syncsAreSlow = false
    /// What the next life of the relay is given.
    var configuration: RelayConfiguration
    private(set) var process: RelayProcess? {
        didSet { if process == nil, !lives.isEmpty { lives[lives.count - 1].end = agenda.now } }
    }
    private var lives: [(start: Int, end: Int?)] = []
    /// The number of the last life; those of relays on one server differ.
    var processCount = 0
    private var startCount = 0
    /// How often, of a thousand times, the disk stops soon after people's requests were taken up.
    var stopsAfterRequests = 0
    /// How often, of a thousand times, the relay is restarted while a vendor decides.
    var restartsWhileWaiting = 0
    /// How often in a row the relay could not start.
    var failedStarts = 0
    /// The most often that the first vendor's key is changed.
    static let keysMax = 3

    /// For how long the relay stays away after it ended, in milliseconds.
    var downMilliseconds = 1_000

    init(
        agenda: Agenda, chronicle: Chronicle, machine: Scenario.Machine, configuration: RelayConfiguration,
        judges: (right: WebhookJudge, wrong: WebhookJudge), vendors: SimulatedVendors, mutation: Mutation?,
        disk: SimulatedDisk, server: SimulatedServer?, random: SeededRandom
    ) {
        (self.agenda, self.chronicle, self.machine) = (agenda, chronicle, machine)
        (self.configuration, self.judges, self.vendors) = (configuration, judges, vendors)
        (self.mutation, self.random) = (mutation, random)
        (self.disk, self.server) = (disk, server)
        var rhythm = BackgroundRhythm()
        // No word comes of what another relay has accepted.
        rhythm.pollMilliseconds = server?.isShared ?? false ? 60_000 : 600_000
        rhythm.pruneMilliseconds = 600_000
        rhythm.retention.historySeconds = rhythm.retention.ledgerSeconds
        self.rhythm = rhythm
    }

    /// Another relay on the same server.
    func makePeer(configuration: RelayConfiguration, random: SeededRandom) -> RelayHost {
        let peer = RelayHost(
            agenda: agenda, chronicle: chronicle, machine: machine, configuration: configuration,
            judges: judges, vendors: vendors, mutation: mutation, disk: disk, server: server, random: random)
        peer.processCount = 1_000
        return peer
    }

    // MARK: Lives of the relay

    func start() {
        guard process == nil else { return }
        processCount += 1
        do throws(StoreError) {
            let made = try RelayProcess(host: self, number: processCount, configuration: configuration)
            process = made
            lives.append((agenda.now, nil))
            chronicle.turned()
            failedStarts = 0
            chronicle.started(processCount, configuration, at: agenda.now)
            made.start()
        } catch {
            chronicle.log("relay \(processCount): cannot start: \(error.description)")
            failedStarts += 1
            if disk.isStopped { disk.start(powerWasLost: true) }
            startLater(1_000)
        }
    }

    private func startLater(_ milliseconds: Int) {
        startCount += 1
        let number = startCount
        agenda.after(milliseconds) { [unowned self] in
            if number == startCount { start() }
        }
    }

    /// Ends the relay at once; with `powerIsLost` the disk loses some of what was not synced.
    func kill(powerIsLost: Bool) {
        guard let process else { return }
        chronicle.log("relay \(process.number): \(powerIsLost ? "power cut" : "killed")")
        process.end()
        self.process = nil
        chronicle.turned()
        guard server == nil else { return startLater(downMilliseconds) }
        disk.stop()
        // Its connections close with it; only then does the disk come back.
        agenda.after(0) { [unowned self] in
            disk.start(powerWasLost: powerIsLost)
            startLater(downMilliseconds)
        }
    }

    /// Whether the disk has stopped within a write, which takes the relay with it.
    func stopIfDiskDid() -> Bool {
        guard server == nil, disk.isStopped else { return false }
        kill(powerIsLost: true)
        return true
    }

    func drain() { process?.drain() }

    func processEnded() {
        guard let process else { return }
        chronicle.stoppedOrderly(leased: process.journal.leasedCount)
        chronicle.log("relay \(process.number): drained")
        process.end()
        self.process = nil
        startLater(downMilliseconds)
    }

    /// For how long the relay ran since `time`, in milliseconds: less what each life had not yet counted when
    /// it ended.
    func ran(since time: Int) -> Int {
        lives.reduce(0) { total, life in
            let ran = (life.end ?? agenda.now) - max(life.start, time)
            return total + max(ran - (life.end == nil ? 0 : rhythm.pruneMilliseconds), 0)
        }
    }

    /// Lets go of everything, so that nothing outlives its world.
    func dismantle() {
        disk.stop()
        process?.end()
        process = nil
        peer?.dismantle()
        peer = nil
        server?.close()
    }

    // MARK: Its surroundings

    /// What people asked for was taken up: the worst moment for the machine to stop.
    func requestsWereTaken() {
        guard random.chance(stopsAfterRequests) else { return }
        guard server != nil else { return disk.stop(within: random.between(1...20)) }
        agenda.after(random.between(0...20)) { [unowned self] in kill(powerIsLost: false) }
    }

    /// A request arrives; without a running relay it is not answered.
    func receive(_ request: WireRequest, answer: @escaping (RelayAnswer) -> Void) {
        if let peer, peer.process != nil, process == nil || server?.sendsToPeer() ?? false {
            return peer.receive(request, answer: answer)
        }
        guard let process else { return answer(RelayAnswer(status: 502, code: "refused")) }
        chronicle.arrived(
            request, configuration: process.configuration, clockError: clockError, at: agenda.now)
        process.receive(request) { [chronicle, agenda] given in
            chronicle.answered(request, given, at: agenda.now)
            answer(given)
        }
    }

    func send(
        _ request: OutboundRequest, from process: Int, answer: @escaping (VendorResponse) -> Bool
    ) {
        let number = request.action.map { chronicle.attempted(request.vendor, request.words, $0) }
        vendors.receive(request, from: process) { [unowned self] response in
            if response.status == SimulatedAdapter.decidesLaterStatus, random.chance(restartsWhileWaiting) {
                agenda.after(random.between(0...2_000)) { [unowned self] in drain() }
            }
            let heard =
                mutation == .misreadRefusals && response.status == 401
                ? VendorResponse(status: 400) : response
            let isAwaited = answer(heard)
            if isAwaited, let number { chronicle.attemptEnded(number, status: response.status) }
            return isAwaited
        }
    }

    /// Whether the vendor of a request cannot even be looked for.
    func failsToResolve(_ request: OutboundRequest) -> Bool {
        vendors.unresolvable.contains(request.vendor)
    }

    func judge(_ configuration: RelayConfiguration) -> WebhookJudge {
        configuration.hasWrongSecret ? judges.wrong : judges.right
    }

    func destination(_ name: String, in configuration: RelayConfiguration) -> DestinationSpec {
        vendors.destination(name, in: configuration, mutation: mutation)
    }

    /// How long it takes until a batch is committed, from the moment at which something waits.
    func commitMilliseconds() -> Int { server?.commitMilliseconds() ?? random.between(0...2) }

    func syncMilliseconds() -> Int {
        syncsAreSlow ? random.between(10...6_000) : random.between(1...20)
    }
}
