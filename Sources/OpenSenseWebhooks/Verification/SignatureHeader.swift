internal import ASCIIBytes
package import Signing

/// A parsed `X-OpenSense-Signature`: `t=1717248000,v1=<base64 of the MAC>`.
///
/// Comma-separated `key=value` pairs with optional spaces or tabs around the commas. Exactly one `t`; one or
/// more `v1`, as a sender that rotates its secret signs with both; unknown keys are skipped. A pair is split
/// at its first `=` only, because the base64 of 32 bytes always ends in one.
///
/// Parsing takes no memory from the heap.
public struct SignatureHeader: Sendable {
    /// The longest header that is looked at, in bytes.
    public static let bytesMax = 4_096
    /// The most pairs, known or not.
    public static let pairsMax = 16
    /// The most digits of a timestamp: enough until the year 33,658.
    public static let timestampDigitsMax = 12

    /// The signed time, in seconds since 1970-01-01T00:00:00Z.
    public private(set) var timestamp = 0
    /// How many well-formed `v1` there are.
    public private(set) var signatureCount = 0

    private var signatures: [16 of Digest32]
    // The digits as they stand, leading zeros included, and a full stop: this is what the sender signed.
    private var signedPrefix: [13 of UInt8] = .init(repeating: 0)
    private var signedPrefixLength = 0

    /// Parses the bytes of one header value.
    ///
    /// - Throws: ``VerificationError/headerMalformed(_:column:)``.
    public init(_ header: Span<UInt8>) throws(VerificationError) {
        signatures = .init(repeating: Digest32(.init(repeating: 0)))
        guard header.count <= Self.bytesMax else {
            throw .headerMalformed(.tooLong, column: Self.bytesMax + 1)
        }
        var start = 0
        var pairs = 0
        repeat {
            let end = header.firstIndex(of: ASCII.comma, in: start..<header.count) ?? header.count
            pairs += 1
            guard pairs <= Self.pairsMax else { throw .headerMalformed(.tooManyPairs, column: start + 1) }
            try readPair(header, header.trimmed(start..<end))
            start = end + 1
        } while start <= header.count
        guard signedPrefixLength > 0 else { throw .headerMalformed(.timestampMissing, column: 1) }
        guard signatureCount > 0 else { throw .headerMalformed(.signatureMissing, column: 1) }
    }

    /// Parses the one signature header of a request.
    ///
    /// - Parameter headers: Every value of `X-OpenSense-Signature` in the request; none and several are
    ///   refused.
    /// - Throws: ``VerificationError/headerMissing`` or ``VerificationError/headerMalformed(_:column:)``.
    public init(only headers: [String]) throws(VerificationError) {
        guard let header = headers.first else { throw .headerMissing }
        guard headers.count == 1 else { throw .headerMalformed(.headerRepeated, column: 1) }
        try self.init(header.utf8.span)
    }

    /// Gives `body` what precedes the body in the signed message: the digits of `t` and a full stop.
    package func withSignedPrefix<Result, Failure>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(signedPrefix.span.extracting(0..<signedPrefixLength))
    }

    /// The signature at `index`, below ``signatureCount``.
    package func signature(_ index: Int) -> Digest32 { signatures[index] }

    private mutating func readPair(_ header: Span<UInt8>, _ pair: Range<Int>) throws(VerificationError) {
        guard let equals = header.firstIndex(of: ASCII.equals, in: pair), equals > pair.lowerBound else {
            throw .headerMalformed(.notAPair, column: pair.lowerBound + 1)
        }
        let value = header.extracting(equals + 1..<pair.upperBound)
        if header.matches("t", in: pair.lowerBound..<equals) {
            try readTimestamp(value, column: pair.lowerBound + 1)
        } else if header.matches("v1", in: pair.lowerBound..<equals), let digest = Base64.digest(value) {
            signatures[signatureCount] = digest
            signatureCount += 1
        }
    }

    private mutating func readTimestamp(_ digits: Span<UInt8>, column: Int) throws(VerificationError) {
        guard signedPrefixLength == 0 else { throw .headerMalformed(.timestampRepeated, column: column) }
        guard (1...Self.timestampDigitsMax).contains(digits.count) else {
            throw .headerMalformed(.timestampNotDigits, column: column)
        }
        for index in digits.indices {
            guard ASCII.digits.contains(digits[index]) else {
                throw .headerMalformed(.timestampNotDigits, column: column)
            }
            timestamp = timestamp * 10 + Int(digits[index] - ASCII.digits.lowerBound)
            signedPrefix[index] = digits[index]
        }
        signedPrefix[digits.count] = ASCII.fullStop
        signedPrefixLength = digits.count + 1
    }
}

extension Span<UInt8> {
    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        range.first { self[$0] == byte }
    }

    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isBlank(start) { start += 1 }
        while start < end, isBlank(end - 1) { end -= 1 }
        return start..<end
    }

    func matches(_ text: StaticString, in range: Range<Int>) -> Bool {
        guard text.utf8CodeUnitCount == range.count else { return false }
        // A StaticString's bytes live as long as the program.
        return range.allSatisfy { unsafe self[$0] == text.utf8Start[$0 - range.lowerBound] }
    }

    private func isBlank(_ index: Int) -> Bool { self[index] == ASCII.space || self[index] == ASCII.tab }
}
