/// The most text a vendor takes in one field.
///
/// Vendors say "characters" and mean bytes, UTF-16 units or code points; most do not say which. UTF-16 units
/// are never fewer than code points, so a text cut to them fits under either reading.
///
/// - Unit: UTF-16 code units.
public struct TextLimit: Sendable, Hashable {
    /// The most UTF-16 code units.
    public let max: Int

    /// A limit of `max` UTF-16 code units; at least 1.
    public init(max: Int) {
        precondition(max >= 1, "A text limit has room for at least the ellipsis.")
        self.max = max
    }

    /// Whether `text` fits as it is.
    public func allows(_ text: String) -> Bool {
        // No text has fewer bytes than UTF-16 units, and bytes need not be counted.
        text.utf8.count <= max || text.utf16.count <= max
    }

    /// The text, or its beginning and an ellipsis: cut between characters as people see them, so that no
    /// emoji or accent is torn.
    public func cut(_ text: String) -> String {
        guard !allows(text) else { return text }
        var room = max - 1  // for the ellipsis
        var end = text.startIndex
        for index in text.indices {
            let width = text[index].utf16.count
            guard width <= room else { break }
            room -= width
            end = text.index(after: index)
        }
        return text[..<end] + "…"
    }

    /// The text on one line, cut like ``cut(_:)``: line breaks and other control characters become spaces.
    public func cutLine(_ text: String) -> String {
        let cut = cut(text)
        guard !cut.utf8.allSatisfy(Self.isPrintableASCII) else { return cut }
        var line = String.UnicodeScalarView()
        for scalar in cut.unicodeScalars {
            // Both are one UTF-16 unit, so the length stays.
            line.append(Self.breaksLine(scalar) ? " " : scalar)
        }
        return String(line)
    }

    private static func isPrintableASCII(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) }

    private static func breaksLine(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029: true
        default: false
        }
    }
}
