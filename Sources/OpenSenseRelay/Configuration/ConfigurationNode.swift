internal import FoundationEssentials
internal import OpenSenseWebhooks

/// A value of a configuration and its path.
struct ConfigurationNode {
    let path: String
    let value: JSONValue

    func member(_ name: String, _ value: JSONValue) -> ConfigurationNode {
        ConfigurationNode(path: path.isEmpty ? name : "\(path).\(name)", value: value)
    }
}

extension ConfigurationReader {
    /// The members of an object; a name that is not among `names` is a fault that names the nearest one.
    mutating func object(_ node: ConfigurationNode, names: [String]) -> [String: ConfigurationNode] {
        guard case .object(let members) = node.value else {
            add(node.path, "Expected an object in braces.")
            return [:]
        }
        var known: [String: ConfigurationNode] = [:]
        for (name, value) in members {
            let member = node.member(name, value)
            if names.contains(name) {
                known[name] = member
            } else {
                let nearest = NearestName.of(name, among: names)
                let hint =
                    nearest.map { "did you mean \"\($0)\"?" } ?? "there are \(names.joined(separator: ", "))."
                add(member.path, "There is no setting \"\(name)\"; \(hint)", outline?.names[member.path])
            }
        }
        return known
    }

    mutating func items(_ node: ConfigurationNode) -> [ConfigurationNode]? {
        guard case .array(let items) = node.value else {
            add(node.path, "Expected a list in brackets.")
            return nil
        }
        return items.enumerated().map { ConfigurationNode(path: "\(node.path)[\($0)]", value: $1) }
    }

    mutating func text(_ node: ConfigurationNode) -> String? {
        guard case .string(let text) = node.value else {
            add(node.path, "Expected a text in quotes.")
            return nil
        }
        return text
    }

    mutating func integer(_ node: ConfigurationNode) -> Int? {
        guard case .number(let number) = node.value, let integer = number.integerValue else {
            add(node.path, "Expected a whole number.")
            return nil
        }
        return integer
    }

    mutating func boolean(_ node: ConfigurationNode) -> Bool {
        guard case .boolean(let flag) = node.value else {
            add(node.path, "Expected true or false.")
            return false
        }
        return flag
    }

    /// A secret from where the text says it is.
    ///
    /// The secret itself is never in a configuration.
    mutating func secret(_ node: ConfigurationNode) -> Secret? {
        guard let reference = text(node) else { return nil }
        do throws(SecretReferenceError) {
            return try SecretReference(reference).secret(environment: environment, readFile: readFile)
        } catch {
            add(node.path, error.message)
            return nil
        }
    }
}
