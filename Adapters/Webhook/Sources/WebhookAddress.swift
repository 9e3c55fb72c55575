internal import AdapterKit
internal import OpenSenseWebhooks

/// The address of the receiver, which may have a token in its path or query.
struct WebhookAddress {
    private let secret: Secret
    /// What comes behind the host, and each part of it that is long enough for a token; else the address.
    let secrets: [Secret]

    init(_ secret: Secret) throws(AdapterSettingError) {
        let text = secret.revealedText()
        if let problem = Self.problem(text) {
            throw AdapterSettingError(setting: WebhookSettings.Name.url, problem)
        }
        self.secret = secret
        let target = text.split(separator: "/", maxSplits: 2).dropFirst(2).first ?? ""
        let tokens = ([target] + target.split { "/?&=".contains($0) })
            .filter { $0.utf8.count >= WebhookLimits.tokenBytesMin }.compactMap { try? Secret(String($0)) }
        // What is short has no token, and to hide it wherever it stands would hide words; the host may show.
        secrets = tokens.isEmpty ? [secret] : tokens
    }

    /// The address as it was given.
    var url: String { secret.revealedText() }

    /// What is wrong with an address, without showing it; nil for one that can be asked.
    private static func problem(_ text: String) -> String? {
        guard text.utf8.count <= WebhookLimits.urlBytesMax else {
            return "has more than \(WebhookLimits.urlBytesMax) bytes."
        }
        let isPrintable = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard isPrintable, !text.contains("#"), !text.contains("\\"),
            BaseURL(String(text.prefix { $0 != "?" })) != nil
        else {
            return "must be http:// or https://, a host, and at most a port, a path and a query, in ASCII; "
                + "user and password have no place in it, nor has a fragment (#)."
        }
        let path = text.prefix { $0 != "?" }.split(separator: "/")
        guard !path.contains(where: isDotSegment) else {
            return "has a . or .. between slashes of its path: write the path that is meant."
        }
        return nil
    }

    /// Whether a client may resolve it into another path (RFC 3986, section 6.2.2.3).
    private static func isDotSegment(_ part: Substring) -> Bool {
        [".", ".."].contains(
            part.lowercased().split(separator: "%2e", omittingEmptySubsequences: false)
                .joined(separator: "."))
    }
}
