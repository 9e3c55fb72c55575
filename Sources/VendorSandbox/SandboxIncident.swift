/// A vendor that is emulated, by the name of the adapter that talks to it.
public struct SandboxVendor: RawRepresentable, ExpressibleByStringLiteral, Sendable, Hashable, Codable {
    /// The name, as a configuration has it for `adapter`.
    public let rawValue: String

    /// The vendor of an adapter's name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The vendor of an adapter's name.
    public init(stringLiteral value: String) { rawValue = value }
}

/// An incident as the vendor's people would see it.
public struct SandboxIncident: Sendable, Hashable, Codable {
    /// Where an incident is in its life.
    public enum Status: String, Sendable, Hashable, Codable {
        /// Open, and not acknowledged.
        case triggered
        /// Acknowledged by a person.
        case acknowledged
        /// It is over.
        case resolved
    }

    /// Whose it is.
    public var vendor: SandboxVendor
    /// Its id, of which the vendor has no second one.
    public var id: String
    /// What the vendor folds requests by.
    public var key: String
    /// The last characters of the credential that opened it, where the vendor lets that one alone change it;
    /// otherwise nil.
    public var credentialEnd: String?
    /// What it says.
    public var summary: String
    /// Where it is in its life.
    public var status: Status
    /// How bad it is, in the vendor's word.
    public var severity: String
    /// What it is about, in the vendor's word: the source or the entity.
    public var source: String
    /// How many requests opened it or were folded into it.
    public var opens: Int
    /// How many times it paged a person: once, unless the vendor pages again for an open incident.
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

/// Incidents and the log of one vendor, both bounded: what most emulators keep.
///
/// The oldest incidents that are over go first, beyond 10,000; the log has the last thousand entries, an
/// incident the last 50 remarks.
public struct SandboxHistory: Sendable {
    /// The most incidents kept; beyond it the oldest that are over go first.
    static let incidentsMax = 10_000
    /// The most log entries shown; the oldest go first.
    static let logMax = 1_000
    /// The most remarks kept with an incident.
    static let notesMax = 50

    /// Whose they are.
    public let vendor: SandboxVendor
    private let idPrefix: String
    /// Every incident, oldest first.
    public private(set) var incidents: [SandboxIncident] = []
    private var entries: [SandboxLogEntry] = []
    private var openIndex: [String: Int] = [:]
    private var opened = 0

    /// A history with nothing in it.
    ///
    /// - Parameters:
    ///   - vendor: Whose it is.
    ///   - idPrefix: What the ids of its incidents begin with, before a dash and a number.
    public init(vendor: SandboxVendor, idPrefix: String) {
        self.vendor = vendor
        self.idPrefix = idPrefix
    }

    /// What was done with the last requests, oldest first.
    public var log: [SandboxLogEntry] { entries.suffix(Self.logMax) }

    /// The open incident that was added under `lookup`; nil when there is none.
    public func open(_ lookup: String) -> SandboxIncident? { openIndex[lookup].map { incidents[$0] } }

    /// The next incident's id.
    public var nextID: String { "\(idPrefix)-\(opened + 1)" }

    /// Adds an incident.
    ///
    /// - Parameters:
    ///   - incident: An incident whose id is ``nextID``.
    ///   - lookup: What requests find it by while it is open: its key, with the account where the vendor
    ///     keeps accounts apart.
    public mutating func add(_ incident: SandboxIncident, lookup: String) {
        if incidents.count >= Self.incidentsMax { dropOldest() }
        opened += 1
        openIndex[lookup] = incidents.count
        incidents.append(incident)
    }

    /// Changes the open incident under `lookup`; one that is over afterwards is not found again.
    public mutating func update(_ lookup: String, _ change: (inout SandboxIncident) -> Void) {
        guard let index = openIndex[lookup] else { return }
        change(&incidents[index])
        if incidents[index].notes.count > Self.notesMax { incidents[index].notes.removeFirst() }
        if incidents[index].status == .resolved { openIndex[lookup] = nil }
    }

    /// Opens an incident again that is over, for vendors that do, and finds it under `lookup` from now on.
    ///
    /// - Returns: Whether there is one of that id that is over.
    @discardableResult public mutating func reopen(_ id: String, lookup: String) -> Bool {
        guard let index = incidents.lastIndex(where: { $0.id == id && $0.status == .resolved }) else {
            return false
        }
        (incidents[index].status, incidents[index].resolvedAt) = (.triggered, nil)
        openIndex[lookup] = index
        return true
    }

    /// Notes what was done with a request.
    ///
    /// - Parameters:
    ///   - outcome: What came of it.
    ///   - now: Seconds since 1970-01-01T00:00:00Z.
    ///   - key: The incident's key, when the request had one.
    ///   - text: What was asked and why it ended so.
    public mutating func record(
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
