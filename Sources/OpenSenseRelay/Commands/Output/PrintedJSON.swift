internal import AdapterKit
internal import FoundationEssentials
internal import OpenSenseWebhooks

/// JSON on standard output: names sorted, slashes plain, what a text hides escaped.
enum PrintedJSON {
    /// One line, for programs that read line by line.
    static func line(_ value: JSONValue) -> String {
        // A value that came from JSON, or holds texts and small numbers, can always be written.
        VisibleText.json(String(decoding: (try? JSONBody.encode(value)) ?? [], as: UTF8.self)) + "\n"
    }

    /// Indented, for people.
    static func page(_ value: JSONValue) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { VisibleText.json(String(decoding: $0, as: UTF8.self)) }
            ?? ""
    }

    /// A number, or null for none.
    static func number(_ number: Int?) -> JSONValue { number.map { .number(JSONNumber($0)) } ?? .null }
}
