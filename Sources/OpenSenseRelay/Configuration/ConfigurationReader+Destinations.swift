internal import AdapterKit
internal import OpenSenseWebhooks
internal import RelayCore

extension ConfigurationReader {
    /// The most destinations; the journal numbers the jobs of one delivery within 64, two for each destination.
    package static let destinationsMax = 32

    mutating func destinations(_ node: ConfigurationNode?) -> [DestinationConfiguration] {
        guard let node else {
            add("", "There are no \"destinations\"; name at least one with its adapter.")
            return []
        }
        guard case .object(let members) = node.value else {
            add(node.path, "Expected an object of destinations by name.")
            return []
        }
        if !(1...Self.destinationsMax).contains(members.count) {
            add(node.path, "There must be 1 to \(Self.destinationsMax) destinations.")
        }
        let all = members.map(\.name).sorted().compactMap { name -> DestinationConfiguration? in
            guard let value = members[name] else { return nil }
            return destination(name, ConfigurationNode(path: "\(node.path).\(name)", value: value))
        }
        checkFailovers(all, names: members.map(\.name).sorted(), at: node)
        return all
    }

    /// A failover is another destination, and has none itself: nothing must be handed round in a circle.
    private mutating func checkFailovers(
        _ all: [DestinationConfiguration], names: [String], at node: ConfigurationNode
    ) {
        for destination in all {
            guard let failover = destination.delivering.failover else { continue }
            let path = "\(node.path).\(destination.name).failover"
            if !names.contains(failover) {
                addNoDestination(failover, among: names, at: path)
            } else if failover == destination.name {
                add(path, "A destination cannot be its own failover.")
            } else if all.contains(where: { $0.name == failover && $0.delivering.failover != nil }) {
                add(path, "\"\(failover)\" has a failover itself; name one that has none.")
            }
        }
    }

    private mutating func addNoDestination(_ name: String, among names: [String], at path: String) {
        let nearest = NearestName.of(name, among: names)
        add(path, "There is no destination \"\(name)\"." + (nearest.map { " Did you mean \"\($0)\"?" } ?? ""))
    }

    /// The names that routes may use, also those of destinations that are at fault and reported as such.
    func destinationNames(_ node: ConfigurationNode?) -> [String] {
        guard case .object(let members)? = node?.value else { return [] }
        return members.map(\.name).sorted()
    }

    /// Names stand in routes, logs and the store.
    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }

    private mutating func destination(
        _ name: String, _ node: ConfigurationNode
    ) -> DestinationConfiguration? {
        if !Self.isName(name) {
            add(node.path, "A destination's name has 1 to 64 letters, digits, \"-\", \"_\" or \".\".")
        }
        guard case .object(let members) = node.value else {
            add(node.path, "Expected an object such as { adapter: \"pagerduty\", … }.")
            return nil
        }
        let known = adapters.map(\.name).joined(separator: ", ")
        guard let adapterValue = members["adapter"] else {
            add(node.path, "There is no \"adapter\"; there are \(known).")
            return nil
        }
        let adapterNode = node.member("adapter", adapterValue)
        guard let adapterName = text(adapterNode) else { return nil }
        guard let type = adapters.first(where: { $0.name == adapterName }) else {
            let nearest = NearestName.of(adapterName, among: adapters.map(\.name))
            add(adapterNode.path, nearest.map { "Did you mean \"\($0)\"?" } ?? "There are \(known).")
            return nil
        }
        let values = object(
            node, names: ["adapter", "onDeadLetter", "failover", "concurrency"] + type.settings.map(\.name))
        let delivering = delivering(values)
        guard var made = make(name, type, node, values) else { return nil }
        made.delivering = delivering
        return made
    }

    private mutating func delivering(_ values: [String: ConfigurationNode]) -> DeliverySettings {
        var settings = DeliverySettings()
        if let node = values["onDeadLetter"], let word = text(node) {
            if let mode = OnDeadLetter(rawValue: word) {
                settings.onDeadLetter = mode
            } else {
                add(node.path, "Expected \"hold\" or \"skip\".")
            }
        }
        if let node = values["failover"] { settings.failover = text(node) }
        if let node = values["concurrency"], let number = integer(node) {
            if DeliverySettings.concurrencyRange.contains(number) {
                settings.concurrencyMax = number
            } else {
                let range = DeliverySettings.concurrencyRange
                add(node.path, "Expected \(range.lowerBound) to \(range.upperBound) requests at once.")
            }
        }
        return settings
    }

    /// Collects the settings of a destination and makes its adapter, unless one of them is at fault.
    private mutating func make(
        _ name: String, _ type: AdapterType, _ node: ConfigurationNode, _ values: [String: ConfigurationNode]
    ) -> DestinationConfiguration? {
        let before = faults.count
        var (texts, secrets, shown): ([String: String], [String: Secret], [String: String]) = ([:], [:], [:])
        for setting in type.settings {
            if let value = values[setting.name] {
                if setting.isSecret {
                    secrets[setting.name] = secret(value)
                    shown[setting.name] = secrets[setting.name].map { "•••• (fingerprint \($0.fingerprint))" }
                } else {
                    texts[setting.name] = text(value)
                    shown[setting.name] = texts[setting.name]
                }
            } else if let usual = setting.defaultValue {
                texts[setting.name] = usual
                shown[setting.name] = usual
            } else {
                add(node.path, "There is no \"\(setting.name)\": \(setting.summary)")
            }
        }
        guard faults.count == before else { return nil }
        return make(name, type, AdapterSettings(texts: texts, secrets: secrets), shown, at: node.path)
    }

    /// Makes an adapter of complete settings; what it dislikes is a fault of `path`.
    mutating func make(
        _ name: String, _ type: AdapterType, _ settings: AdapterSettings, _ shown: [String: String],
        at path: String
    ) -> DestinationConfiguration? {
        do {
            let adapter = try type.make(settings)
            return DestinationConfiguration(name: name, type: type, adapter: adapter, shownSettings: shown)
        } catch {
            if path.isEmpty {
                let setting = type.settings.first { $0.name == error.setting }
                add("", "\(setting?.environmentVariable ?? error.setting) \(error.problem)")
                return nil
            }
            let place = "\(path).\(error.setting)"
            add(place, "\(error.setting) \(error.problem)", outline?.values[place] ?? outline?.values[path])
            return nil
        }
    }

    // MARK: Routes

    mutating func routes(_ node: ConfigurationNode?, destinations: [String]) -> [Route] {
        guard let node else { return [Route(destinations: destinations)] }
        guard let items = items(node) else { return [] }
        let routes = items.map { route($0, destinations: destinations) }
        let opening = EventKind.alarmOpened.name
        if !routes.contains(where: { route in route.kinds.contains { $0.matches(opening) } }) {
            warnings.append("\(node.path): no route takes \(opening); alarms are stored and sent nowhere.")
        }
        return routes
    }

    private mutating func route(_ node: ConfigurationNode, destinations: [String]) -> Route {
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
    private mutating func doubt(_ kinds: [String], at node: ConfigurationNode) {
        let documented = EventKind.documented.map(\.name)
        for kind in kinds where !documented.contains(where: GlobPattern(kind).matches) {
            let nearest = NearestName.of(kind.filter { $0 != "*" }, among: documented)
            let hint = nearest.map { "; did you mean \"\($0)\"?" } ?? "."
            warnings.append("\(node.path): no documented kind matches \"\(kind)\"\(hint)")
        }
    }

    private mutating func patterns(_ node: ConfigurationNode?) -> [GlobPattern] {
        guard let node else { return [.any] }
        return (items(node) ?? []).compactMap { text($0).map(GlobPattern.init) }
    }

    private mutating func actions(_ node: ConfigurationNode?) -> [String: IncidentUpdate.Action?] {
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
            } else if let known = IncidentUpdate.Action(rawValue: name) {
                actions[kind] = known
            } else {
                add(action.path, "Expected open, acknowledge, resolve, annotate or none.")
            }
        }
        return actions
    }
}
