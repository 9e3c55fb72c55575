internal import OpenSenseWebhooks
internal import RelayCore
internal import RelayStorage

/// The person who runs the relay: finds what was put aside, has it processed again, and looks what came of
/// it.
final class Operator {
    /// How long after a request the person looks again, in milliseconds: by then a relay has taken it up.
    private static let patienceMilliseconds = 1_500_000

    private let agenda: Agenda
    private let chronicle: Chronicle
    private let host: RelayHost
    private var looking = 0

    init(agenda: Agenda, chronicle: Chronicle, host: RelayHost) {
        (self.agenda, self.chronicle, self.host) = (agenda, chronicle, host)
    }

    /// Whether nothing is still to be looked at.
    var isQuiet: Bool { looking == 0 }

    /// `quarantine retry --all`, `deliveries retry --all` and `dead-letters retry --all`.
    func retryEverything() {
        guard let asked = try? request() else { return chronicle.log("operator: the store cannot be opened") }
        looking += 1
        agenda.after(Self.patienceMilliseconds) { [unowned self] in
            looking -= 1
            look(after: asked)
        }
    }

    /// - Returns: The events of the requests in the quarantine by their numbers.
    private func request() throws(StoreError) -> [Int: Int] {
        let desk = try desk()
        var asked: [Int: Int] = [:]
        for row in try desk.quarantined(limit: StoreDesk.rowsMax) {
            guard try desk.retryQuarantined(row.number) == .done else { continue }
            if let event = Self.event(in: row.header) { asked[row.number] = event }
            if let event = asked[row.number] { chronicle.requested(event, by: host.configuration) }
        }
        for delivery in try desk.unreadDeliveries(limit: StoreDesk.rowsMax) {
            _ = try desk.retryUnread(delivery.sequence)
        }
        for letter in try desk.deadLetters(limit: StoreDesk.rowsMax) {
            let seen = SimulatedJournal.DeadLetter(letter)
            let outcome = try desk.retryDeadLetter(letter.job)
            chronicle.retried(seen, isDone: outcome == .done)
        }
        return asked
    }

    /// What has left the quarantine was accepted: the person asked for nothing else.
    private func look(after asked: [Int: Int]) {
        guard let desk = try? desk(), let rows = try? desk.quarantined(limit: StoreDesk.rowsMax) else {
            return chronicle.log("operator: the store cannot be opened")
        }
        let kept = Set(rows.map(\.number))
        for (number, event) in asked.sorted(by: { $0.key < $1.key }) where !kept.contains(number) {
            chronicle.acceptedLater(event)
        }
    }

    /// The genuine events whose requests are in the quarantine, as the person sees at the end.
    func keptEvents() throws(StoreError) -> [Int] {
        try desk().quarantined(limit: StoreDesk.rowsMax).compactMap { Self.event(in: $0.header) }
    }

    private func desk() throws(StoreError) -> StoreDesk {
        if let server = host.server { return try server.desk() }
        return try StoreDesk(sqlitePath: SimulatedJournal.path, fileSystem: host.disk.name)
    }

    private static func event(in header: String) -> Int? {
        let id = header.split(separator: "\n").first { $0.hasPrefix("X-OpenSense-Delivery-Id: wh_") }
        return id.flatMap { Int($0.dropFirst("X-OpenSense-Delivery-Id: wh_".count)) }
    }
}

extension SimulatedJournal.DeadLetter {
    fileprivate init(_ row: DeadLetterRow) {
        self.init(
            job: row.job, delivery: row.deliveryID, destination: row.destination, action: row.action,
            isStuck: row.holds > 0)
    }
}
