package import OpenSenseWebhooks

/// One sender as a configuration says it, its secrets not fetched.
package struct SourceDocument: Sendable {
    /// The path it POSTs to.
    package var path = "/opensense"
    /// Where its secrets are.
    package var secrets: [SecretSetting] = []
    /// How far its clock may be from ours.
    package var tolerance = TimestampTolerance.standard
    /// What is done with an authentic delivery that is too old or from the future.
    package var staleness = ResponsePolicy.Staleness.askAgain
    /// Whether a header that disagrees with the signed body is refused instead of reported.
    package var strictHeaders = false
    /// Names whose incidents its are; empty for those of all sources without one.
    package var account = ""

    /// For how many hours it may be silent; nil for any time.
    package var expectWithinHours: Int?

    /// What ``expectWithinHours`` may be: up to a year.
    private static let silenceHours = 1...8_760

    /// The longest account, in bytes.
    package static let accountBytesMax = 64

    /// Every source of a configuration that is right in itself.
    static func all(_ node: SettingNode?, _ reader: inout SettingReader) -> [SourceDocument] {
        guard let node else {
            reader.add("", "There are no \"sources\"; name at least one with its secrets.")
            return []
        }
        guard let items = reader.items(node) else { return [] }
        if items.isEmpty { reader.add(node.path, "There must be at least one source.") }
        var paths: Set<String> = []
        let sources = items.map { item in
            let source = SourceDocument(item, &reader)
            if isPath(source.path), !paths.insert(source.path).inserted {
                reader.add(item.path, "Another source has the path \(source.path) already.")
            }
            return source
        }
        let nameless = sources.count { $0.account.isEmpty }
        if nameless > 1 {
            reader.warn(
                node.path,
                "\(nameless) have no \"account\" and share their incidents: what one opens, another can close."
            )
        }
        return sources
    }

    private init(_ node: SettingNode, _ reader: inout SettingReader) {
        let members = reader.object(
            node,
            names: [
                "path", "secrets", "account", "expectWithinHours", "toleranceSeconds", "staleness",
                "strictHeaders",
            ])
        if let given = members["path"] { path = reader.text(given) ?? "/healthz" }
        if !Self.isPath(path) {
            reader.add(
                node.path + ".path", "Expected a path such as \"/opensense\"; /healthz and /readyz are taken."
            )
        }
        secrets = Self.secrets(members["secrets"], of: node, &reader)
        if let given = members["toleranceSeconds"], let seconds = reader.integer(given) {
            do { tolerance = try TimestampTolerance(seconds: seconds) } catch {
                reader.add(given.path, error.description)
            }
        }
        if let given = members["staleness"], let text = reader.text(given) {
            if let known = ResponsePolicy.Staleness(settingText: text) {
                staleness = known
            } else {
                reader.add(given.path, "Expected \"defer\" or \"reject\".")
            }
        }
        if let given = members["account"], let name = reader.text(given) {
            account = name
            if name.utf8.count > Self.accountBytesMax {
                reader.add(given.path, "Expected at most \(Self.accountBytesMax) bytes.")
            }
        }
        if let given = members["expectWithinHours"], given.value != .null {
            expectWithinHours = reader.integer(given, in: Self.silenceHours, "hours")
        }
        if let given = members["strictHeaders"] { strictHeaders = reader.boolean(given) }
    }

    private static func isPath(_ path: String) -> Bool {
        path.hasPrefix("/") && !path.contains("?") && !["/healthz", "/readyz"].contains(path)
    }

    private static func secrets(
        _ node: SettingNode?, of source: SettingNode, _ reader: inout SettingReader
    ) -> [SecretSetting] {
        guard let node else {
            reader.add(
                source.path, "There are no \"secrets\"; expected [\"env:OPENSENSE_SECRET\"] or the like.")
            return []
        }
        guard let items = reader.items(node) else { return [] }
        if !(1...WebhookVerifier.secretsMax).contains(items.count) {
            reader.add(node.path, "There must be 1 to \(WebhookVerifier.secretsMax) secrets.")
        }
        return items.compactMap { reader.secret($0) }
    }
}

extension ResponsePolicy.Staleness {
    /// The choice as the configuration spells it: `defer` or `reject`.
    init?(settingText: String) {
        switch settingText {
        case "defer": self = .askAgain
        case "reject": self = .reject
        default: return nil
        }
    }

    /// As the configuration spells it.
    var settingText: String {
        switch self {
        case .askAgain: "defer"
        case .reject: "reject"
        }
    }
}
