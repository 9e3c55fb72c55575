internal import Signing

/// How vendors that want requests signed compute what a signature has to be.
public enum SandboxSignature: Sendable {
    /// The HMAC-SHA-256 of `message` under the bytes of `key` (RFC 2104), 32 bytes; empty when libcrypto
    /// fails.
    public static func hmacSHA256(of message: [UInt8], key: String) -> [UInt8] {
        let key = Array(key.utf8)
        let code = try? HMACSHA256Key(key.span).authenticate(prefix: [UInt8]().span, message: message.span)
        return code?.array ?? []
    }

    /// Two lowercase hexadecimal digits for each byte.
    public static func hexadecimal(_ bytes: [UInt8]) -> String { Hexadecimal.text(bytes) }
}
