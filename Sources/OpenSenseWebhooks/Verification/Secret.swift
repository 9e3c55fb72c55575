package import Signing

/// A shared secret: the webhook's signing secret, or a vendor's key.
///
/// Its bytes are used exactly as given: never decoded, never trimmed. They are overwritten when the last
/// copy goes, and no description, log line or error of this package shows them.
///
/// - Range: at least 1 byte; with an empty secret every signature could be forged.
public struct Secret: Sendable, CustomStringConvertible, CustomReflectable {
    package let bytes: SecretBytes
    /// Identifies the secret without revealing it: the first 8 hexadecimal digits of a salted SHA-256.
    ///
    /// Two machines with the same secret show the same fingerprint, so people can compare them aloud.
    public let fingerprint: String

    /// The UTF-8 bytes of `text`.
    ///
    /// - Throws: ``SecretError/empty`` when there are none.
    public init(_ text: String) throws(SecretError) { try self.init(bytes: Array(text.utf8)) }

    /// The bytes as they are.
    ///
    /// - Throws: ``SecretError/empty`` when there are none.
    public init(bytes: [UInt8]) throws(SecretError) {
        guard !bytes.isEmpty else { throw .empty }
        self.bytes = SecretBytes(bytes)
        let salted = Array("opensense-relay fingerprint:".utf8) + bytes
        let digest = try? SHA256.digest(salted.span)  // a name for people; without libcrypto nothing verifies
        fingerprint = String((digest?.hexadecimal ?? "unknown").prefix(8))
    }

    /// What is suspicious about the secret; it is used all the same.
    public var warnings: [SecretWarning] {
        var warnings: [SecretWarning] = []
        if bytes.count < SecretWarning.recommendedBytesMin { warnings.append(.short(bytes: bytes.count)) }
        let revealed = bytes.revealed
        if [revealed.first, revealed.last].contains(where: { $0.map(Self.isWhiteSpace) ?? false }) {
            warnings.append(.whiteSpaceAtAnEnd)
        }
        return warnings
    }

    /// The secret itself as text, for the one place that puts it on the wire.
    ///
    /// Bytes that are not UTF-8 are replaced.
    public func revealedText() -> String { String(decoding: bytes.revealed, as: UTF8.self) }

    /// Always `<secret>`.
    public var description: String { "<secret>" }

    /// Shows nothing, so that `dump` and test failures do not show the bytes either.
    public var customMirror: Mirror { Mirror(self, children: []) }

    static func isWhiteSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

/// Why bytes cannot be a secret.
@nonexhaustive public enum SecretError: Error, Hashable, CustomStringConvertible {
    /// There are no bytes.
    case empty

    /// One sentence for a person.
    public var description: String { "The secret is empty; signatures made with it can be forged." }
}

/// Something about a secret that a person should look at.
@nonexhaustive public enum SecretWarning: Sendable, Hashable, CustomStringConvertible {
    /// Fewer than ``recommendedBytesMin`` bytes.
    case short(bytes: Int)
    /// It begins or ends with a space, tab or line break, which usually came along when it was copied.
    case whiteSpaceAtAnEnd

    /// Below this many bytes a secret is worth a warning.
    public static let recommendedBytesMin = 16

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .short(let bytes):
            "The secret has \(bytes) bytes; use a random one of at least \(Self.recommendedBytesMin)."
        case .whiteSpaceAtAnEnd:
            "The secret begins or ends with white space, which is used as it is; was it copied along?"
        }
    }
}
