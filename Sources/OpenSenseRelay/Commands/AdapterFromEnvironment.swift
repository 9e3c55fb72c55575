internal import AdapterKit
internal import OpenSenseWebhooks

/// An adapter with settings from the environment, and made-up keys for those that are not set: for showing
/// requests, never for sending them.
struct AdapterFromEnvironment {
    let type: AdapterType
    let adapter: any IncidentAdapter
    /// The variable of each secret, and the made-up text that stands for it.
    let placeholders: [(variable: String, text: String)]

    /// - Throws: ``CommandError`` with code 78 for a setting that the adapter refuses.
    init(_ type: AdapterType, _ environment: [String: String]) throws(CommandError) {
        self.type = type
        var (texts, secrets): ([String: String], [String: Secret]) = ([:], [:])
        var placeholders: [(variable: String, text: String)] = []
        var given: [String: Secret] = [:]
        for (index, setting) in type.settings.enumerated() {
            if setting.isSecret {
                let text = PlaceholderSecret.text(setting, index)
                placeholders.append((setting.environmentVariable, text))
                secrets[setting.name] = try? Secret(text)
                given[setting.name] = environment[setting.environmentVariable].flatMap { try? Secret($0) }
            } else {
                texts[setting.name] = environment[setting.environmentVariable] ?? setting.defaultValue
            }
        }
        self.placeholders = placeholders
        do {
            // The given keys are only checked; what is printed contains placeholders.
            _ = try type.make(AdapterSettings(texts: texts, secrets: secrets.merging(given) { $1 }))
            adapter = try type.make(AdapterSettings(texts: texts, secrets: secrets))
        } catch {
            let setting = type.settings.first { $0.name == error.setting }
            throw CommandError(
                .configuration, "\(setting?.environmentVariable ?? error.setting) \(error.problem)")
        }
    }
}
