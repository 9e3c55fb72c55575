/// 32 bytes that came out of SHA-256 or HMAC-SHA-256.
///
/// Equality takes the same time wherever the first difference lies, so that comparing a received MAC with the
/// expected one reveals nothing to an attacker.
package struct Digest32: Sendable, Hashable {
    private var bytes: [32 of UInt8]

    /// The digest in `bytes`.
    package init(_ bytes: [32 of UInt8]) { self.bytes = bytes }

    /// The 32 bytes in order.
    package var array: [UInt8] { bytes.indices.map { bytes[$0] } }

    /// 64 lowercase hexadecimal digits.
    package var hexadecimal: String { Hexadecimal.text(array) }

    /// The first eight bytes as a big-endian number: a well-spread hash of what was digested.
    package var leadingInteger: UInt64 { integer(at: 0) }

    /// The next eight bytes, likewise.
    package var secondInteger: UInt64 { integer(at: 8) }

    private func integer(at start: Int) -> UInt64 {
        (start..<start + 8).reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
    }

    /// Gives the bytes to `body` without a copy.
    package func withSpan<Result>(_ body: (Span<UInt8>) -> Result) -> Result { body(bytes.span) }

    package static func == (left: Digest32, right: Digest32) -> Bool {
        // Both pointers come from live spans of exactly 32 bytes.
        unsafe left.bytes.span.withUnsafeBufferPointer { leftBytes in
            unsafe right.bytes.span.withUnsafeBufferPointer { rightBytes in
                unsafe Memory.isEqual(leftBytes, rightBytes)
            }
        }
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(leadingInteger) }
}

/// Lowercase hexadecimal text.
package enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Two digits for each byte.
    package static func text(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
