/// Why a request was refused.
///
/// Every payload is safe to log: no case can hold a secret, a signature or a byte of the body.
@nonexhaustive public enum VerificationError: Error, Hashable, CustomStringConvertible {
    /// There is no `X-OpenSense-Signature`.
    case headerMissing
    /// The header does not follow the grammar; the column counts bytes from 1.
    case headerMalformed(SignatureHeaderFault, column: Int)
    /// No secret of ours made any of the signatures.
    case signatureMismatch(signatures: Int, secrets: Int)
    /// The signature is right but the timestamp is not; positive seconds are in the past.
    case timestampOutsideTolerance(ageSeconds: Int, toleranceSeconds: Int)
    /// libcrypto failed; nothing can be said about the request.
    case cryptographyUnavailable

    /// The stable name used in logs, metrics and `--json`; added to, never renamed.
    public var code: String {
        switch self {
        case .headerMissing: "header-missing"
        case .headerMalformed: "header-malformed"
        case .signatureMismatch: "signature-mismatch"
        case .timestampOutsideTolerance: "timestamp-outside-tolerance"
        case .cryptographyUnavailable: "cryptography-unavailable"
        }
    }

    /// One sentence for the receiver's operators; the answer to the sender says less.
    public var description: String {
        switch self {
        case .headerMissing:
            "The request has no \(OpenSenseHeader.signature) header."
        case .headerMalformed(let fault, let column):
            "The \(OpenSenseHeader.signature) header is malformed at column \(column): \(fault.description)."
        case .signatureMismatch(let signatures, let secrets):
            "No secret of ours (\(secrets) tried) made the signature (\(signatures) given): "
                + "the sender's secret is another one, or the body was changed on its way."
        case .timestampOutsideTolerance(let age, let tolerance) where age >= 0:
            "The signature is right but \(age) s old, over the tolerance of \(tolerance) s: "
                + "a replay, or this clock is ahead."
        case .timestampOutsideTolerance(let age, let tolerance):
            "The signature is right but \(age.magnitude) s in the future, over the tolerance of "
                + "\(tolerance) s: this clock or the sender's is wrong."
        case .cryptographyUnavailable:
            "libcrypto failed to compute the signature; check the installation and the memory."
        }
    }
}

/// How a signature header breaks the grammar.
@nonexhaustive public enum SignatureHeaderFault: Sendable, Hashable, CustomStringConvertible {
    /// The header appears more than once in the request.
    case headerRepeated
    /// More than ``SignatureHeader/bytesMax`` bytes.
    case tooLong
    /// More than ``SignatureHeader/pairsMax`` pairs.
    case tooManyPairs
    /// A pair has no `=`, or nothing before it.
    case notAPair
    /// There is no `t`.
    case timestampMissing
    /// `t` appears more than once.
    case timestampRepeated
    /// `t` is not 1 to 12 ASCII digits.
    case timestampNotDigits
    /// There is no `v1` that is the canonical base64 of 32 bytes.
    case signatureMissing

    /// A few words that complete a sentence.
    public var description: String {
        switch self {
        case .headerRepeated: "it appears more than once"
        case .tooLong: "it is longer than \(SignatureHeader.bytesMax) bytes"
        case .tooManyPairs: "it has more than \(SignatureHeader.pairsMax) pairs"
        case .notAPair: "expected key=value"
        case .timestampMissing: "there is no t="
        case .timestampRepeated: "t= appears more than once"
        case .timestampNotDigits: "t= must be 1 to 12 digits"
        case .signatureMissing: "there is no v1= that is the base64 of 32 bytes"
        }
    }
}
