internal import AdapterKit
internal import RelayCore

/// The incident systems: a trigger opens an incident or folds into the open one of its key, a resolve closes
/// it.
final class SimulatedVendors {
    struct Incident {
        /// The names of what is open: the key's own where requests are folded, else the delivery's.
        var openNames: Set<String> = []
        var isAcknowledged = false

        var isOpen: Bool { !openNames.isEmpty }
    }

    private let agenda: Agenda
    private let chronicle: Chronicle
    private let scenario: Scenario.Vendors
    private var random: SeededRandom
    /// What goes wrong at the moment.
    var faults = Scenario.Vendors()
    /// The vendors that do not answer at all.
    var away: Set<String> = []
    /// The vendors that refuse the credentials.
    var refusing: Set<String> = []
    /// The vendors whose names no resolver knows.
    var unresolvable: Set<String> = []
    /// What lasts for long, until the calm.
    var lasting = Scenario.LastingFaults()
    private var lastingRandom: SeededRandom
    /// By vendor and key, and what is asked for: whether it is answered with 500.
    private var broken: [String: Bool] = [:]
    /// What a vendor that does not answer does later, in the order in which it came.
    private var backlog: [String: [() -> Void]] = [:]
    /// By vendor, the vendor's key and the incident's.
    private(set) var incidents: [String: Incident] = [:]
    /// What was made where nothing is folded, by vendor and delivery.
    private var made: Set<String> = []
    private var poisoned: [String: Bool] = [:]

    init(
        agenda: Agenda, chronicle: Chronicle, scenario: Scenario.Vendors, random: SeededRandom,
        lastingRandom: SeededRandom
    ) {
        (self.agenda, self.chronicle, self.scenario) = (agenda, chronicle, scenario)
        (self.random, self.lastingRandom) = (random, lastingRandom)
    }

    /// The most requests that a vendor gets at the same time.
    static let concurrencyMax = 4

    /// The vendor as the relay's configuration has it.
    func destination(
        _ name: String, in configuration: RelayConfiguration, mutation: Mutation?
    ) -> DestinationSpec {
        let standsIn =
            scenario.hasFailover && name == "first" && configuration.destinations.contains("second")
        let key = name == "first" ? configuration.key : 0
        var spec = DestinationSpec(
            name: name, adapter: adapter(name, key: key), concurrencyMax: Self.concurrencyMax,
            onDeadLetter: scenario.skipsDeadLetters ? .skip : .hold,
            failover: standsIn && mutation != .forgetFailover ? "second" : nil)
        guard mutation != .forgetKeys else { return spec }
        spec.fingerprint = "\(name)#\(key)"
        for earlier in 0..<key { spec.earlierAdapters["\(name)#\(earlier)"] = adapter(name, key: earlier) }
        return spec
    }

    private func adapter(_ name: String, key: Int) -> SimulatedAdapter {
        SimulatedAdapter(
            name: key == 0 ? name : "\(name)#\(key)", hasRateLimit: scenario.hasRateLimit,
            folds: folds(name), paceKey: scenario.namesPace ? name : nil)
    }

    /// Nothing is refused any more.
    func takeEverything() { for name in poisoned.keys { poisoned[name] = false } }

    private func folds(_ name: String) -> Bool { !(scenario.foldsNothing && name == "second") }

    /// What a vendor has of an incident, whichever of the vendor's keys it was opened by.
    func incident(_ vendor: String, _ key: String) -> Incident {
        let found = (0...RelayHost.keysMax).compactMap {
            incidents["\($0 == 0 ? vendor : "\(vendor)#\($0)")|\(key)"]
        }
        let open = found.filter(\.isOpen)
        var whole = Incident()
        for part in open { whole.openNames.formUnion(part.openNames) }
        whole.isAcknowledged = open.allSatisfy(\.isAcknowledged)
        return whole
    }

    /// Takes a request; `answer` receives the response and returns whether the relay still waited for it.
    func receive(
        _ request: OutboundRequest, from process: Int, answer: @escaping (VendorResponse) -> Bool
    ) {
        guard !unresolvable.contains(request.vendor) else { return }
        let (isLost, there) = (random.chance(faults.lostRequest), random.between(1...200))
        guard !isLost else { return chronicle.log("a request to \(request.url) is lost") }
        agenda.after(there) { [unowned self] in arrived(request, process, answer) }
    }

    private func arrived(
        _ request: OutboundRequest, _ process: Int, _ answer: @escaping (VendorResponse) -> Bool
    ) {
        let (name, words) = (request.vendor, request.words)
        guard let action = request.action else { return }
        guard !away.contains(name) else { return takeLate(request, action, process) }
        if request.isLook { return looked(request, "\(request.url)|\(words[1])", answer) }
        let status = self.status(request, action)
        let isEffective = request.purpose == .deliver && (status < 300 || status == 599)
        var record = Chronicle.VendorRecord(
            vendor: name, key: words[0], delivery: words[1], action: action, process: process,
            time: agenda.now, status: status, isEffective: isEffective)
        if isEffective { record.isPage = apply(action, request) }
        let number = chronicle.recordRequest(record)
        guard !random.chance(faults.lostResponse) else { return }
        let isLate = random.chance(faults.late)
        let fields = status == 429 ? [HeaderField("Retry-After", "\(random.between(1...90))")] : []
        agenda.after(isLate ? random.between(5_000...20_000) : random.between(1...200)) { [chronicle] in
            if answer(VendorResponse(status: status, fields: fields)) {
                chronicle.recordAnswerReceived(number)
            }
        }
    }

    /// Does later what is not answered, in its order.
    ///
    /// Only where the vendor folds: the adapter of another one looks, and what is made after the look would
    /// be there twice whatever a relay does.
    private func takeLate(_ request: OutboundRequest, _ action: IncidentUpdate.Action, _ process: Int) {
        let name = request.vendor
        guard lasting.takesLate, folds(name), !decidesLater(name), request.purpose == .deliver,
            lastingRandom.chance(500)
        else { return }
        backlog[name, default: []].append { [unowned self] in
            var record = Chronicle.VendorRecord(
                vendor: name, key: request.words[0], delivery: request.words[1], action: action,
                process: process, time: agenda.now, status: 202, isEffective: true)
            record.isPage = apply(action, request)
            _ = chronicle.recordRequest(record)
        }
        agenda.after(lastingRandom.between(10_500...90_000)) { [unowned self] in
            guard let first = backlog[name]?.first else { return }
            backlog[name]?.removeFirst()
            first()
        }
    }

    /// Does what a vendor has not yet done, before it answers again.
    func workOff(_ name: String) {
        for work in backlog.removeValue(forKey: name) ?? [] { work() }
    }

    /// Whether a lane, or the resolves of a lane, are answered with 500.
    private func isBroken(_ vendor: String, _ key: String, _ action: IncidentUpdate.Action) -> Bool {
        func draw(_ place: String, _ perMille: Int) -> Bool {
            guard perMille > 0 else { return false }
            let isBroken = broken[place] ?? lastingRandom.chance(perMille)
            broken[place] = isBroken
            return isBroken
        }
        return draw("\(vendor)|\(key)", lasting.brokenLanes)
            || action == .resolve && draw("\(vendor)|\(key)|resolve", lasting.brokenResolves)
    }

    private func decidesLater(_ vendor: String) -> Bool { scenario.decidesLater && vendor == "second" }

    private func looked(
        _ request: OutboundRequest, _ name: String, _ answer: @escaping (VendorResponse) -> Bool
    ) {
        var status = made.contains(name) ? 200 : 404
        if random.chance(faults.serverError) { status = 503 }
        if refusing.contains(request.vendor) { status = 401 }
        chronicle.log("\(request.url): look for \(name): \(status)")
        guard !random.chance(faults.lostResponse) else { return }
        agenda.after(random.between(1...200)) { _ = answer(VendorResponse(status: status)) }
    }

    private func status(_ request: OutboundRequest, _ action: IncidentUpdate.Action) -> Int {
        let (name, delivery) = (request.vendor, request.words[1])
        if refusing.contains(name) { return 401 }
        if isBroken(name, request.words[0], action) { return 500 }
        if random.chance(faults.serverError) { return 503 }
        if random.chance(faults.tooMany) { return 429 }
        guard request.purpose == .deliver else {
            return random.chance(300) ? SimulatedAdapter.decidesLaterStatus : 200
        }
        if isPoisoned(name, delivery) { return 400 }
        if random.chance(faults.errorAfterEffect) { return 599 }
        return decidesLater(name) ? SimulatedAdapter.decidesLaterStatus : 202
    }

    private func isPoisoned(_ name: String, _ delivery: String) -> Bool {
        if let known = poisoned["\(name)|\(delivery)"] { return known }
        let isPoisoned = random.chance(scenario.poison)
        poisoned["\(name)|\(delivery)"] = isPoisoned
        return isPoisoned
    }

    /// - Returns: Whether it pages.
    private func apply(_ action: IncidentUpdate.Action, _ request: OutboundRequest) -> Bool {
        let (vendor, words) = (request.vendor, request.words)
        let place = "\(request.url)|\(words[0])"
        var incident = incidents[place] ?? Incident()
        defer { incidents[place] = incident }
        let folds = folds(vendor)
        let name = folds ? words[0] : action == .open ? words[1] : words.count > 3 ? words[3] : ""
        switch action {
        case .open:
            if !folds { made.insert("\(request.url)|\(words[1])") }
            guard !folds || !incident.isOpen else { return false }
            incident.openNames.insert(name)
            incident.isAcknowledged = false
            return true
        case .acknowledge: incident.isAcknowledged = incident.openNames.contains(name)
        case .resolve: incident.openNames.remove(name)
        case .annotate, .update, .refresh: break
        }
        return false
    }
}

extension OutboundRequest {
    /// The vendor's name, without which of its keys the request has.
    var vendor: String { url.split(separator: "#").first.map(String.init) ?? url }

    /// The incident's key, the delivery, the action and the name that the adapter kept.
    var words: [String] {
        String(decoding: body, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// What it asks for.
    var action: IncidentUpdate.Action? { IncidentUpdate.Action(rawValue: words[2]) }

    /// Whether it looks for what an attempt before it may have made.
    var isLook: Bool { method == .get && purpose == .deliver }
}
