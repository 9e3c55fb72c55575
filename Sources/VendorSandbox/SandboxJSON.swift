internal import FoundationEssentials

/// JSON as a strict server sees it: apart from the types that the adapters write it with.
enum SandboxJSON: Sendable, Hashable, Codable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([SandboxJSON])
    case object([String: SandboxJSON])

    init(from decoder: any Decoder) throws {
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

    func encode(to encoder: any Encoder) throws {
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

    /// The object in `body`, or nil when it is anything else.
    static func object(_ body: [UInt8]) -> [String: SandboxJSON]? {
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

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var fields: [String: SandboxJSON]? {
        guard case .object(let fields) = self else { return nil }
        return fields
    }

    var items: [SandboxJSON]? {
        guard case .array(let items) = self else { return nil }
        return items
    }
}

extension SandboxJSON: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(dictionaryLiteral elements: (String, SandboxJSON)...) { self = .object(Dictionary(elements) { $1 }) }
    init(arrayLiteral elements: SandboxJSON...) { self = .array(elements) }
    init(floatLiteral value: Double) { self = .number(value) }
    init(booleanLiteral value: Bool) { self = .boolean(value) }
}
