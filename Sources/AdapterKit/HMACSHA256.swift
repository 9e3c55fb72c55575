public import OpenSenseWebhooks
internal import Signing

/// The HMAC-SHA-256 of a message (RFC 2104), for vendors that want requests signed.
public struct HMACSHA256: Sendable, Hashable {
    /// The 32 bytes of the code.
    public let bytes: [UInt8]

    /// The code of `message` under `key`.
    ///
    /// - Throws: ``AdapterError`` when libcrypto fails.
    public init(of message: [UInt8], key: Secret) throws(AdapterError) {
        do {
            bytes = try key.bytes.withSpan { key throws(CryptoFailure) in
                try HMACSHA256Key(key).authenticate(prefix: [UInt8]().span, message: message.span).array
            }
        } catch {
            throw AdapterError("The request could not be signed: \(error.description).")
        }
    }

    /// The code in lowercase hexadecimal digits.
    public var hexadecimal: String { ByteText.hexadecimal(bytes) }

    /// The code in base64, padded.
    public var base64: String { ByteText.base64(bytes) }
}

/// Bytes written as text.
public enum ByteText: Sendable {
    /// Two lowercase hexadecimal digits for each byte.
    public static func hexadecimal(_ bytes: [UInt8]) -> String { Hexadecimal.text(bytes) }

    /// Standard base64 (RFC 4648, section 4), padded: for `Authorization: Basic`, for example.
    public static func base64(_ bytes: [UInt8]) -> String { Base64.text(bytes.span) }
}
