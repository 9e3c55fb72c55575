public import OpenSenseWebhooks

/// The values of an adapter's settings, checked for presence, with defaults filled in.
public struct AdapterSettings: Sendable {
    let texts: [String: String]
    let secrets: [String: Secret]

    /// The values by setting name.
    public init(texts: [String: String] = [:], secrets: [String: Secret] = [:]) {
        self.texts = texts
        self.secrets = secrets
    }

    /// The text of the setting `name`.
    ///
    /// - Throws: ``AdapterSettingError`` when there is none.
    public func text(_ name: String) throws(AdapterSettingError) -> String {
        guard let text = texts[name] else { throw AdapterSettingError(setting: name, "is missing.") }
        return text
    }

    /// The secret of the setting `name`.
    ///
    /// - Throws: ``AdapterSettingError`` when there is none.
    public func secret(_ name: String) throws(AdapterSettingError) -> Secret {
        guard let secret = secrets[name] else { throw AdapterSettingError(setting: name, "is missing.") }
        return secret
    }

    /// The setting `name` as a base URL.
    ///
    /// - Throws: ``AdapterSettingError`` when it is missing or no base URL.
    public func baseURL(_ name: String) throws(AdapterSettingError) -> BaseURL {
        let value = try text(name)
        guard let url = BaseURL(value) else {
            throw AdapterSettingError(
                setting: name, "must be http:// or https://, a host, and at most a path.")
        }
        return url
    }
}
