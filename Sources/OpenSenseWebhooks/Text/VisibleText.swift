/// Texts of strangers as people and programs that read lines may see them: nothing in them steers a terminal,
/// ends a line, hides, or turns the direction of writing around.
///
/// For what is shown alone. What is sent to a vendor stays as it came.
package enum VisibleText {
    /// Whether a scalar is escaped wherever text is shown.
    ///
    /// Control and format characters, line and paragraph separators, and what has no shape: zero-width
    /// characters, fillers, tags. The sixteen variation selectors stay, as they belong to common emoji; the
    /// others can carry a hidden text.
    package static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        if (0xFE00...0xFE0F).contains(scalar.value) { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    /// `text` in one line, with `\n`, `\u{202E}` and the like for what is hidden.
    package static func line(_ text: String) -> String {
        escaped(text) { _ in false }
    }

    /// `text` with its line feeds as they are and everything else that is hidden escaped.
    package static func lines(_ text: String) -> String {
        escaped(text) { $0 == "\n" }
    }

    /// A JSON text that means the same and shows what its texts hide, as `\u202e`.
    ///
    /// What JSON itself has between its values, line feeds and spaces, is as it was.
    package static func json(_ text: String) -> String {
        guard needsCare(text) else { return text }
        var shown = ""
        for scalar in text.unicodeScalars {
            // Below that a writer of JSON has escaped what stands in a text.
            if scalar.value >= 0x7F, isHidden(scalar) {
                shown += jsonEscape(scalar)
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// The escape of a scalar in JSON: one unit of UTF-16, or two.
    package static func jsonEscape(_ scalar: Unicode.Scalar) -> String {
        UTF16.encode(scalar).map { units in
            units.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        } ?? ""
    }

    private static func escaped(_ text: String, except isKept: (Unicode.Scalar) -> Bool) -> String {
        guard needsCare(text) else { return text }
        var shown = ""
        for scalar in text.unicodeScalars {
            if !isHidden(scalar) || isKept(scalar) {
                shown.unicodeScalars.append(scalar)
            } else {
                shown += escape(scalar)
            }
        }
        return shown
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        }
    }

    /// Most texts are printable ASCII, which is known at a glance.
    private static func needsCare(_ text: String) -> Bool {
        !text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}
