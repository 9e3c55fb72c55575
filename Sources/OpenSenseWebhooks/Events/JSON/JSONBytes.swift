/// Bytes that may be JSON in another encoding, as UTF-8 without a byte order mark.
enum JSONBytes {
    /// The text of `bytes` as UTF-8, and where in it the JSON begins.
    static func utf8(
        _ bytes: [UInt8], _ leniencies: inout JSONLeniencySet
    ) throws(JSONError) -> (text: [UInt8], start: Int) {
        guard bytes.count >= 2 else { return (bytes, 0) }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            leniencies.insert(.byteOrderMark)
            return (bytes, 3)
        }
        switch (bytes[0], bytes[1]) {
        case (0xFE, 0xFF), (0xFF, 0xFE): leniencies.insert(.byteOrderMark)
        // JSON begins with an ASCII character, of which one half is zero.
        case (0, 1...), (1..., 0): break
        default: return (bytes, 0)
        }
        leniencies.insert(.utf16)
        return (try transcoded(bytes, &leniencies), 0)
    }

    private static func transcoded(
        _ bytes: [UInt8], _ leniencies: inout JSONLeniencySet
    ) throws(JSONError) -> [UInt8] {
        guard bytes.count.isMultiple(of: 2) else { throw JSONError(.notUTF8, at: bytes.count - 1) }
        let isMarked = bytes[0] >= 0xFE
        let isBigEndian = bytes[0] == 0 || bytes[0] == 0xFE
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count / 2 + 8)
        var index = isMarked ? 2 : 0
        let unit = { (index: Int) -> UInt16 in
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            return isBigEndian ? first << 8 | second : second << 8 | first
        }
        while index < bytes.count {
            let high = unit(index)
            index += 2
            if UTF16.isLeadSurrogate(high), index < bytes.count, UTF16.isTrailSurrogate(unit(index)) {
                JSONText.append(JSONEscape.scalar(high, unit(index)), to: &text)
                index += 2
            } else if UTF16.isSurrogate(high) {
                leniencies.insert(.loneSurrogate)
                JSONText.append(0xFFFD, to: &text)
            } else {
                JSONText.append(UInt32(high), to: &text)
            }
        }
        return text
    }
}

extension JSONText {
    /// Writes a scalar, which must not be a surrogate, as UTF-8.
    static func append(_ scalar: UInt32, to text: inout [UInt8]) {
        let tail = { (shift: UInt32) in UInt8(0x80 | scalar >> shift & 0x3F) }
        switch scalar {
        case ..<0x80: text.append(UInt8(scalar))
        case ..<0x800: text += [UInt8(0xC0 | scalar >> 6), tail(0)]
        case ..<0x10000: text += [UInt8(0xE0 | scalar >> 12), tail(6), tail(0)]
        default: text += [UInt8(0xF0 | scalar >> 18 & 0x07), tail(12), tail(6), tail(0)]
        }
    }
}
