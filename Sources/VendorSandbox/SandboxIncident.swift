/// A vendor that is emulated, by the name of the adapter that talks to it.
public struct SandboxVendor: RawRepresentable, Sendable, Hashable, Codable {
    /// The name, such as `pagerduty`.
    public let rawValue: String

    /// The vendor of an adapter's name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The Events API v2.
    package static let pagerDuty = SandboxVendor(rawValue: "pagerduty")
    /// The Alert API v2.
    package static let opsgenie = SandboxVendor(rawValue: "opsgenie")
}

/// An incident as the vendor's people would see it.
public struct SandboxIncident: Sendable, Hashable, Codable {
    /// Where an incident is in its life.
    public enum Status: String, Sendable, Hashable, Codable {
        /// Open, and not acknowledged.
        case triggered
        /// Acknowledged by a person.
        case acknowledged
        /// It is over, and never opens again.
        case resolved
    }

    /// Whose it is.
    public var vendor: SandboxVendor
    /// Its id, such as `PD-1`.
    public var id: String
    /// The `dedup_key` or `alias`.
    public var key: String
    /// The last characters of the routing key, which only that key can resolve; nil with Opsgenie.
    public var routingKeyEnd: String?
    /// What it says.
    public var summary: String
    /// Where it is in its life.
    public var status: Status
    /// `critical` to `info`, or `P1` to `P5`.
    public var severity: String
    /// What it is about, in the vendor's word: the source or the entity.
    public var source: String
    /// How many requests opened it or were folded into it.
    public var opens: Int
    /// How many times it paged a person: once, since neither vendor pages again for an open incident.
    public var pages: Int
    /// Remarks, oldest first.
    public var notes: [String] = []
    /// When it began; seconds since 1970-01-01T00:00:00Z.
    public var openedAt: Double
    /// When it was acknowledged.
    public var acknowledgedAt: Double?
    /// When it was over.
    public var resolvedAt: Double?

    /// An incident that has just been opened and has paged a person.
    ///
    /// - Parameters:
    ///   - vendor: Whose it is.
    ///   - id: Its id.
    ///   - key: What the vendor folds requests by.
    ///   - summary: What it says.
    ///   - severity: In the vendor's words.
    ///   - source: What it is about.
    ///   - openedAt: Seconds since 1970-01-01T00:00:00Z.
    public init(
        vendor: SandboxVendor, id: String, key: String, summary: String, severity: String, source: String,
        openedAt: Double
    ) {
        self.vendor = vendor
        self.id = id
        self.key = key
        self.summary = summary
        status = .triggered
        self.severity = severity
        self.source = source
        (opens, pages) = (1, 1)
        self.openedAt = openedAt
    }
}

/// What an emulator did with a request.
public struct SandboxLogEntry: Sendable, Hashable, Codable {
    /// What came of it.
    public enum Outcome: String, Sendable, Hashable, Codable {
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
    public var at: Double
    /// Who.
    public var vendor: SandboxVendor
    /// What came of it.
    public var outcome: Outcome
    /// The incident's key, when the request had one.
    public var key: String?
    /// What was asked and why it ended so.
    public var text: String

    /// An entry.
    ///
    /// - Parameters:
    ///   - now: Seconds since 1970-01-01T00:00:00Z.
    ///   - vendor: Who got the request.
    ///   - outcome: What came of it.
    ///   - key: The incident's key, when the request had one.
    ///   - text: What was asked and why it ended so.
    public init(at now: Double, vendor: SandboxVendor, outcome: Outcome, key: String? = nil, text: String) {
        at = now
        self.vendor = vendor
        self.outcome = outcome
        self.key = key
        self.text = text
    }
}

/// Incidents and the log of one vendor, both bounded.
struct SandboxHistory: Sendable {
    /// The most incidents kept; beyond it the oldest that are over go first.
    static let incidentsMax = 10_000
    /// The most log entries shown; the oldest go first.
    static let logMax = 1_000
    /// The most remarks kept with an incident.
    static let notesMax = 50

    let vendor: SandboxVendor
    private let idPrefix: String
    private(set) var incidents: [SandboxIncident] = []
    private var entries: [SandboxLogEntry] = []
    private var openIndex: [String: Int] = [:]
    private var opened = 0

    /// - Parameter idPrefix: What the ids of its incidents begin with.
    init(vendor: SandboxVendor, idPrefix: String) {
        self.vendor = vendor
        self.idPrefix = idPrefix
    }

    /// What was done with the last requests, oldest first.
    var log: [SandboxLogEntry] { entries.suffix(Self.logMax) }

    /// The open incident under `lookup`, which names key and account.
    func open(_ lookup: String) -> SandboxIncident? { openIndex[lookup].map { incidents[$0] } }

    /// The next incident's id.
    var nextID: String { "\(idPrefix)-\(opened + 1)" }

    mutating func add(_ incident: SandboxIncident, lookup: String) {
        if incidents.count >= Self.incidentsMax { dropOldest() }
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
    private mutating func dropOldest() {
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
