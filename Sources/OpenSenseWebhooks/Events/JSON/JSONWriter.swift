/// Writes JSON that is the same for equal values: names sorted by their bytes, no spaces, slashes plain.
///
/// Numbers are written digit by digit as they came; one that JSON cannot write, such as `NaN`, becomes a
/// text.
package struct JSONWriter {
    /// How deep a value may be nested.
    ///
    /// - Unit: levels; as deep as Foundation reads. What a reader gives is never deeper than
    ///   ``JSONReader/depthMax``.
    package static let depthMax = 512

    private var json: [UInt8] = []

    /// The bytes of `value`, or nil when it is nested deeper than ``depthMax``.
    package static func bytes(of value: JSONValue) -> [UInt8]? {
        var writer = JSONWriter()
        writer.json.reserveCapacity(512)
        return writer.write(value, depth: 0) ? writer.json : nil
    }

    /// - Returns: Whether all of it was written.
    private mutating func write(_ value: JSONValue, depth: Int) -> Bool {
        switch value {
        case .null: json += "null".utf8
        case .boolean(let flag): json += (flag ? "true" : "false").utf8
        case .number(let number):
            if let text = number.jsonText { json += text.utf8 } else { write(number.text) }
        case .string(let text): write(text)
        case .array(let items):
            guard depth < Self.depthMax else { return false }
            json.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { json.append(UInt8(ascii: ",")) }
                guard write(item, depth: depth + 1) else { return false }
            }
            json.append(UInt8(ascii: "]"))
        case .object(let object):
            guard depth < Self.depthMax else { return false }
            json.append(UInt8(ascii: "{"))
            for (index, member) in object.sortedByName.enumerated() {
                if index > 0 { json.append(UInt8(ascii: ",")) }
                write(member.name)
                json.append(UInt8(ascii: ":"))
                guard write(member.value, depth: depth + 1) else { return false }
            }
            json.append(UInt8(ascii: "}"))
        }
        return true
    }

    private mutating func write(_ text: String) {
        json.append(UInt8(ascii: "\""))
        if Self.hasEscapes(text.utf8.span) {
            for byte in text.utf8 { Self.isEscaped(byte) ? writeEscape(byte) : json.append(byte) }
        } else {
            json += text.utf8
        }
        json.append(UInt8(ascii: "\""))
    }

    private static func hasEscapes(_ bytes: Span<UInt8>) -> Bool {
        for index in 0..<bytes.count where isEscaped(bytes[index]) { return true }
        return false
    }

    @inline(__always)
    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func writeEscape(_ byte: UInt8) {
        switch byte {
        case 0x08: json += "\\b".utf8
        case 0x09: json += "\\t".utf8
        case 0x0A: json += "\\n".utf8
        case 0x0C: json += "\\f".utf8
        case 0x0D: json += "\\r".utf8
        case ..<0x20: json += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
        default: json += [UInt8(ascii: "\\"), byte]
        }
    }
}
