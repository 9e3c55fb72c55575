internal import AdapterKit
internal import OpenSenseWebhooks

/// An adapter with the settings of a destination or of the environment, and with made-up keys: for showing
/// requests, never for sending them.
struct ShownAdapter {
    let type: AdapterType
    let adapter: any IncidentAdapter
    /// The variable of each secret, and the made-up text that stands for it.
    let placeholders: [(variable: String, text: String)]

    /// The adapter with the settings of the environment.
    ///
    /// - Throws: ``CommandError`` with code 78 for a setting that the adapter refuses.
    init(_ type: AdapterType, _ environment: [String: String]) throws(CommandError) {
        var texts: [String: String] = [:]
        var given: [String: Secret] = [:]
        for setting in type.settings {
            if setting.isSecret {
                given[setting.name] = environment[setting.environmentVariable].flatMap { try? Secret($0) }
            } else {
                texts[setting.name] = environment[setting.environmentVariable] ?? setting.defaultValue
            }
        }
        try self.init(type, texts, given) { setting in setting.environmentVariable }
    }

    /// The adapter with the settings of a destination, whose secrets are not fetched.
    ///
    /// - Throws: ``CommandError`` with code 78 for a setting that the adapter refuses.
    init(_ destination: DestinationDocument) throws(CommandError) {
        try self.init(destination.type, destination.texts, [:]) { setting in
            destination.path(of: setting.name)
        }
    }

    /// - Parameters:
    ///   - given: Keys that are only checked; what is printed contains made-up ones.
    ///   - name: What a person knows a setting by.
    private init(
        _ type: AdapterType, _ texts: [String: String], _ given: [String: Secret],
        name: (AdapterSetting) -> String
    ) throws(CommandError) {
        self.type = type
        var secrets: [String: Secret] = [:]
        var placeholders: [(variable: String, text: String)] = []
        for (index, setting) in type.settings.enumerated() where setting.isSecret {
            let text = PlaceholderSecret.text(setting, index)
            placeholders.append((setting.environmentVariable, text))
            secrets[setting.name] = try? Secret(text)
        }
        self.placeholders = placeholders
        do {
            _ = try type.make(AdapterSettings(texts: texts, secrets: secrets.merging(given) { $1 }))
            adapter = try type.make(AdapterSettings(texts: texts, secrets: secrets))
        } catch {
            let setting = type.settings.first { $0.name == error.setting }
            throw CommandError(.configuration, "\(setting.map(name) ?? error.setting) \(error.problem)")
        }
    }
}
