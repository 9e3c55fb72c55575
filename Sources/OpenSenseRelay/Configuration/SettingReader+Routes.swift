internal import AdapterKit
internal import OpenSenseWebhooks
internal import RelayCore

extension SettingReader {
    /// The routes of a configuration; without any every event goes to all destinations.
    mutating func routes(_ node: SettingNode?, destinations: [String]) -> [Route] {
        guard let node else { return [Route(destinations: destinations)] }
        guard let items = items(node) else { return [] }
        let routes = items.map { route($0, destinations: destinations) }
        let opening = EventKind.alarmOpened
        let takers = routes.filter { $0.takes(opening) }
        if takers.isEmpty {
            warn(node.path, "no route takes \(opening.name); alarms are stored and sent nowhere.")
        } else if !takers.contains(where: { $0.action(for: opening) == .open }) {
            warn(
                node.path,
                "no route has \(opening.name) open an incident; alarms are stored and page no person.")
        }
        return routes
    }

    private mutating func route(_ node: SettingNode, destinations: [String]) -> Route {
        let members = object(node, names: ["kinds", "sites", "severities", "to", "actions"])
        var route = Route(destinations: [])
        route.kinds = patterns(members["kinds"])
        if let kinds = members["kinds"] { doubt(route.kinds.map(\.text), at: kinds) }
        route.sites = patterns(members["sites"])
        route.severities = patterns(members["severities"])
        route.actions = actions(members["actions"])
        guard let target = members["to"] else {
            add(node.path, "There is no \"to\"; name the destinations, or [] for none.")
            return route
        }
        for item in items(target) ?? [] {
            guard let name = text(item) else { continue }
            if !destinations.contains(name) {
                addNoDestination(name, among: destinations, at: item.path)
            }
            if route.destinations.contains(name) {
                add(item.path, "\"\(name)\" is named a second time; an event goes to each destination once.")
            }
            route.destinations.append(name)
        }
        return route
    }

    /// Warns of patterns that no documented kind matches: the kind may be new, or misspelt.
    private mutating func doubt(_ kinds: [String], at node: SettingNode) {
        let documented = EventKind.documented.map(\.name)
        for kind in kinds where !documented.contains(where: GlobPattern(kind).matches) {
            let nearest = NearestName.of(kind.filter { $0 != "*" }, among: documented)
            let hint = nearest.map { "; did you mean \"\($0)\"?" } ?? "."
            warn(node.path, "no documented kind matches \"\(kind)\"\(hint)")
        }
    }

    private mutating func patterns(_ node: SettingNode?) -> [GlobPattern] {
        guard let node else { return [.any] }
        return (items(node) ?? []).compactMap { text($0).map(GlobPattern.init) }
    }

    private mutating func actions(_ node: SettingNode?) -> [String: IncidentUpdate.Action?] {
        guard let node else { return [:] }
        guard case .object(let members) = node.value else {
            add(node.path, "Expected an object such as { report_ready: \"none\" }.")
            return [:]
        }
        var actions: [String: IncidentUpdate.Action?] = [:]
        doubt(members.map(\.name).sorted(), at: node)
        for (kind, value) in members {
            let action = node.member(kind, value)
            guard let name = text(action) else { continue }
            if name == "none" {
                actions[kind] = .some(nil)
            } else if let known = IncidentUpdate.Action(rawValue: name), Route.actionsOfKinds.contains(known)
            {
                actions[kind] = known
            } else {
                add(action.path, "Expected open, acknowledge, resolve, annotate or none.")
            }
        }
        return actions
    }
}
