/// Why bytes are not JSON, and where that shows.
///
/// Safe to log: it holds no byte of the input.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    /// What is wrong.
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        /// More than ``JSONDocument/bytesMax`` bytes.
        case tooLong = "json-too-long"
        /// Not UTF-8, nor UTF-16 of whole code units.
        case notUTF8 = "json-not-utf8"
        /// The text ends before its value does.
        case unexpectedEnd = "json-unexpected-end"
        /// A byte that cannot stand there.
        case unexpectedByte = "json-unexpected-byte"
        /// A number without digits, such as `-` or `1e`.
        case numberMalformed = "json-number-malformed"
        /// A control character within a text, which JSON writes as an escape.
        case controlCharacter = "json-control-character"
        /// A backslash that begins no escape of JSON.
        case escapeMalformed = "json-escape-malformed"
        /// Something stands after the end of the value.
        case textAfterEnd = "json-text-after-end"
    }

    /// What is wrong.
    package let reason: Reason
    /// Where it shows, in bytes from the beginning; of UTF-16, in bytes of the same text as UTF-8.
    package let offset: Int

    init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// The stable name.
    package var code: String { reason.rawValue }

    /// One sentence for a person.
    package var description: String {
        switch reason {
        case .tooLong: "The JSON is longer than \(JSONDocument.bytesMax) bytes."
        case .notUTF8: "Byte \(offset) is not UTF-8."
        case .unexpectedEnd: "The JSON ends at byte \(offset), before its value does."
        case .unexpectedByte: "Byte \(offset) cannot stand there in JSON."
        case .numberMalformed: "The number before byte \(offset) has no digits where JSON needs one."
        case .controlCharacter: "Byte \(offset) is a control character within a text."
        case .escapeMalformed: "The backslash at byte \(offset) begins no escape of JSON."
        case .textAfterEnd: "Something stands after the end of the JSON, from byte \(offset) on."
        }
    }
}
