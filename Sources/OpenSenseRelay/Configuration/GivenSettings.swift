internal import AdapterKit
internal import OpenSenseWebhooks

/// The settings of a destination, with stand-ins for those that are not given or were refused.
struct GivenSettings {
    private let type: AdapterType
    private var texts: [String: String]
    private var secrets: [String: Secret] = [:]
    /// The values of each secret that is given, the one that is used first in front.
    private(set) var values: [String: [Secret]] = [:]
    private var given: Set<String>
    /// The settings that may be shown, by name; secrets masked, several in a list.
    private(set) var shown: [String: JSONValue]

    init(_ destination: DestinationDocument) {
        type = destination.type
        texts = destination.texts
        shown = destination.texts.mapValues(JSONValue.string)
        given = Set(destination.texts.keys)
        for setting in type.settings where !given.contains(setting.name) { standIn(setting.name) }
    }

    var all: AdapterSettings { AdapterSettings(texts: texts, secrets: secrets) }

    /// Whether there is no stand-in.
    var isComplete: Bool { type.settings.allSatisfy { given.contains($0.name) } }

    mutating func setSecrets(_ name: String, _ all: [Secret]) {
        guard let first = all.first else { return }
        (secrets[name], values[name]) = (first, all)
        let masked = all.map { JSONValue.string("•••• (fingerprint \($0.fingerprint))") }
        shown[name] = masked.count == 1 ? masked[0] : .array(masked)
        given.insert(name)
    }

    /// Every way to take one value of each list of a role, the first values first.
    func choices(_ role: AdapterSetting.Role) -> [[String: Secret]] {
        var choices: [[String: Secret]] = [[:]]
        for setting in type.settings where setting.role == role {
            guard let all = values[setting.name], all.count > 1 else { continue }
            choices = choices.flatMap { choice in
                all.map { secret in choice.merging([setting.name: secret]) { $1 } }
            }
        }
        return choices
    }

    /// Puts a stand-in in the place of a setting; false where there is one, or no such setting.
    mutating func withdraw(_ name: String) -> Bool {
        guard given.remove(name) != nil else { return false }
        standIn(name)
        return true
    }

    private mutating func standIn(_ name: String) {
        guard let index = type.settings.firstIndex(where: { $0.name == name }) else { return }
        if type.settings[index].isSecret {
            secrets[name] = try? Secret(PlaceholderSecret.text(type.settings[index], index))
        } else {
            texts[name] = type.settings[index].defaultValue
        }
    }
}
