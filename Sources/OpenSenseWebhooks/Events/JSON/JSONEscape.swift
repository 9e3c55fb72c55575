/// The escapes within a text of JSON: `\n`, `\u00fc`, `\ud83d\ude00`.
enum JSONEscape {
    /// What stands for half a surrogate pair.
    static let replacement: UInt32 = 0xFFFD

    /// The scalar that the escape at `index` names, and the index after it; nil when it is no escape of JSON.
    ///
    /// - Parameter isLone: Set when it is half a surrogate pair, for which ``replacement`` stands.
    static func scalar(_ bytes: Span<UInt8>, at index: inout Int, isLone: inout Bool) -> UInt32? {
        guard index + 1 < bytes.count else { return nil }
        let letter = bytes[index + 1]
        guard letter == UInt8(ascii: "u") else {
            index += 2
            return plain(letter)
        }
        guard let unit = unit(bytes, at: index) else { return nil }
        index += 6
        guard UTF16.isSurrogate(unit) else { return UInt32(unit) }
        if UTF16.isLeadSurrogate(unit), let low = self.unit(bytes, at: index), UTF16.isTrailSurrogate(low) {
            index += 6
            return scalar(unit, low)
        }
        isLone = true
        return replacement
    }

    /// The scalar of a surrogate pair.
    static func scalar(_ high: UInt16, _ low: UInt16) -> UInt32 {
        0x10000 + (UInt32(high & 0x3FF) << 10 | UInt32(low & 0x3FF))
    }

    private static func plain(_ letter: UInt8) -> UInt32? {
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): UInt32(letter)
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    /// The code unit of a `\uXXXX` at `index`.
    private static func unit(_ bytes: Span<UInt8>, at index: Int) -> UInt16? {
        guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt16 = 0
        for offset in 2..<6 {
            guard let digit = digit(bytes[index + offset]) else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
