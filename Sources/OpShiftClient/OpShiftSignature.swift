internal import ASCIIBytes
internal import AdapterKit
public import OpenSenseWebhooks

/// Checks requests that are signed as OpShift's are: the HMAC-SHA-256 of the body, in hexadecimal digits.
public enum OpShiftSignature: Sendable {
    /// The name of the header field that has it.
    public static let headerName = "X-Webhook-Signature"

    /// Whether `signature` is that of `body` under the text of `secret`, in digits of either case.
    ///
    /// **It has no time in it**: a request that was seen once can be sent again for ever. What comes twice is
    /// for the caller to recognise, by an id in the body.
    ///
    /// The comparison takes as long for a wrong code as for the right one.
    public static func isValidWithoutTimestamp(
        _ signature: String, body: [UInt8], secret: Secret
    ) -> Bool {
        guard let expected = try? HMACSHA256(of: body, key: secret).bytes,
            let given = bytes(signature.utf8), given.count == expected.count
        else { return false }
        return zip(given, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// The bytes that hexadecimal digits stand for; nil unless all are digits, an even number of them.
    private static func bytes(_ text: some Collection<UInt8>) -> [UInt8]? {
        // A code has 64 digits; a stranger's header may have any number.
        guard text.count == 64 else { return nil }
        let digits = text.compactMap(ASCII.hexValue)
        guard digits.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
