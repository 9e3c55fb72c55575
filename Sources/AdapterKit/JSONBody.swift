internal import FoundationEssentials
public import OpenSenseWebhooks

/// Writes request bodies: names sorted and slashes plain, so that the same update always gives the same bytes.
public enum JSONBody: Sendable {
    /// The bytes of `value`.
    ///
    /// - Throws: ``AdapterError`` for a number that JSON cannot write.
    public static func encode(_ value: JSONValue) throws(AdapterError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch { throw AdapterError("The request cannot be written as JSON.") }
    }

    /// The value in `bytes`, or nil when they are not JSON; for reading a vendor's answer.
    public static func decode(_ bytes: [UInt8]) -> JSONValue? {
        try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    }
}

extension JSONValue {
    /// The field `name` of an object.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let fields) = self else { return nil }
        return fields[name]
    }

    /// The text, when it is one.
    public var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The truth value, when it is one.
    public var flag: Bool? {
        guard case .boolean(let flag) = self else { return nil }
        return flag
    }

    /// The items, when it is a list.
    public var items: [JSONValue]? {
        guard case .array(let items) = self else { return nil }
        return items
    }
}
