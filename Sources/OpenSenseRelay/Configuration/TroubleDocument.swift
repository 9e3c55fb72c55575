internal import RelayCore

/// Where a configuration has the relay's own troubles reported.
package struct TroubleDocument: Sendable, Hashable {
    /// The destinations; nil for those of alarms.
    package private(set) var destinations: [String]?
    /// How bad they are.
    package private(set) var severity = TroublePolicy().severity

    /// To the destinations of alarms.
    package init() {}

    /// The setting `trouble`; the standard for what is missing or at fault.
    init(
        _ node: SettingNode?, destinations names: [String], severities: SeverityOrder,
        _ reader: inout SettingReader
    ) {
        self.init()
        guard let node else { return }
        let members = reader.object(node, names: ["to", "severity"])
        if let target = members["to"], let items = reader.items(target) {
            destinations = items.compactMap { item in
                guard let name = reader.text(item) else { return nil }
                if !names.contains(name) { reader.addNoDestination(name, among: names, at: item.path) }
                return name
            }
        }
        if let given = members["severity"], let word = reader.text(given)?.lowercased() {
            severity = word
            if !severities.words.contains(word) {
                let words = severities.words.joined(separator: ", ")
                reader.add(given.path, "Expected one of the words of the order: \(words).")
            }
        }
    }

    /// Where troubles are reported, given the routes: without a word of it where alarms go.
    func destinations(_ routes: [Route]) -> [String] {
        if let destinations { return destinations }
        var names: [String] = []
        for route in routes where route.takesAlarms {
            for name in route.destinations where !names.contains(name) { names.append(name) }
        }
        return names
    }
}

extension Route {
    /// Whether it takes alarms that open.
    var takesAlarms: Bool { kinds.contains { $0.matches("alarm_opened") } }
}
