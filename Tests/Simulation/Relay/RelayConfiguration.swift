internal import RelayCore

/// What a person may change between two lives of the relay: which vendors there are, and which one gets what.
struct RelayConfiguration: Hashable {
    /// The vendors' names.
    var destinations: [String]
    /// Where alarms go.
    var alarms: [String]
    /// Where connectivity and everything else goes.
    var others: [String]

    /// Whether it has another secret than the sender's.
    var hasWrongSecret = false

    /// The vendors of the world.
    static let vendors = ["first", "second"]

    var router: Router {
        Router([
            Route(kinds: [GlobPattern("alarm_*")], destinations: alarms), Route(destinations: others),
        ])
    }

    /// Where an event of this kind goes.
    func destinations(forKind kind: String) -> [String] { kind.hasPrefix("alarm_") ? alarms : others }

    static func random(_ random: inout SeededRandom) -> RelayConfiguration {
        let destinations = random.pick([["first"], vendors, vendors, vendors])
        return RelayConfiguration(
            destinations: destinations, alarms: random.pick([destinations, destinations, [destinations[0]]]),
            others: random.pick([destinations, [destinations[destinations.count - 1]]]))
    }
}
