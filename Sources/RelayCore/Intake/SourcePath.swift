internal import HeaderFields

/// The path of a source in the one form that all ways of writing it share.
package enum SourcePath {
    /// The path without what makes no difference to a person: `//a%62c/` is `/abc`.
    ///
    /// Only letters, digits and `-._~` are percent-decoded (RFC 3986, section 6.2.2.2): `%2F` is no slash.
    package static func canonical(_ path: String) -> String {
        var bytes: [UInt8] = []
        for byte in PercentEncoding.decoded(path.utf8, where: PercentEncoding.isUnreserved)
        where byte != UInt8(ascii: "/") || bytes.last != byte {
            bytes.append(byte)
        }
        if bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
