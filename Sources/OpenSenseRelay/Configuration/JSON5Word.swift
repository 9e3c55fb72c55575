internal import OpenSenseWebhooks

/// What may stand without quotes in JSON5, and what is probably meant by a word that may not.
///
/// - Source: JSON5 specification 1.0.0, sections 2.1 and 6.
enum JSON5Word {
    /// Quotes that word processors and web pages make of `"` and `'`.
    private static let typographicQuotes = "“”„‟«»‘’‚‛‹›`´"

    /// Whether `word` is a name that needs no quotes.
    static func isName(_ word: String) -> Bool {
        guard let first = word.first, first.isLetter || "$_\\".contains(first) else { return false }
        return word.allSatisfy { $0.isLetter || $0.isNumber || "$_\\\u{200C}\u{200D}".contains($0) }
    }

    /// Whether `word` is a value that needs no quotes: a number, a truth value or null.
    static func isValue(_ word: String) -> Bool {
        if ["true", "false", "null"].contains(word) { return true }
        let number = word.first.map { "+-".contains($0) } == true ? word.dropFirst() : word[...]
        if ["Infinity", "NaN"].contains(number) { return true }
        if number.hasPrefix("0x") || number.hasPrefix("0X") {
            return number.count > 2 && number.dropFirst(2).allSatisfy(\.isHexDigit)
        }
        guard let first = number.first, first.isASCII, first.isNumber || first == "." else { return false }
        return Double(number) != nil
    }

    /// What is wrong with a word that is neither.
    static func advice(_ word: String) -> String {
        if let quote = word.first(where: { typographicQuotes.contains($0) }) {
            return "\(quote) is a typographic quote, which JSON5 does not know; write \" or ' in its place."
        }
        return "\(JSONText.cut(word, bytesMax: 60)) stands without quotes; write it in quotes."
    }
}
