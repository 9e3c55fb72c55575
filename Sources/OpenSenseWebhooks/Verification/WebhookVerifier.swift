package import Signing

/// Checks that a request comes from OpenSense and is not a replay.
///
/// The signature is judged first, then the age, and nothing is parsed before both hold. Give it the body's
/// bytes as they came off the wire: a body that was parsed and written again has another signature. When none
/// holds, <doc:MySignatureFails> says what to do.
///
/// ```swift
/// let verifier = try WebhookVerifier(secrets: [Secret("a long random string")])
/// let proof = try verifier.verify(body: bytes.span, signatureHeaders: ["t=…,v1=…"], at: now)
/// ```
public struct WebhookVerifier: Sendable {
    /// The most secrets one verifier takes: every one is tried on every request.
    public static let secretsMax = 8

    /// How far the signed time may lie from the clock.
    public let tolerance: TimestampTolerance
    /// The fingerprints of the secrets, in order.
    public let fingerprints: [String]
    private let keys: [HMACSHA256Key]

    /// A verifier that accepts what any of `secrets` signed; more than one while the secret is rotated.
    ///
    /// - Throws: ``VerifierSetupError`` for no secret, more than ``secretsMax``, or when libcrypto fails.
    public init(
        secrets: [Secret], tolerance: TimestampTolerance = .standard
    ) throws(VerifierSetupError) {
        guard !secrets.isEmpty else { throw .noSecret }
        guard secrets.count <= Self.secretsMax else { throw .tooManySecrets(count: secrets.count) }
        self.tolerance = tolerance
        fingerprints = secrets.map(\.fingerprint)
        do {
            keys = try secrets.map { secret throws(CryptoFailure) in
                try secret.bytes.withSpan { bytes throws(CryptoFailure) in try HMACSHA256Key(bytes) }
            }
        } catch { throw .cryptographyUnavailable }
    }

    /// Checks the one signature header of a request; none and several are refused.
    ///
    /// - Parameters:
    ///   - body: The raw bytes of the body.
    ///   - signatureHeaders: Every value of `X-OpenSense-Signature` in the request.
    ///   - now: The receiver's clock, in seconds since 1970-01-01T00:00:00Z.
    /// - Throws: ``VerificationError``.
    public func verify(
        body: Span<UInt8>, signatureHeaders: [String], at now: Int
    ) throws(VerificationError) -> VerifiedSignature {
        try verify(body: body, header: SignatureHeader(only: signatureHeaders), at: now)
    }

    /// Checks a header that was parsed before.
    ///
    /// - Throws: ``VerificationError``.
    public func verify(
        body: Span<UInt8>, header: SignatureHeader, at now: Int
    ) throws(VerificationError) -> VerifiedSignature {
        let proof = try match(body, against: header, at: now)
        guard tolerance.accepts(ageSeconds: proof.ageSeconds) else {
            throw .timestampOutsideTolerance(
                ageSeconds: proof.ageSeconds, toleranceSeconds: tolerance.seconds)
        }
        return proof
    }

    /// Every secret against every signature, without an early way out: the time says nothing about which
    /// of them matched.
    private func match(
        _ body: Span<UInt8>, against header: SignatureHeader, at now: Int
    ) throws(VerificationError) -> VerifiedSignature {
        var matchedSecret: Int?
        var matchedMAC: Digest32?
        for index in keys.indices {
            let expected: Digest32
            do {
                expected = try header.withSignedPrefix { (prefix) throws(CryptoFailure) in
                    try keys[index].authenticate(prefix: prefix, message: body)
                }
            } catch { throw .cryptographyUnavailable }
            for candidate in 0..<header.signatureCount where header.signature(candidate) == expected {
                matchedSecret = matchedSecret ?? index
                matchedMAC = matchedMAC ?? expected
            }
        }
        guard let secretIndex = matchedSecret, let mac = matchedMAC else {
            throw .signatureMismatch(signatures: header.signatureCount, secrets: keys.count)
        }
        let (age, isTooMuch) = now.subtractingReportingOverflow(header.timestamp)
        return VerifiedSignature(
            timestamp: header.timestamp, ageSeconds: isTooMuch ? .min : age, secretIndex: secretIndex,
            secretFingerprint: fingerprints[secretIndex], mac: mac)
    }
}

/// What a valid signature proves about the request.
public struct VerifiedSignature: Sendable {
    /// The signed time, in seconds since 1970-01-01T00:00:00Z.
    public let timestamp: Int
    /// The receiver's clock minus the signed time, in seconds; negative for a time in the future.
    public let ageSeconds: Int
    /// Which secret matched, counted from 0.
    public let secretIndex: Int
    /// The fingerprint of that secret.
    public let secretFingerprint: String
    /// The MAC, which names these exact bytes at this exact time.
    package let mac: Digest32

    /// What a signature would prove, for calling a handler in a test.
    ///
    /// - Parameters:
    ///   - timestamp: The signed time, in seconds since 1970-01-01T00:00:00Z.
    ///   - ageSeconds: The receiver's clock minus that.
    ///   - secretIndex: Which secret matched, counted from 0.
    ///   - secretFingerprint: The fingerprint of that secret.
    ///   - signatureText: The MAC as base64. Nil when it is not the canonical text of 32 bytes.
    public init?(
        timestamp: Int, ageSeconds: Int = 0, secretIndex: Int = 0, secretFingerprint: String = "",
        signatureText: String = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    ) {
        guard let mac = Base64.digest(Array(signatureText.utf8).span) else { return nil }
        self.init(
            timestamp: timestamp, ageSeconds: ageSeconds, secretIndex: secretIndex,
            secretFingerprint: secretFingerprint, mac: mac)
    }

    init(timestamp: Int, ageSeconds: Int, secretIndex: Int, secretFingerprint: String, mac: Digest32) {
        self.timestamp = timestamp
        self.ageSeconds = ageSeconds
        self.secretIndex = secretIndex
        self.secretFingerprint = secretFingerprint
        self.mac = mac
    }

    /// The MAC as base64; it identifies a delivery without an id.
    public var signatureText: String { Base64.text(mac) }
}

/// Why a verifier or signer cannot be made.
@nonexhaustive public enum VerifierSetupError: Error, Hashable, CustomStringConvertible {
    /// There is no secret to verify with.
    case noSecret
    /// More than ``WebhookVerifier/secretsMax`` secrets.
    case tooManySecrets(count: Int)
    /// libcrypto could not key a context.
    case cryptographyUnavailable

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .noSecret: "At least one secret is needed."
        case .tooManySecrets(let count):
            "\(count) secrets are too many; at most \(WebhookVerifier.secretsMax) are tried."
        case .cryptographyUnavailable: "libcrypto failed; check the installation and the memory."
        }
    }
}
