#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Any JSON value, for the fields of an event that this version does not know.
public enum JSONValue: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case boolean(Bool)
    /// A number with every digit that was written.
    case number(JSONNumber)
    /// Text.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// Names and values; JSON gives their order no meaning.
    case object(JSONObject)
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
    /// A text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An object; of a name given twice the first value stands.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
    /// A list.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
}

/// For Foundation's coders, which read configuration files and lay JSON out for people.
///
/// A number passes through `Decimal`, which holds 38 digits. Signed events, vendors' answers and captures are
/// not read this way.
extension JSONValue: Codable {
    /// Reads any JSON value.
    ///
    /// - Throws: `DecodingError` for a number outside the range of `Decimal`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let text = try? container.decode(String.self) {  // the usual kind first
            self = .string(text)
        } else if let flag = try? container.decode(Bool.self) {
            self = .boolean(flag)
        } else if let fields = try? container.decode([String: JSONValue].self) {
            self = .object(JSONObject(fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
        } else if let items = try? container.decode([JSONValue].self) {
            self = .array(items)
        } else {
            self = .number(JSONNumber(verified: "\(try container.decode(Decimal.self))"))
        }
    }

    /// Writes the value; a number that no coder can write becomes text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let flag): try container.encode(flag)
        case .number(let number):
            if let whole = number.integerValue {
                try container.encode(whole)
            } else if let decimal = number.jsonText.flatMap({ Decimal(string: $0) }) {
                try container.encode(decimal)
            } else {
                try container.encode(number.text)
            }
        case .string(let text): try container.encode(text)
        case .array(let items): try container.encode(items)
        case .object(let fields):
            try container.encode(Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first })
        }
    }
}
