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
    /// By vendor and key.
    private(set) var incidents: [String: Incident] = [:]
    /// What was made where nothing is folded, by vendor and delivery.
    private var made: Set<String> = []
    private var poisoned: [String: Bool] = [:]

    init(agenda: Agenda, chronicle: Chronicle, scenario: Scenario.Vendors, random: SeededRandom) {
        (self.agenda, self.chronicle, self.scenario) = (agenda, chronicle, scenario)
        self.random = random
    }

    /// The vendor as the relay's configuration has it.
    func destination(_ name: String, among names: [String]) -> DestinationSpec {
        DestinationSpec(
            name: name,
            adapter: SimulatedAdapter(
                name: name, hasRateLimit: scenario.hasRateLimit, folds: folds(name),
                paceKey: scenario.namesPace ? name : nil),
            concurrencyMax: 4, onDeadLetter: scenario.skipsDeadLetters ? .skip : .hold,
            failover: scenario.hasFailover && name == "first" && names.contains("second") ? "second" : nil)
    }

    /// Nothing is refused any more.
    func takeEverything() { for name in poisoned.keys { poisoned[name] = false } }

    private func folds(_ name: String) -> Bool { !(scenario.foldsNothing && name == "second") }

    func incident(_ vendor: String, _ key: String) -> Incident {
        incidents["\(vendor)|\(key)"] ?? Incident()
    }

    /// Takes a request; `answer` receives the response and returns whether the relay still waited for it.
    func receive(
        _ request: OutboundRequest, from process: Int, answer: @escaping (VendorResponse) -> Bool
    ) {
        let (isLost, there) = (random.chance(faults.lostRequest), random.between(1...200))
        guard !isLost else { return chronicle.log("a request to \(request.url) is lost") }
        agenda.after(there) { [unowned self] in arrived(request, process, answer) }
    }

    private func arrived(
        _ request: OutboundRequest, _ process: Int, _ answer: @escaping (VendorResponse) -> Bool
    ) {
        let name = request.url
        guard !away.contains(name) else { return }
        let words = String(decoding: request.body, as: UTF8.self).split(separator: "\n").map(String.init)
        guard let action = IncidentUpdate.Action(rawValue: words[2]) else { return }
        if request.isLook { return looked(request, "\(name)|\(words[1])", answer) }
        let status = self.status(request, name, words[1])
        let isEffective = request.purpose == .deliver && (status < 300 || status == 599)
        var record = Chronicle.VendorRecord(
            vendor: name, key: words[0], delivery: words[1], action: action, process: process,
            time: agenda.now, status: status, isEffective: isEffective)
        if isEffective { record.isPage = apply(action, name, words) }
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

    private func looked(
        _ request: OutboundRequest, _ name: String, _ answer: @escaping (VendorResponse) -> Bool
    ) {
        var status = made.contains(name) ? 200 : 404
        if random.chance(faults.serverError) { status = 503 }
        chronicle.log("\(request.url): look for \(name): \(status)")
        guard !random.chance(faults.lostResponse) else { return }
        agenda.after(random.between(1...200)) { _ = answer(VendorResponse(status: status)) }
    }

    private func status(_ request: OutboundRequest, _ name: String, _ delivery: String) -> Int {
        if random.chance(faults.serverError) { return 503 }
        if random.chance(faults.tooMany) { return 429 }
        guard request.purpose == .deliver else {
            return random.chance(300) ? SimulatedAdapter.decidesLaterStatus : 200
        }
        if isPoisoned(name, delivery) { return 400 }
        if random.chance(faults.errorAfterEffect) { return 599 }
        return scenario.decidesLater && name == "second" ? SimulatedAdapter.decidesLaterStatus : 202
    }

    private func isPoisoned(_ name: String, _ delivery: String) -> Bool {
        if let known = poisoned["\(name)|\(delivery)"] { return known }
        let isPoisoned = random.chance(scenario.poison)
        poisoned["\(name)|\(delivery)"] = isPoisoned
        return isPoisoned
    }

    /// - Parameter words: The key, the delivery, the action and the name that the adapter kept.
    /// - Returns: Whether it pages.
    private func apply(_ action: IncidentUpdate.Action, _ vendor: String, _ words: [String]) -> Bool {
        let place = "\(vendor)|\(words[0])"
        var incident = incidents[place] ?? Incident()
        defer { incidents[place] = incident }
        let folds = folds(vendor)
        let name = folds ? words[0] : action == .open ? words[1] : words.count > 3 ? words[3] : ""
        switch action {
        case .open:
            if !folds { made.insert("\(vendor)|\(words[1])") }
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
    /// Whether it looks for what an attempt before it may have made.
    var isLook: Bool { method == .get && purpose == .deliver }
}
