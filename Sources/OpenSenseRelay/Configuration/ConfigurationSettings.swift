package import AdapterKit
internal import FoundationEssentials
internal import OpenSenseWebhooks

/// The settings of a configuration as they were given: one tree of values, and where each comes from.
///
/// A file, the environment and the options of the command line all come to this, so that one function reads
/// them.
package struct ConfigurationSettings: Sendable {
    /// The variable that holds the sender's secret where there is no configuration file.
    package static let secretVariable = "OPENSENSE_SECRET"

    /// The longest text of a configuration, and of a file that one refers to.
    ///
    /// - Unit: bytes.
    package static let textBytesMax = 4 << 20

    /// The members of the whole.
    private(set) var members: JSONObject
    private(set) var places = ConfigurationPlaces()
    /// Faults of the text itself: what is given twice.
    private(set) var faults: [ConfigurationFault] = []

    /// The settings in a JSON5 text.
    ///
    /// - Throws: ``ConfigurationFaults`` with one fault, where the text is no JSON5 object.
    package init(text: [UInt8]) throws(ConfigurationFaults) {
        let outline = JSON5Outline(String(decoding: text, as: UTF8.self))
        // Foundation's JSON5 reader traps on some bytes that are not UTF-8.
        guard String(validating: text, as: UTF8.self) != nil else { throw Self.notUTF8(text) }
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        guard let value = try? decoder.decode(JSONValue.self, from: Data(text)),
            case .object(let members) = value
        else {
            throw Self.notJSON5(outline)
        }
        self.members = members
        places.outline = outline
        for (path, position) in outline.repeated {
            faults.append(
                places.fault(path, "This is given a second time; remove one of them.", at: position))
        }
    }

    /// The settings in environment variables alone: the secret, and a destination for every adapter of which
    /// a required variable is set, named after the adapter.
    package init(environment: [String: String], adapters: [AdapterType]) {
        members = ["sources": [["secrets": [.string("env:\(Self.secretVariable)")]]]]
        places.origins["sources[0].secrets[0]"] = .init(
            name: Self.secretVariable,
            advice: "Set \(Self.secretVariable) to the webhook's secret, or name a configuration file.")
        var destinations: JSONObject = [:]
        for type in adapters where Self.isMentioned(type, in: environment) {
            var settings: JSONObject = ["adapter": .string(type.name)]
            for setting in type.settings {
                let variable = setting.environmentVariable
                let path = "destinations.\(type.name).\(setting.name)"
                places.origins[path] = .init(name: variable)
                let isGiven = environment[variable]?.isEmpty == false
                if !setting.isSecret {
                    settings[setting.name] = environment[variable].map { .string($0) }
                } else if isGiven || setting.defaultValue == nil {
                    settings[setting.name] = .string("env:\(variable)")
                }
            }
            destinations[type.name] = .object(settings)
        }
        if destinations.isEmpty {
            let variables = adapters.flatMap(\.settings).filter(\.isSecret).map(\.environmentVariable)
            places.absences["destinations"] =
                "There is no destination: set \(variables.joined(separator: " or ")), or name a configuration file."
        } else {
            members["destinations"] = .object(destinations)
        }
    }

    /// Gives one setting of the whole, such as `store`, in place of what stands there.
    ///
    /// Another address to listen on leaves what is said about it: TLS, and the proxies in front.
    ///
    /// - Parameter origin: What gave it, such as `--store`.
    package mutating func override(_ name: String, with text: String, from origin: String) {
        if name == "listen", case .object(var door) = members[name] {
            door["address"] = .string(text)
            members[name] = .object(door)
            places.origins["listen.address"] = .init(name: origin)
        } else {
            members[name] = .string(text)
            places.origins[name] = .init(name: origin)
        }
    }

    /// Whether the environment asks for an adapter, rightly or not; a variable that is empty asks for
    /// nothing.
    private static func isMentioned(_ type: AdapterType, in environment: [String: String]) -> Bool {
        let required = type.settings.filter { $0.isSecret || $0.defaultValue == nil }
        return required.isEmpty || required.contains { environment[$0.environmentVariable]?.isEmpty == false }
    }

    private static func notJSON5(_ outline: JSON5Outline) -> ConfigurationFaults {
        var position = outline.stoppedAt ?? JSON5Outline.Position(line: 1, column: 1)
        var reason = "a comma, a quote or a brace is missing or out of place."
        // What stands before the place where the walk stopped is why it stopped.
        if let odd = outline.oddWord, outline.stoppedAt.map({ odd.position < $0 }) ?? true {
            (position, reason) = (odd.position, JSON5Word.advice(odd.word))
        }
        let message = "This is not a JSON5 object; \(reason)"
        return ConfigurationFaults([
            .init(line: position.line, column: position.column, path: "", message: message)
        ])
    }

    private static func notUTF8(_ text: [UInt8]) -> ConfigurationFaults {
        var end = 0
        var decoder = UTF8()
        var bytes = text.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&bytes) { end += UTF8.width(scalar) }
        let before = String(decoding: text[..<end], as: UTF8.self)
        let line = 1 + before.count { $0.isNewline }
        let column = 1 + before.reversed().prefix { !$0.isNewline }.count
        let message = "The file is not UTF-8: save it as that."
        return ConfigurationFaults([.init(line: line, column: column, path: "", message: message)])
    }
}
