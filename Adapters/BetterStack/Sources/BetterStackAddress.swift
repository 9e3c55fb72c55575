internal import AdapterKit
internal import OpenSenseWebhooks

/// The address of an incoming webhook, whose last part is the token that may use it.
struct BetterStackAddress {
    /// The whole address.
    let whole: Secret
    /// Its token: what no text may show.
    let token: Secret

    /// The address in `url`, as Better Stack shows it.
    ///
    /// - Throws: `AdapterSettingError` when it is none; it never has the address.
    init(_ url: Secret) throws(AdapterSettingError) {
        let text = url.revealedText()
        guard text.utf8.count <= BetterStackLimits.secretBytesMax else {
            throw Self.fault("is longer than \(BetterStackLimits.secretBytesMax) bytes")
        }
        guard let base = BaseURL(text) else {
            throw Self.fault("is no address of the form https://HOST/PATH without a query")
        }
        guard !base.isReadableOnTheWay else {
            throw Self.fault("begins with http://, where its token can be read on its way; take https://")
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let last = parts.last, parts.dropLast().last == "incoming-webhook", Self.isToken(last),
            let token = try? Secret(String(last))
        else { throw Self.fault("does not end in /incoming-webhook/ and a token") }
        (whole, self.token) = (url, token)
    }

    /// Whether `text` has letters, digits, hyphens and underscores alone.
    static func isToken(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
            default: false
            }
        }
    }

    private static func fault(_ problem: String) -> AdapterSettingError {
        AdapterSettingError(
            setting: BetterStack.Setting.url,
            "\(problem); Better Stack shows the right one with the incoming webhook, under Integrations.")
    }
}
