package import AdapterKit
internal import OpenSenseWebhooks

/// One destination as a configuration says it, its secrets not fetched and its adapter not made.
package struct DestinationDocument: Sendable {
    /// The most destinations.
    ///
    /// Each can have three jobs of one delivery; `JobNumber.perDeliveryMax` has numbers for all of them.
    package static let countMax = 32

    /// Its name in routes, logs and the store.
    package let name: String
    /// The type of its adapter.
    package let type: AdapterType
    /// Where its settings stand: `destinations.oncall`.
    let path: String
    /// The settings that may be shown, by name, with defaults filled in.
    package private(set) var texts: [String: String] = [:]
    /// Where the secrets are, by the setting's name: the one that is used first, and those of before.
    package private(set) var secrets: [String: [SecretSetting]] = [:]
    /// How its updates are delivered.
    package private(set) var delivering = DeliverySettings()

    /// Where a setting stands, and which of its values where it is a list.
    func path(of setting: String, _ index: Int = 0) -> String {
        let references = secrets[setting] ?? []
        return index < references.count ? references[index].path : "\(path).\(setting)"
    }

    /// Every destination of a configuration whose adapter there is, by order of name.
    static func all(
        _ node: SettingNode?, adapters: [AdapterType], _ reader: inout SettingReader
    ) -> [DestinationDocument] {
        guard let node else {
            reader.add(
                "",
                reader.places.absences["destinations"]
                    ?? "There are no \"destinations\"; name at least one with its adapter.")
            return []
        }
        guard case .object(let members) = node.value else {
            reader.add(node.path, "Expected an object of destinations by name.")
            return []
        }
        if !(1...countMax).contains(members.count) {
            reader.add(node.path, "There must be 1 to \(countMax) destinations.")
        }
        let names = members.map(\.name).sorted()
        let all = names.compactMap { name in
            members[name].flatMap {
                DestinationDocument(
                    name, SettingNode(path: "\(node.path).\(name)", value: $0), adapters, &reader)
            }
        }
        checkFailovers(all, names: names, &reader)
        return all
    }

    /// The names that routes may use, also those of destinations that are at fault and reported as such.
    static func names(_ node: SettingNode?) -> [String] {
        guard case .object(let members)? = node?.value else { return [] }
        return members.map(\.name).sorted()
    }

    /// A failover is another destination, and has none itself: nothing must be handed round in a circle.
    private static func checkFailovers(
        _ all: [DestinationDocument], names: [String], _ reader: inout SettingReader
    ) {
        for destination in all {
            guard let failover = destination.delivering.failover else { continue }
            let path = "\(destination.path).failover"
            if !names.contains(failover) {
                reader.addNoDestination(failover, among: names, at: path)
            } else if failover == destination.name {
                reader.add(path, "A destination cannot be its own failover.")
            } else if all.contains(where: { $0.name == failover && $0.delivering.failover != nil }) {
                reader.add(path, "\"\(failover)\" has a failover itself; name one that has none.")
            }
        }
    }

    private init?(
        _ name: String, _ node: SettingNode, _ adapters: [AdapterType], _ reader: inout SettingReader
    ) {
        if !Self.isName(name) {
            reader.add(node.path, "A destination's name has 1 to 64 letters, digits, \"-\", \"_\" or \".\".")
        }
        guard let type = Self.type(node, adapters, &reader) else { return nil }
        self.name = name
        self.type = type
        path = node.path
        let values = reader.object(
            node, names: ["adapter"] + DeliverySettings.names + type.settings.map(\.name))
        delivering = DeliverySettings(values, &reader)
        for setting in type.settings { readSetting(setting, values[setting.name], &reader) }
    }

    private mutating func readSetting(
        _ setting: AdapterSetting, _ value: SettingNode?, _ reader: inout SettingReader
    ) {
        if let value {
            if setting.isSecret {
                secrets[setting.name] = reader.secrets(
                    value, mayBeList: [.identifies, .authenticates].contains(setting.role))
            } else {
                texts[setting.name] = reader.text(value)
                if setting.role == .locates { doubt(setting, at: value, &reader) }
            }
        } else if let usual = setting.defaultValue {
            texts[setting.name] = usual
        } else if let origin = reader.places.origins["\(path).\(setting.name)"] {
            reader.add(
                "\(path).\(setting.name)",
                "The environment variable \(origin.name) is not set: \(setting.summary)")
        } else {
            reader.add(path, "There is no \"\(setting.name)\": \(setting.summary)")
        }
    }

    /// Warns of an address that is taken for a base URL and is probably none, or gives keys away.
    private func doubt(_ setting: AdapterSetting, at node: SettingNode, _ reader: inout SettingReader) {
        guard let url = texts[setting.name].flatMap({ BaseURL($0) }) else { return }
        let ends = setting.addedPaths.compactMap { path in
            url.end(repeatedBy: path).map { (end: $0, path: path) }
        }
        if let longest = ends.max(by: { $0.end.utf8.count < $1.end.utf8.count }) {
            reader.warn(
                node.path,
                "ends in \(longest.end), which is added to it: requests would go to \(url)\(longest.path).")
        }
        if url.isReadableOnTheWay {
            reader.warn(
                node.path,
                "is http:// to another machine: keys and alarms can be read on their way; use https://.")
        }
    }

    private static func type(
        _ node: SettingNode, _ adapters: [AdapterType], _ reader: inout SettingReader
    ) -> AdapterType? {
        guard case .object(let members) = node.value else {
            reader.add(
                node.path, "Expected an object such as { adapter: \"\(adapters.first?.name ?? "NAME")\", … }."
            )
            return nil
        }
        let known = adapters.map(\.name).joined(separator: ", ")
        guard let value = members["adapter"] else {
            reader.add(node.path, "There is no \"adapter\"; there are \(known).")
            return nil
        }
        let adapter = node.member("adapter", value)
        guard let name = reader.text(adapter) else { return nil }
        guard let type = adapters.first(where: { $0.name == name }) else {
            let nearest = NearestName.of(name, among: adapters.map(\.name))
            reader.add(adapter.path, nearest.map { "Did you mean \"\($0)\"?" } ?? "There are \(known).")
            return nil
        }
        return type
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
}
