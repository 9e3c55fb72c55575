/// Percent-encoding (RFC 3986, section 2.1).
enum PercentEncoding {
    /// `part` with everything but the unreserved characters of RFC 3986 percent-encoded.
    static func text(_ part: String) -> String {
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

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }
}
