internal import OpenSenseWebhooks

/// How updates read at a destination: what people call places, and how bad the sender's words are there.
public struct Wording: Sendable, Hashable {
    /// What people call sites, devices and channels.
    public var names: PlaceNames
    /// How bad a word of the sender's is, where it is not as usual.
    public var severities: SeverityMap

    /// A wording; without arguments ids stand for names, and severities are as usual.
    public init(names: PlaceNames = PlaceNames(), severities: SeverityMap = SeverityMap()) {
        self.names = names
        self.severities = severities
    }
}

/// How bad a word of the sender's is at a destination.
public struct SeverityMap: Sendable, Hashable {
    /// How bad each word is, by the word in lower case.
    public let severities: [String: IncidentSeverity]

    /// A map from words, of severities or of kinds, in any case of letters.
    public init(_ severities: [String: IncidentSeverity] = [:]) {
        self.severities = Dictionary(
            severities.sorted { $0.key < $1.key }.map { ($0.key.lowercased(), $0.value) }
        ) { first, _ in first }
    }

    /// Whether it says nothing.
    public var isEmpty: Bool { severities.isEmpty }

    /// How bad an event is: by its severity, and where it has none by its kind; nil where the map is silent.
    func severity(of event: Event) -> IncidentSeverity? {
        guard !severities.isEmpty else { return nil }
        let word = event.severity.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
        return severities[(word ?? event.kind.name).lowercased()]
    }
}
