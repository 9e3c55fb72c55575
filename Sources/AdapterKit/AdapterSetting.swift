/// One setting of an adapter.
public struct AdapterSetting: Sendable, Hashable {
    /// What a setting has to do with which incidents of the vendor's are ours.
    public enum Role: String, Sendable, Hashable, CaseIterable {
        /// The vendor finds an incident only by the value that opened it: a routing key, a token in an
        /// address, the name of a room.
        case identifies
        /// Any value that is valid will do: an API key, a password.
        case authenticates
        /// A base URL, whose host and port say at which vendor an incident is.
        case locates
        /// Neither.
        case plain
    }

    /// The name in a configuration: `routingKey`.
    public let name: String
    /// The environment variable that gives it where there is no configuration file.
    public let environmentVariable: String
    /// Whether it must never be shown, and may be given as `env:NAME` or `file:PATH` only.
    public let isSecret: Bool
    /// What it has to do with which incidents are ours.
    public let role: Role
    /// What it is when it is not given; nil makes it required.
    public let defaultValue: String?
    /// A made-up secret of the right form, where not every text has it; nil when any letters and digits do.
    ///
    /// It stands for the secret where requests are shown and never sent.
    public let example: String?
    /// The paths of the vendor's API that the adapter adds to it, such as `/v2/alerts`; empty for a setting
    /// that is no base URL.
    ///
    /// A person who gives the whole address of an API by mistake is warned because of them.
    public let addedPaths: [String]
    /// One line that says what it is and where to find it.
    public let summary: String

    /// A setting.
    ///
    /// - Parameters:
    ///   - name: The name in a configuration.
    ///   - environmentVariable: The environment variable.
    ///   - isSecret: Whether it must never be shown.
    ///   - role: What it has to do with which incidents are ours; nil for ``Role/authenticates`` of a secret
    ///     and ``Role/plain`` otherwise.
    ///   - defaultValue: What it is when it is not given; nil makes it required.
    ///   - example: A made-up secret of the right form, where letters and digits have it not.
    ///   - addedPaths: The paths of the vendor's API that the adapter adds to a base URL.
    ///   - summary: One line that says what it is.
    public init(
        name: String, environmentVariable: String, isSecret: Bool = false, role: Role? = nil,
        defaultValue: String? = nil, example: String? = nil, addedPaths: [String] = [], summary: String
    ) {
        self.name = name
        self.environmentVariable = environmentVariable
        self.isSecret = isSecret
        self.role = role ?? (isSecret ? .authenticates : .plain)
        self.defaultValue = defaultValue
        self.example = example
        self.addedPaths = addedPaths
        self.summary = summary
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
