package import AdapterKit

/// What a configuration says of how an alarm's past counts.
package struct AcceptancePolicy: Sendable, Hashable {
    /// Which severity is worse.
    package var severities: SeverityOrder
    /// What is done at each destination that the configuration has, by name.
    package var destinations: [String: DestinationPolicy]

    /// The usual order of severities, and nothing known of any destination.
    package static let usual = AcceptancePolicy(severities: SeverityOrder())

    /// A policy; by default nothing is known of any destination.
    package init(
        severities: SeverityOrder = Self.usual.severities, destinations: [String: DestinationPolicy] = [:]
    ) {
        self.severities = severities
        self.destinations = destinations
    }

    /// What is done at a destination; the usual where the configuration does not have it.
    package func destination(_ name: String) -> DestinationPolicy {
        destinations[name] ?? DestinationPolicy()
    }
}

/// What a destination is sent when an open alarm changes.
package struct DestinationPolicy: Sendable, Hashable {
    /// What follows when an open alarm gets worse than it has been.
    package var onWorse = OnWorse.page
    /// What follows when an alarm begins again after a person has acknowledged it.
    package var onReopened = OnReopened.page
    /// How the vendor pages a second time.
    package var pagesAgain = AdapterTraits.PagingAgain.byReopening
    /// When an alarm that is over is left out because nothing of it was sent yet.
    package var collapse = CollapseResolved.overtaken

    /// The usual policy.
    package init() {}

    /// A policy of its parts.
    package init(
        onWorse: OnWorse, onReopened: OnReopened, pagesAgain: AdapterTraits.PagingAgain,
        collapse: CollapseResolved
    ) {
        self.onWorse = onWorse
        self.onReopened = onReopened
        self.pagesAgain = pagesAgain
        self.collapse = collapse
    }

    /// The actions that page for an incident that is open.
    var pageAgain: [IncidentUpdate.Action] {
        switch pagesAgain {
        case .byReopening: [.resolve, .open]
        case .byAnotherKey: [.open]
        case .never: [.update]
        }
    }

    /// The actions for an alarm that is worse than it has ever been.
    var worse: [IncidentUpdate.Action] {
        switch onWorse {
        case .page: pageAgain
        case .update: [.update]
        case .ignore: []
        }
    }
}

/// What follows when an open alarm gets worse than it has been.
package enum OnWorse: String, Sendable, Hashable, CaseIterable {
    /// It pages again.
    case page
    /// The incident is updated, which pages only where the vendor does so by itself.
    case update
    /// Nothing is sent.
    case ignore
}

/// What follows when an alarm begins again after a person has acknowledged it.
package enum OnReopened: String, Sendable, Hashable, CaseIterable {
    /// It pages again, once for each acknowledgement.
    case page
    /// Nothing is sent.
    case ignore
}

/// When an open and its resolve are left out because neither was sent yet.
package enum CollapseResolved: String, Sendable, Hashable, CaseIterable {
    /// When an alarm that is open waits behind them.
    case overtaken
    /// Always.
    case always
    /// Never: every alarm is sent, however late.
    case never
}
