/// Texts as JSON writes them.
package enum JSONText {
    /// The beginning of `text` that fits, cut between scalars.
    ///
    /// A character may be of any length, so it is no measure.
    package static func cut(_ text: String, bytesMax: Int) -> String {
        guard text.utf8.count > bytesMax else { return text }
        var (cut, room) = (String.UnicodeScalarView(), bytesMax)
        for scalar in text.unicodeScalars {
            room -= UTF8.width(scalar)
            guard room >= 0 else { break }
            cut.append(scalar)
        }
        return String(cut)
    }

    /// `text` in quotes, with everything escaped that could end the line or the quotes, or that
    /// ``VisibleText`` does not show.
    package static func quoted(_ text: String) -> String {
        var quoted = ""
        append(text, to: &quoted)
        return quoted
    }

    /// Adds what ``quoted(_:)`` makes of `text` to a longer text.
    package static func append(_ text: String, to json: inout String) {
        json += "\""
        defer { json += "\"" }
        // Most texts are printable ASCII, which is known at a glance.
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }) {
            json += text
            return
        }
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: json += "\\\""
            case 0x5C: json += "\\\\"
            case 0x0A: json += "\\n"
            case 0x0D: json += "\\r"
            case 0x09: json += "\\t"
            case _ where VisibleText.isHidden(scalar): json += VisibleText.jsonEscape(scalar)
            default: json.unicodeScalars.append(scalar)
            }
        }
    }
}
