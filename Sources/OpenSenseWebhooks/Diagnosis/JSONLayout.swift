/// Lays JSON out anew without touching names, numbers or texts: only the white space between them changes.
enum JSONLayout {
    enum Style {
        /// No white space at all.
        case compact
        /// A space after each comma and colon, on one line.
        case spaced
        /// A line for each member, indented by so many spaces for each level, a space after each colon.
        case indented(Int)
    }

    /// The deepest nesting that is laid out: indenting costs its square.
    ///
    /// - Unit: levels; as deep as common serialisers write.
    static let depthMax = 512

    /// The longest text of which another layout is tried, in bytes.
    static let inputBytesMax = 1_048_576
    /// The longest text that is laid out: indenting can make it hundreds of times as long.
    ///
    /// - Unit: bytes.
    static let bytesMax = 4 * inputBytesMax

    /// The text of `json` in another layout, or nil when it does not look like JSON, is nested too deep or
    /// too long.
    static func text(of json: [UInt8], _ style: Style) -> [UInt8]? {
        guard let first = json.first(where: { !isSpace($0) }), first == 0x7B || first == 0x5B else {
            return nil
        }
        var (laid, depth, isInText, isEscaped) = ([UInt8](), 0, false, false)
        laid.reserveCapacity(json.count + json.count / 4)
        for (index, byte) in json.enumerated() {
            if isInText {
                laid.append(byte)
                (isInText, isEscaped) = (isEscaped || byte != 0x22, !isEscaped && byte == 0x5C)
                continue
            }
            guard laid.count <= bytesMax else { return nil }
            switch byte {
            case _ where isSpace(byte): continue
            case 0x7B, 0x5B:
                laid.append(byte)
                depth += 1
                guard depth <= depthMax else { return nil }
                if !closes(json, after: index) { breakLine(&laid, style, depth) }
            case 0x7D, 0x5D:
                depth -= 1
                if laid.last != 0x7B, laid.last != 0x5B { breakLine(&laid, style, depth) }
                laid.append(byte)
            case 0x2C:
                laid.append(byte)
                if case .spaced = style { laid.append(0x20) }
                breakLine(&laid, style, depth)
            case 0x3A:
                laid.append(byte)
                if case .compact = style { continue }
                laid.append(0x20)
            default:
                laid.append(byte)
                isInText = byte == 0x22
            }
        }
        return laid
    }

    /// The same JSON with `\u….` for every letter beyond ASCII, or nil when there is none.
    static func escaped(_ json: [UInt8]) -> [UInt8]? {
        guard json.contains(where: { $0 > 127 }), let text = String(validating: json, as: UTF8.self) else {
            return nil
        }
        var escaped: [UInt8] = []
        for scalar in text.unicodeScalars {
            guard !scalar.isASCII else {
                escaped.append(UInt8(scalar.value))
                continue
            }
            for unit in Character(scalar).utf16 {
                let digits = String(unit, radix: 16)
                escaped += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
            }
        }
        return escaped
    }

    /// The same JSON with the letters that stand as `\u….` beyond ASCII, or nil when there is none.
    static func unescaped(_ json: [UInt8]) -> [UInt8]? {
        var (units, plain, index, isChanged) = ([UInt16](), [UInt8](), 0, false)
        let flush = { (units: inout [UInt16], plain: inout [UInt8]) in
            guard !units.isEmpty else { return }
            plain += Array(String(decoding: units, as: UTF16.self).utf8)
            units = []
        }
        while index < json.count {
            let isEscape = json[index] == 0x5C && index + 1 < json.count
            if isEscape, json[index + 1] == 0x75, index + 5 < json.count,
                let unit = UInt16(String(decoding: json[index + 2..<index + 6], as: UTF8.self), radix: 16),
                unit > 127
            {
                units.append(unit)
                (index, isChanged) = (index + 6, true)
                continue
            }
            flush(&units, &plain)
            let step = isEscape ? 2 : 1
            plain += json[index..<index + step]
            index += step
        }
        flush(&units, &plain)
        return isChanged ? plain : nil
    }

    private static func breakLine(_ laid: inout [UInt8], _ style: Style, _ depth: Int) {
        guard case .indented(let width) = style else { return }
        laid.append(0x0A)
        laid += [UInt8](repeating: 0x20, count: max(depth, 0) * width)
    }

    /// Whether nothing but space stands between an opening bracket and its end.
    private static func closes(_ json: [UInt8], after index: Int) -> Bool {
        let next = json[(index + 1)...].first { !isSpace($0) }
        return next == 0x7D || next == 0x5D
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }
}
