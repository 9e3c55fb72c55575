public import OpenSenseWebhooks

/// What the relay knows of an adapter before there is one: its name, its settings and how to make it.
public struct AdapterType: Sendable {
    /// The name in a configuration: `pagerduty`.
    public let name: String
    /// The vendor's product, for people: `PagerDuty`.
    public let title: String
    /// Every setting it takes, in the order in which people should read them.
    public let settings: [AdapterSetting]
    /// Makes an adapter, without any effect on the world.
    public let make: @Sendable (AdapterSettings) throws(AdapterSettingError) -> any IncidentAdapter

    /// A type of adapter.
    public init(
        name: String, title: String, settings: [AdapterSetting],
        make: @escaping @Sendable (AdapterSettings) throws(AdapterSettingError) -> any IncidentAdapter
    ) {
        self.name = name
        self.title = title
        self.settings = settings
        self.make = make
    }
}

/// One setting of an adapter.
public struct AdapterSetting: Sendable, Hashable {
    /// The name in a configuration: `routingKey`.
    public let name: String
    /// The environment variable that gives it where there is no configuration file.
    public let environmentVariable: String
    /// Whether it must never be shown, and may be given as `env:NAME` or `file:PATH` only.
    public let isSecret: Bool
    /// What it is when it is not given; nil makes it required.
    public let defaultValue: String?
    /// One line that says what it is and where to find it.
    public let summary: String

    /// A setting.
    public init(
        name: String, environmentVariable: String, isSecret: Bool = false, defaultValue: String? = nil,
        summary: String
    ) {
        self.name = name
        self.environmentVariable = environmentVariable
        self.isSecret = isSecret
        self.defaultValue = defaultValue
        self.summary = summary
    }
}

/// The values of an adapter's settings, checked for presence, with defaults filled in.
public struct AdapterSettings: Sendable {
    private let texts: [String: String]
    private let secrets: [String: Secret]

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

/// A setting that an adapter cannot work with.
public struct AdapterSettingError: Error, Hashable, CustomStringConvertible {
    /// The setting's name.
    public let setting: String
    /// What is wrong with it, completing a sentence that begins with its name; never its value.
    public let problem: String

    /// A fault of `setting`.
    public init(setting: String, _ problem: String) {
        self.setting = setting
        self.problem = problem
    }

    /// One sentence for a person.
    public var description: String { "\(setting) \(problem)" }
}
