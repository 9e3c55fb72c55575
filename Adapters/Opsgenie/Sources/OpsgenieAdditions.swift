internal import AdapterKit
internal import OpenSenseWebhooks

/// What the user adds to every alert: who is called, tags, and what it is about.
struct OpsgenieAdditions {
    /// Who is called, as the API has them; empty for what the integration says.
    let responders: [JSONValue]
    /// Tags beside ours.
    let tags: [String]
    /// What the alert is about in the place of the event's own; nil for that.
    let entity: String?

    /// Nothing.
    static let none = OpsgenieAdditions()

    private init() { (responders, tags, entity) = ([], [], nil) }

    /// What the settings say.
    ///
    /// - Throws: `AdapterSettingError` for what Opsgenie would refuse.
    init(_ settings: AdapterSettings) throws(AdapterSettingError) {
        responders = try Self.items(settings, Setting.responders, OpsgenieLimits.respondersMax)
            .map(Self.responder)
        tags = try Self.items(settings, Setting.tags, OpsgenieLimits.addedTagsMax)
        guard tags.allSatisfy(OpsgenieLimits.tag.allows) else {
            throw AdapterSettingError(
                setting: Setting.tags, "has a tag of more than \(OpsgenieLimits.tag.max) characters.")
        }
        let text = Self.text(settings, Setting.entity)
        guard OpsgenieLimits.entity.allows(text), OpsgenieLimits.entity.cutLine(text) == text else {
            throw AdapterSettingError(
                setting: Setting.entity,
                "has a line break or more than \(OpsgenieLimits.entity.max) characters.")
        }
        entity = text.allSatisfy(\.isWhitespace) ? nil : text
    }

    /// The settings, whose variables begin with `prefix`.
    static func settings(_ prefix: String) -> [AdapterSetting] {
        [
            AdapterSetting(
                name: Setting.responders, environmentVariable: "\(prefix)_RESPONDERS", defaultValue: "",
                summary: "Who is called: team:NAME, user:E-MAIL, escalation:NAME, schedule:NAME, divided by "
                    + "commas; empty for what the integration says."),
            AdapterSetting(
                name: Setting.tags, environmentVariable: "\(prefix)_TAGS", defaultValue: "",
                summary: "Tags that every alert has beside ours, divided by commas."),
            AdapterSetting(
                name: Setting.entity, environmentVariable: "\(prefix)_ENTITY", defaultValue: "",
                summary: "What alerts are about; empty for the place of each event."),
        ]
    }

    private static func items(
        _ settings: AdapterSettings, _ name: String, _ countMax: Int
    ) throws(AdapterSettingError) -> [String] {
        let items = text(settings, name).split(separator: ",").map(trimmed).filter { !$0.isEmpty }
        guard items.count <= countMax else {
            throw AdapterSettingError(setting: name, "has \(items.count) entries; there can be \(countMax).")
        }
        guard items.allSatisfy({ TextLimit(max: 1_024).cutLine($0) == $0 }) else {
            throw AdapterSettingError(setting: name, "has a line break or a very long entry.")
        }
        return items
    }

    /// The text of a setting, which may be left out.
    private static func text(_ settings: AdapterSettings, _ name: String) -> String {
        (try? settings.text(name)) ?? ""
    }

    private static func responder(_ text: String) throws(AdapterSettingError) -> JSONValue {
        let parts = text.split(separator: ":", maxSplits: 1).map(trimmed)
        guard parts.count == 2, !parts[1].isEmpty,
            ["team", "user", "escalation", "schedule"].contains(parts[0])
        else {
            throw AdapterSettingError(
                setting: Setting.responders,
                "has an entry that is not team:NAME, user:E-MAIL, escalation:NAME or schedule:NAME.")
        }
        return ["type": .string(parts[0]), (parts[0] == "user" ? "username" : "name"): .string(parts[1])]
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    private enum Setting {
        static let responders = "responders"
        static let tags = "tags"
        static let entity = "entity"
    }
}
