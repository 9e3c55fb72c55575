internal import AdapterKit
internal import OpenSenseWebhooks
internal import RelayCore

extension SettingReader {
    /// Warns of routes that can take nothing, that leave alarms nowhere, or whose severities no event has.
    mutating func doubt(_ routes: [Route], at path: String, _ order: SeverityOrder) {
        for (index, route) in routes.enumerated() {
            let path = "\(path)[\(index)]"
            for (name, patterns) in route.patterns where patterns.isEmpty {
                warn("\(path).\(name)", "is empty, so the route takes nothing; leave it out for everything.")
            }
            if let first = routes[..<index].firstIndex(where: { $0.covers(route) }), !route.takesNothing {
                warn(path, "takes nothing, as routes[\(first)] before it takes the same; put it first.")
            }
            if route.destinations.isEmpty, route.takesOpens {
                warn("\(path).to", "is empty: alarms that the route takes are stored and sent nowhere.")
            }
            doubt(severities: route, at: path, order)
        }
    }

    private mutating func doubt(severities route: Route, at path: String, _ order: SeverityOrder) {
        for pattern in route.severities where !pattern.text.isEmpty {
            let word = GlobPattern(pattern.text.lowercased())
            guard !order.words.contains(where: word.matches) else { continue }
            let nearest = NearestName.of(pattern.text, among: order.words)
            warn(
                "\(path).severities",
                "\"\(pattern.text)\" is no word of severityOrder"
                    + (nearest.map { "; did you mean \"\($0)\"?" }
                        ?? ", which has \(order.words.joined(separator: ", "))."))
        }
    }
}

extension ConfigurationResolver {
    /// Warns of sites of routes that are not among the names: probably a name stands in place of the id.
    mutating func doubt(_ routes: [Route], _ names: PlaceNames) {
        guard names.count(of: .site) > 0 else { return }
        for (index, route) in routes.enumerated() {
            for pattern in route.sites where !pattern.text.contains("*") && !pattern.text.isEmpty {
                guard names[.site, pattern.text] == nil else { continue }
                let ids = names.ids(of: .site, named: pattern.text)
                let hint =
                    ids.isEmpty
                    ? "is no id of a site among the names."
                    : "is the name of a site; a route has its id, \"\(ids.joined(separator: "\" or \""))\"."
                warnings.append("routes[\(index)].sites: \"\(pattern.text)\" \(hint)")
            }
        }
    }
}

extension Route {
    /// What it asks of an event, by the names of the settings.
    var patterns: [(name: String, patterns: [GlobPattern])] {
        [("kinds", kinds), ("sites", sites), ("severities", severities)]
    }

    /// Whether it takes events of a kind, of whichever site and severity.
    func takes(_ kind: EventKind) -> Bool { !takesNothing && kinds.contains { $0.matches(kind.name) } }

    /// Whether no event can match it.
    var takesNothing: Bool { patterns.contains { $0.patterns.isEmpty } }

    /// Whether it takes events that open an incident.
    var takesOpens: Bool {
        EventKind.documented.contains { action(for: $0) == .open && takes($0) }
    }
}
