internal import Signing

/// Signs as OpenSense does, for tests and for sending captured payloads again.
public struct WebhookSigner: Sendable {
    private let key: HMACSHA256Key

    /// A signer with `secret`.
    ///
    /// - Throws: ``VerifierSetupError/cryptographyUnavailable``.
    public init(secret: Secret) throws(VerifierSetupError) {
        do {
            key = try secret.bytes.withSpan { bytes throws(CryptoFailure) in try HMACSHA256Key(bytes) }
        } catch { throw .cryptographyUnavailable }
    }

    /// The value of `X-OpenSense-Signature` for `body` at `timestamp`.
    ///
    /// - Parameters:
    ///   - body: The raw bytes of the body.
    ///   - timestamp: Seconds since 1970-01-01T00:00:00Z; a negative one stops the process. A verifier reads
    ///     at most ``SignatureHeader/timestampDigitsMax`` digits.
    /// - Throws: ``VerificationError/cryptographyUnavailable``.
    public func signatureHeader(body: Span<UInt8>, timestamp: Int) throws(VerificationError) -> String {
        precondition(timestamp >= 0, "A signature's timestamp counts from 1970 and cannot be negative.")
        let prefix = Array("\(timestamp).".utf8)
        do {
            let mac = try key.authenticate(prefix: prefix.span, message: body)
            return "t=\(timestamp),v1=\(Base64.text(mac))"
        } catch { throw .cryptographyUnavailable }
    }
}
