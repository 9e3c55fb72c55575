internal import FoundationEssentials

/// JSON as a strict server sees it, for emulators: apart from the types that the adapters write it with.
///
/// A repeated name has its last value, and a number is a `Double`.
public enum SandboxJSON: Sendable, Hashable, Codable {
    /// `null`.
    case null
    /// `true` or `false`.
    case boolean(Bool)
    /// A number.
    case number(Double)
    /// A text.
    case string(String)
    /// Values in order.
    case array([SandboxJSON])
    /// Names and values.
    case object([String: SandboxJSON])

    /// Reads a value.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let flag = try? container.decode(Bool.self) {
            self = .boolean(flag)
        } else if let fields = try? container.decode([String: SandboxJSON].self) {
            self = .object(fields)
        } else if let items = try? container.decode([SandboxJSON].self) {
            self = .array(items)
        } else {
            self = .number(try container.decode(Double.self))
        }
    }

    /// Writes the value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let flag): try container.encode(flag)
        case .number(let number): try container.encode(number)
        case .string(let text): try container.encode(text)
        case .array(let items): try container.encode(items)
        case .object(let fields): try container.encode(fields)
        }
    }

    /// The members of the object that `body` is; nil when it is anything else.
    public static func fields(of body: [UInt8]) -> [String: SandboxJSON]? {
        guard case .object(let fields)? = try? JSONDecoder().decode(SandboxJSON.self, from: Data(body)) else {
            return nil
        }
        return fields
    }

    /// The bytes of any value: names sorted, slashes plain.
    static func bytes(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // The only values that cannot be written are numbers that are none, and no state holds one.
        return (try? encoder.encode(value)).map(Array.init) ?? Array("{}".utf8)
    }

    /// The text; nil when it is anything else.
    public var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The members of an object; nil when it is anything else.
    public var fields: [String: SandboxJSON]? {
        guard case .object(let fields) = self else { return nil }
        return fields
    }

    /// The values of an array; nil when it is anything else.
    public var items: [SandboxJSON]? {
        guard case .array(let items) = self else { return nil }
        return items
    }
}

extension SandboxJSON: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
    /// A text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Names and values; the last one counts where a name is repeated.
    public init(dictionaryLiteral elements: (String, SandboxJSON)...) {
        self = .object(Dictionary(elements) { $1 })
    }
    /// Values in order.
    public init(arrayLiteral elements: SandboxJSON...) { self = .array(elements) }
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
}
