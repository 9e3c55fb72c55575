internal import ASCIIBytes

/// Percent-encoding (RFC 3986, section 2.1).
package enum PercentEncoding {
    /// `part` with everything but the unreserved characters of RFC 3986 percent-encoded.
    package static func text(_ part: String) -> String {
        guard !part.utf8.allSatisfy(isUnreserved) else { return part }
        var encoded = ""
        for byte in part.utf8 {
            switch byte {
            case _ where isUnreserved(byte):
                encoded.unicodeScalars.append(UnicodeScalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }

    /// Whether a character needs no encoding anywhere (RFC 3986, section 2.3).
    package static func isUnreserved(_ byte: UInt8) -> Bool { ASCII.isUnreserved(byte) }

    /// The text that `text` stands for, as ``decoded(_:)`` gives its bytes; what is no UTF-8 is repaired.
    package static func decodedText(_ text: some StringProtocol) -> String {
        String(decoding: decoded(text.utf8), as: UTF8.self)
    }

    /// The bytes that `text` stands for; a percent sign without two hexadecimal digits behind it stands for
    /// itself.
    ///
    /// - Parameter isDecoded: Which bytes are decoded; others stay as they are written.
    package static func decoded(
        _ text: some Sequence<UInt8>, where isDecoded: (UInt8) -> Bool = { _ in true }
    ) -> [UInt8] {
        let source = Array(text)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count)
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%"), index + 2 < source.count,
                let high = ASCII.hexValue(source[index + 1]), let low = ASCII.hexValue(source[index + 2]),
                isDecoded(high << 4 | low)
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        return bytes
    }
}
