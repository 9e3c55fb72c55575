internal import RelayCore

/// What a person may change between two lives of the relay: which vendors there are, and which one gets what.
struct RelayConfiguration: Hashable {
    /// The vendors' names.
    var destinations: [String]
    /// Where alarms go.
    var alarms: [String]
    /// Where connectivity and everything else goes.
    var others: [String]
    /// Where mild alarms go.
    var mildAlarms: [String]

    /// Whether it has another secret than the sender's.
    var hasWrongSecret = false
    /// Which of the first vendor's keys it has, counted from 0.
    var key = 0

    /// The vendors of the world.
    static let vendors = ["first", "second"]
    /// The severities of mild alarms.
    private static let mildSeverities: [Severity] = [.info, .warning]

    init(destinations: [String], alarms: [String], others: [String]) {
        (self.destinations, self.alarms, self.others) = (destinations, alarms, others)
        mildAlarms = alarms
    }

    var router: Router {
        let mild = Route(
            kinds: [GlobPattern("alarm_*")],
            severities: Self.mildSeverities.map { GlobPattern($0.rawValue) }, destinations: mildAlarms)
        let usual = [
            Route(kinds: [GlobPattern("alarm_*")], destinations: alarms), Route(destinations: others),
        ]
        return Router(mildAlarms == alarms ? usual : [mild] + usual)
    }

    /// Where an event goes.
    func destinations(for event: StoryEvent) -> [String] {
        guard event.kind.hasPrefix("alarm_") else { return others }
        return event.severity.map(Self.mildSeverities.contains) ?? false ? mildAlarms : alarms
    }

    /// Does what the operator does in every life of the relay.
    mutating func follow(_ practices: Scenario.Practices) {
        if practices.hasStandIn { (destinations, alarms) = (Self.vendors, ["first"]) }
        mildAlarms = practices.routesBySeverity ? [alarms[0]] : alarms
    }

    static func random(_ random: inout SeededRandom) -> RelayConfiguration {
        let destinations = random.pick([["first"], vendors, vendors, vendors])
        return RelayConfiguration(
            destinations: destinations, alarms: random.pick([destinations, destinations, [destinations[0]]]),
            others: random.pick([destinations, [destinations[destinations.count - 1]]]))
    }
}
