internal import FoundationEssentials
internal import OpenSenseWebhooks

/// A value of a configuration and its path.
struct SettingNode {
    /// Such as `destinations.oncall.routingKey`; empty for the whole.
    let path: String
    let value: JSONValue

    /// A member of the value.
    func member(_ name: String, _ value: JSONValue) -> SettingNode {
        SettingNode(path: path.isEmpty ? name : "\(path).\(name)", value: value)
    }
}

/// Reads values of a configuration by their types, and collects what is wrong with them.
struct SettingReader {
    let places: ConfigurationPlaces
    private(set) var faults: [ConfigurationFault]
    /// What is allowed and probably a mistake; a sentence each.
    private(set) var warnings: [String] = []

    /// A reader of values that were given at `places`.
    init(_ places: ConfigurationPlaces, faults: [ConfigurationFault]) {
        self.places = places
        self.faults = faults
    }

    /// Adds a fault of the setting at `path`.
    mutating func add(_ path: String, _ message: String, at position: JSON5Outline.Position? = nil) {
        faults.append(places.fault(path, message, at: position))
    }

    /// Adds a warning of the setting at `path`.
    ///
    /// It is named by the variable or option that gave it, where one did.
    mutating func warn(_ path: String, _ message: String) {
        warnings.append("\(places.origins[path]?.name ?? path): \(message)")
    }

    /// Adds that there is no destination `name`, with the nearest name that there is.
    mutating func addNoDestination(_ name: String, among names: [String], at path: String) {
        let nearest = NearestName.of(name, among: names)
        add(path, "There is no destination \"\(name)\"." + (nearest.map { " Did you mean \"\($0)\"?" } ?? ""))
    }

    /// The members of an object; a name that is not among `names` is a fault that names the nearest one.
    mutating func object(_ node: SettingNode, names: [String]) -> [String: SettingNode] {
        guard case .object(let members) = node.value else {
            add(node.path, "Expected an object in braces.")
            return [:]
        }
        var known: [String: SettingNode] = [:]
        for (name, value) in members {
            let member = node.member(name, value)
            if names.contains(name) {
                known[name] = member
            } else {
                let nearest = NearestName.of(name, among: names)
                let hint =
                    nearest.map { "did you mean \"\($0)\"?" } ?? "there are \(names.joined(separator: ", "))."
                add(
                    member.path, "There is no setting \"\(name)\"; \(hint)",
                    at: places.outline?.names[member.path])
            }
        }
        return known
    }

    /// The items of a list.
    mutating func items(_ node: SettingNode) -> [SettingNode]? {
        guard case .array(let items) = node.value else {
            add(node.path, "Expected a list in brackets.")
            return nil
        }
        return items.enumerated().map { SettingNode(path: "\(node.path)[\($0)]", value: $1) }
    }

    /// A text.
    mutating func text(_ node: SettingNode) -> String? {
        guard case .string(let text) = node.value else {
            add(node.path, "Expected a text in quotes.")
            return nil
        }
        return text
    }

    /// A whole number.
    mutating func integer(_ node: SettingNode) -> Int? {
        guard case .number(let number) = node.value, let integer = number.integerValue else {
            add(node.path, "Expected a whole number.")
            return nil
        }
        return integer
    }

    /// A whole number in `range`; nil where there is none or another.
    ///
    /// - Parameter unit: What it counts, completing "Expected 1 to 64 …".
    mutating func integer(_ node: SettingNode?, in range: ClosedRange<Int>, _ unit: String) -> Int? {
        guard let node, let number = integer(node) else { return nil }
        if range.contains(number) { return number }
        add(node.path, "Expected \(range.lowerBound) to \(range.upperBound) \(unit).")
        return nil
    }

    /// One of the words of a type; nil where there is none or another.
    mutating func word<Word: RawRepresentable<String> & CaseIterable>(
        _ node: SettingNode?, of type: Word.Type = Word.self
    ) -> Word? {
        guard let node, let text = text(node) else { return nil }
        if let word = Word(rawValue: text) { return word }
        let words = Word.allCases.map { "\"\($0.rawValue)\"" }
        let last = words.last ?? ""
        add(node.path, "Expected \(words.dropLast().joined(separator: ", ")) or \(last).")
        return nil
    }

    /// A truth value; false where it is none.
    mutating func boolean(_ node: SettingNode) -> Bool {
        guard case .boolean(let flag) = node.value else {
            add(node.path, "Expected true or false.")
            return false
        }
        return flag
    }

    /// Where a secret is; the secret itself is never in a configuration.
    mutating func secret(_ node: SettingNode) -> SecretSetting? {
        guard let text = text(node) else { return nil }
        do throws(SecretReferenceError) {
            return SecretSetting(path: node.path, reference: try SecretReference(text))
        } catch {
            add(node.path, error.message)
            return nil
        }
    }
}

extension SettingReader {
    /// The most values of one secret setting.
    static let secretValuesMax = 8

    /// Where the values of a secret setting are: one, or a list of them where `mayBeList`.
    mutating func secrets(_ node: SettingNode, mayBeList: Bool) -> [SecretSetting] {
        guard mayBeList, case .array = node.value, let items = items(node) else {
            return [secret(node)].compactMap(\.self)
        }
        if !(1...Self.secretValuesMax).contains(items.count) {
            add(node.path, "There must be 1 to \(Self.secretValuesMax) values; the first is used first.")
        }
        return items.prefix(Self.secretValuesMax).compactMap { secret($0) }
    }
}

/// A setting that says where a secret is.
package struct SecretSetting: Sendable {
    /// The setting's path.
    let path: String
    /// Where the secret is.
    package let reference: SecretReference
}
