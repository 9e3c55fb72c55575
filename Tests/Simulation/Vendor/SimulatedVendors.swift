internal import AdapterKit
internal import RelayCore

/// The incident systems: a trigger opens an incident or folds into the open one of its key, a resolve closes
/// it.
final class SimulatedVendors {
    struct Incident {
        var isOpen = false
        var isAcknowledged = false
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
    private var poisoned: [String: Bool] = [:]

    init(agenda: Agenda, chronicle: Chronicle, scenario: Scenario.Vendors, random: SeededRandom) {
        (self.agenda, self.chronicle, self.scenario) = (agenda, chronicle, scenario)
        self.random = random
    }

    /// The vendor as the relay's configuration has it.
    func destination(_ name: String, among names: [String]) -> DestinationSpec {
        DestinationSpec(
            name: name, adapter: SimulatedAdapter(name: name, hasRateLimit: scenario.hasRateLimit),
            concurrencyMax: 4, onDeadLetter: scenario.skipsDeadLetters ? .skip : .hold,
            failover: scenario.hasFailover && name == "first" && names.contains("second") ? "second" : nil)
    }

    /// Nothing is refused any more.
    func takeEverything() { for name in poisoned.keys { poisoned[name] = false } }

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
        let status = self.status(request, name, words[1])
        let isEffective = request.purpose == .deliver && (status < 300 || status == 599)
        var record = Chronicle.VendorRecord(
            vendor: name, key: words[0], delivery: words[1], action: action, process: process,
            time: agenda.now, status: status, isEffective: isEffective)
        if isEffective { record.isPage = apply(action, name, words[0]) }
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

    /// - Returns: Whether it pages.
    private func apply(_ action: IncidentUpdate.Action, _ name: String, _ key: String) -> Bool {
        var incident = incident(name, key)
        defer { incidents["\(name)|\(key)"] = incident }
        switch action {
        case .open:
            guard !incident.isOpen else { return false }
            incident = Incident(isOpen: true)
            return true
        case .acknowledge: incident.isAcknowledged = incident.isOpen
        case .resolve: incident = Incident()
        case .update, .annotate, .refresh: break
        }
        return false
    }
}
