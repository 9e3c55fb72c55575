internal import AdapterKit
internal import FoundationEssentials
internal import OpenSenseWebhooks

/// How the receiver can see that a request is the relay's.
struct RequestSignature {
    /// The ways to sign.
    enum Scheme: String, CaseIterable {
        /// As OpenSense signs: time and body, in base64.
        case opensense
        /// The body, in lowercase hexadecimal digits.
        case hex
        /// Id, time and body, by the specification of Standard Webhooks.
        case standardWebhooks = "standard-webhooks"
        /// The secret itself, as a bearer token.
        case bearer
        /// Not at all.
        case none
    }

    /// What must not be shown.
    let secrets: [Secret]
    private let scheme: Scheme
    private let key: Secret?

    /// - Throws: ``AdapterSettingError`` for a secret that does not suit the scheme.
    init(_ scheme: Scheme, secret: Secret?) throws(AdapterSettingError) {
        self.scheme = scheme
        secrets = secret.map { [$0] } ?? []
        guard let secret, scheme != .none else {
            key = nil
            return
        }
        let text = secret.revealedText()
        guard text.utf8.count <= WebhookLimits.secretBytesMax else {
            throw Self.error("is longer than \(WebhookLimits.secretBytesMax) bytes.")
        }
        if scheme == .bearer, !text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            throw Self.error("has spaces, line breaks or other characters that no bearer token has.")
        }
        key = scheme == .standardWebhooks ? try Self.standardKey(text) : secret
    }

    /// The header fields that sign `body`.
    ///
    /// The time is the attempt's: receivers take a signature for some minutes only, and a request may be sent
    /// again hours later.
    func fields(id: String, body: [UInt8], unixSeconds: Int) throws(AdapterError) -> [HeaderField] {
        guard let key else { return [] }
        switch scheme {
        case .opensense:
            let code = try HMACSHA256(of: Array("\(unixSeconds).".utf8) + body, key: key)
            return [
                HeaderField("X-OpenSense-Signature", "t=\(unixSeconds),v1=\(code.base64)"),
                HeaderField("X-OpenSense-Delivery-Id", id),
                HeaderField("X-OpenSense-Timestamp", "\(unixSeconds)"),
            ]
        case .hex:
            return [HeaderField("X-Webhook-Signature", try HMACSHA256(of: body, key: key).hexadecimal)]
        case .standardWebhooks:
            let id = try HeaderID.withoutFullStop(id)
            let code = try HMACSHA256(of: Array("\(id).\(unixSeconds).".utf8) + body, key: key)
            return [
                HeaderField("webhook-id", id), HeaderField("webhook-timestamp", "\(unixSeconds)"),
                HeaderField("webhook-signature", "v1,\(code.base64)"),
            ]
        case .bearer: return [HeaderField("Authorization", "Bearer \(key.revealedText())")]
        case .none: return []
        }
    }

    /// The bytes behind `whsec_`.
    ///
    /// - Source: Standard Webhooks specification, "Signature scheme" (read 2026-11-26). Its
    ///   libraries decode base64 also without the prefix, others sign with the text: without it a secret is
    ///   refused, not guessed.
    private static func standardKey(_ text: String) throws(AdapterSettingError) -> Secret {
        guard text.hasPrefix(standardPrefix),
            let data = Data(base64Encoded: String(text.dropFirst(standardPrefix.count))),
            WebhookLimits.standardKeyBytes.contains(data.count), let key = try? Secret(bytes: Array(data))
        else {
            let (least, most) = (
                WebhookLimits.standardKeyBytes.lowerBound, WebhookLimits.standardKeyBytes.upperBound
            )
            throw error(
                "must be \(standardPrefix) and the padded base64 of \(least) to \(most) bytes, as Standard "
                    + "Webhooks has it; the receiver's settings show it.")
        }
        return key
    }

    private static let standardPrefix = "whsec_"

    private static func error(_ problem: String) -> AdapterSettingError {
        AdapterSettingError(setting: WebhookSettings.Name.secret, problem)
    }
}
