internal import Signing

/// The HMAC-SHA-256 of a message (RFC 2104), for emulators that verify signatures.
public enum SandboxHMAC: Sendable {
    /// The 32 bytes of the code of `message` under `key`; nil when libcrypto fails, which verifies nothing.
    public static func sha256(of message: [UInt8], key: [UInt8]) -> [UInt8]? {
        try? HMACSHA256Key(key.span).authenticate(prefix: [UInt8]().span, message: message.span).array
    }

    /// The same in lowercase hexadecimal digits.
    public static func hexadecimal(of message: [UInt8], key: [UInt8]) -> String? {
        sha256(of: message, key: key).map { Hexadecimal.text($0) }
    }
}
