/// A vendor that is emulated.
package enum SandboxVendor: String, Sendable, Hashable, Codable, CaseIterable {
    /// The Events API v2.
    case pagerDuty = "pagerduty"
    /// The Alert API v2.
    case opsgenie
}

/// An incident as the vendor's people would see it.
package struct SandboxIncident: Sendable, Hashable, Codable {
    /// Where an incident is in its life.
    package enum Status: String, Sendable, Hashable, Codable {
        /// Nobody has taken it on.
        case triggered
        /// Somebody has.
        case acknowledged
        /// It is over, and never opens again.
        case resolved
    }

    /// Whose it is.
    package var vendor: SandboxVendor
    /// Its id, such as `PD-1`.
    package var id: String
    /// The `dedup_key` or `alias`.
    package var key: String
    /// The last characters of the routing key, which only that key can resolve; nil with Opsgenie.
    package var routingKeyEnd: String?
    /// What it says.
    package var summary: String
    /// Where it is in its life.
    package var status: Status
    /// `critical` to `info`, or `P1` to `P5`.
    package var severity: String
    /// What it is about, in the vendor's word: the source or the entity.
    package var source: String
    /// How many requests opened it or were folded into it.
    package var opens: Int
    /// How many times it paged a person: once, since neither vendor pages again for an open incident.
    package var pages: Int
    /// Remarks, oldest first.
    package var notes: [String] = []
    /// When it began; seconds since 1970-01-01T00:00:00Z.
    package var openedAt: Double
    /// When somebody took it on.
    package var acknowledgedAt: Double?
    /// When it was over.
    package var resolvedAt: Double?
}

/// What an emulator did with a request.
package struct SandboxLogEntry: Sendable, Hashable, Codable {
    /// What came of it.
    package enum Outcome: String, Sendable, Hashable, Codable {
        /// It changed something.
        case accepted
        /// It was answered with a success and changed nothing.
        case dropped
        /// It was answered with an error.
        case refused
        /// It came too fast.
        case throttled
        /// An ordered fault.
        case fault
    }

    /// When; seconds since 1970-01-01T00:00:00Z.
    package var at: Double
    /// Who.
    package var vendor: SandboxVendor
    /// What came of it.
    package var outcome: Outcome
    /// The incident's key, when the request had one.
    package var key: String?
    /// What was asked and why it ended so.
    package var text: String
}

/// Incidents and the log of one vendor, both bounded.
struct SandboxLedger: Sendable {
    /// The most incidents kept; beyond it the oldest that are over go first.
    static let incidentsMax = 10_000
    /// The most log entries shown; the oldest go first.
    static let logMax = 1_000
    /// The most remarks kept with an incident.
    static let notesMax = 50

    let vendor: SandboxVendor
    private(set) var incidents: [SandboxIncident] = []
    private var entries: [SandboxLogEntry] = []
    private var openIndex: [String: Int] = [:]
    private var opened = 0

    init(vendor: SandboxVendor) { self.vendor = vendor }

    /// What was done with the last requests, oldest first.
    var log: [SandboxLogEntry] { entries.suffix(Self.logMax) }

    /// The open incident under `lookup`, which names key and account.
    func open(_ lookup: String) -> SandboxIncident? { openIndex[lookup].map { incidents[$0] } }

    /// The next incident's id.
    var nextID: String { "\(vendor == .pagerDuty ? "PD" : "OG")-\(opened + 1)" }

    mutating func add(_ incident: SandboxIncident, lookup: String) {
        if incidents.count >= Self.incidentsMax { trim() }
        opened += 1
        openIndex[lookup] = incidents.count
        incidents.append(incident)
    }

    /// Changes the open incident under `lookup`; one that is over afterwards is not found again.
    mutating func update(_ lookup: String, _ change: (inout SandboxIncident) -> Void) {
        guard let index = openIndex[lookup] else { return }
        change(&incidents[index])
        if incidents[index].notes.count > Self.notesMax { incidents[index].notes.removeFirst() }
        if incidents[index].status == .resolved { openIndex[lookup] = nil }
    }

    mutating func record(
        _ outcome: SandboxLogEntry.Outcome, at now: Double, key: String? = nil, _ text: String
    ) {
        if entries.count >= Self.logMax * 2 { entries.removeFirst(Self.logMax) }
        entries.append(SandboxLogEntry(at: now, vendor: vendor, outcome: outcome, key: key, text: text))
    }

    /// Makes room: the oldest incidents that are over, or else simply the oldest.
    private mutating func trim() {
        let excess = incidents.count / 10 + 1
        let over = incidents.indices.filter { incidents[$0].status == .resolved }.prefix(excess)
        let going = Set(
            over + incidents.indices.lazy.filter { !over.contains($0) }.prefix(excess - over.count))
        var moved: [Int: Int] = [:]
        for index in incidents.indices where !going.contains(index) { moved[index] = moved.count }
        incidents = incidents.indices.filter { !going.contains($0) }.map { incidents[$0] }
        openIndex = openIndex.compactMapValues { moved[$0] }
    }
}
