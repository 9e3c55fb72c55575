/// The path of a source in the one form that all ways of writing it share.
package enum SourcePath {
    /// The path without what makes no difference to a person: `//a%62c/` is `/abc`.
    ///
    /// Only letters, digits and `-._~` are percent-decoded (RFC 3986, section 6.2.2.2): `%2F` is no slash.
    package static func canonical(_ path: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(path.utf8)[...]
        while let byte = rest.popFirst() {
            var next = byte
            if byte == UInt8(ascii: "%"), let letter = unreserved(rest.prefix(2)) {
                next = letter
                rest = rest.dropFirst(2)
            }
            if next == UInt8(ascii: "/"), bytes.last == next { continue }
            bytes.append(next)
        }
        if bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The letter that two hexadecimal digits stand for, where it needs no encoding.
    private static func unreserved(_ digits: ArraySlice<UInt8>) -> UInt8? {
        guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16),
            digits.allSatisfy({ $0 != UInt8(ascii: "+") })
        else { return nil }
        switch value {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            return value
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): return value
        default: return nil
        }
    }
}
