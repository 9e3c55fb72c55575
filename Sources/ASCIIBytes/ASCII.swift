/// The byte classes of HTTP (RFC 9110, section 5.6.2).
///
/// Inlinable where one byte is asked about: modules ask for every byte that they read. And public, though it
/// belongs to no product's interface, whence the module: Swift 6.3 inlines nothing of `package` access in
/// other modules, and the calls were 4 % of what a delivery costs.
public enum ASCII: Sendable {
    /// A horizontal tab.
    @inlinable public static var tab: UInt8 { 0x09 }
    /// A line feed.
    @inlinable public static var lineFeed: UInt8 { 0x0A }
    /// A carriage return.
    @inlinable public static var carriageReturn: UInt8 { 0x0D }
    /// A space.
    @inlinable public static var space: UInt8 { 0x20 }
    /// The one control character above 0x1F.
    @inlinable public static var delete: UInt8 { 0x7F }
    /// A comma.
    @inlinable public static var comma: UInt8 { 0x2C }
    /// A full stop.
    @inlinable public static var fullStop: UInt8 { 0x2E }
    /// An equals sign.
    @inlinable public static var equals: UInt8 { 0x3D }
    /// The decimal digits.
    @inlinable public static var digits: ClosedRange<UInt8> { 0x30...0x39 }

    /// Equality without regard to the case of A–Z, the only letters that header names have.
    package static func equalsIgnoringCase(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && hasPrefixIgnoringCase(left, right)
    }

    /// Whether `text` begins with `prefix`, without regard to case.
    package static func hasPrefixIgnoringCase(_ text: String, _ prefix: String) -> Bool {
        matchesIgnoringCase(text.utf8.span, 0..<text.utf8.count, prefix: prefix.utf8.span)
    }

    /// The letters A–Z in lower case; any other byte as it is.
    @inlinable public static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }

    /// The text with the letters A–Z in lower case.
    package static func lowercased(_ text: String) -> String {
        String(decoding: text.utf8.map(lowercased), as: UTF8.self)
    }

    /// Whether the byte is one of `0`...`9`.
    @inlinable public static func isDigit(_ byte: UInt8) -> Bool { digits.contains(byte) }

    /// A byte of a method or header name: a visible character that separates nothing.
    @inlinable public static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
        default: false
        }
    }

    /// Whether `text` is a non-empty token: a method or a header name.
    package static func isToken(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isToken) }

    /// A byte that may stand in a header value: anything but controls; the tab is allowed.
    @inlinable public static func isFieldByte(_ byte: UInt8) -> Bool {
        byte == tab || (byte >= space && byte != delete)
    }

    /// A blank or a tab: white space that may stand around a value.
    @inlinable public static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    /// A character that needs no percent-encoding anywhere (RFC 3986, section 2.3).
    @inlinable public static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }

    /// A character that separates parts of a part (RFC 3986, section 2.2).
    @inlinable public static func isSubDelimiter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x24, 0x26...0x2C, 0x3B, 0x3D: true
        default: false
        }
    }

    /// A character of a path or a query (RFC 3986, section 3.3), but for the percent sign.
    @inlinable public static func isTargetByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x2F, 0x3A, 0x3F, 0x40: true
        default: isUnreserved(byte) || isSubDelimiter(byte)
        }
    }

    /// The value of a hexadecimal digit, or nil.
    @inlinable public static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
