package import AdapterKit
package import OpenSenseWebhooks

/// Decides where an event goes and what it stands for.
///
/// The first route that matches is the one.
package struct Router: Sendable {
    private let routes: [Route]

    /// The routes in order of precedence.
    package init(_ routes: [Route]) { self.routes = routes }

    /// The route of `event`, or nil when none matches.
    package func route(_ event: Event) -> Route? { routes.first { $0.matches(event) } }

    /// Where among the routes the one of `event` is, from 0; nil when none matches.
    package func index(_ event: Event) -> Int? { routes.firstIndex { $0.matches(event) } }
}

/// One rule of the configuration: which events, where to, and as what.
package struct Route: Sendable, Hashable {
    /// Patterns for the kind's name.
    package var kinds: [GlobPattern]
    /// Patterns for the site's id; an event without a site has the empty id.
    package var sites: [GlobPattern]
    /// Patterns for the severity; an event without one has the empty severity.
    package var severities: [GlobPattern]
    /// The names of the destinations.
    package var destinations: [String]
    /// What kinds stand for where it is not the usual thing; nil is "record it, send nothing".
    package var actions: [String: IncidentUpdate.Action?]

    /// A route.
    package init(
        kinds: [GlobPattern] = [.any], sites: [GlobPattern] = [.any], severities: [GlobPattern] = [.any],
        destinations: [String], actions: [String: IncidentUpdate.Action?] = [:]
    ) {
        self.kinds = kinds
        self.sites = sites
        self.severities = severities
        self.destinations = destinations
        self.actions = actions
    }

    /// Whether it takes everything that `other` takes, as far as their patterns one by one say.
    package func covers(_ other: Route) -> Bool {
        [(kinds, other.kinds), (sites, other.sites), (severities, other.severities)].allSatisfy {
            own, others in
            // A pattern that matches another's text matches whatever that one does: the star of the text can
            // only have been matched by a star.
            others.allSatisfy { pattern in own.contains { $0.matches(pattern.text) } }
        }
    }

    func matches(_ event: Event) -> Bool {
        kinds.contains { $0.matches(event.kind.name) } && sites.contains { $0.matches(event.siteID ?? "") }
            && severities.contains { $0.matches(event.severity ?? "") }
    }

    /// What `kind` stands for on this route; nil for nothing.
    package func action(for kind: EventKind) -> IncidentUpdate.Action? {
        if let override = actions[kind.name] { return override }
        return Self.usualAction(for: kind)
    }

    /// What a kind of event may stand for; the other actions are the relay's to plan.
    package static let actionsOfKinds: Set<IncidentUpdate.Action> = [
        .open, .acknowledge, .resolve, .annotate,
    ]

    /// What a kind stands for unless a route says otherwise.
    package static func usualAction(for kind: EventKind) -> IncidentUpdate.Action? {
        switch kind {
        case .alarmOpened, .deviceOffline: .open
        case .alarmAcknowledged: .acknowledge
        case .alarmCleared, .deviceOnline: .resolve
        case .silenceOpened, .silenceClosed, .reportReady: .annotate
        default: nil
        }
    }
}

/// A pattern in which `*` stands for any run of characters and everything else for itself.
package struct GlobPattern: Sendable, Hashable {
    /// Matches everything.
    package static let any = GlobPattern("*")

    /// The pattern as written.
    package let text: String
    private let pieces: [[UInt8]]

    /// The pattern `text`; every text is one.
    package init(_ text: String) {
        self.text = text
        pieces = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(
            Array.init)
    }

    /// Whether `candidate` as a whole has the pattern's form.
    package func matches(_ candidate: String) -> Bool {
        if text == Self.any.text { return true }
        guard let first = pieces.first, let last = pieces.last, pieces.count > 1 else {
            return text == candidate
        }
        var rest = Array(candidate.utf8)[...]
        guard rest.starts(with: first) else { return false }
        rest = rest.dropFirst(first.count)
        guard rest.count >= last.count, rest.suffix(last.count).elementsEqual(last) else { return false }
        rest = rest.dropLast(last.count)
        for piece in pieces.dropFirst().dropLast() {
            guard let start = rest.firstRange(of: piece) else { return false }
            rest = rest[start.upperBound...]
        }
        return true
    }
}
