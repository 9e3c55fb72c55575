public import OpenSenseWebhooks

/// Writes request bodies: names sorted by their bytes and slashes plain, so that the same update always gives
/// the same bytes.
public enum JSONBody: Sendable {
    /// The bytes of `value`.
    ///
    /// Numbers are written with the digits they came with; one that JSON cannot write, such as `NaN`, becomes
    /// a text.
    ///
    /// - Throws: ``AdapterError`` for a value nested deeper than 512 levels.
    public static func encode(_ value: JSONValue) throws(AdapterError) -> [UInt8] {
        guard let bytes = JSONWriter.bytes(of: value) else {
            throw AdapterError("The request is nested deeper than \(JSONWriter.depthMax) levels.")
        }
        return bytes
    }

    /// A value for people: a text as it is, anything else as its JSON; empty for what cannot be written.
    public static func text(_ value: JSONValue) -> String {
        if case .string(let text) = value { return text }
        return (try? encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The value in `bytes`, or nil when they are not JSON; for reading a vendor's answer.
    ///
    /// It is read as leniently as a delivery, see ``/OpenSenseWebhooks/JSONLeniency``.
    public static func decode(_ bytes: [UInt8]) -> JSONValue? {
        guard let document = try? JSONDocument(bytes) else { return nil }
        return document.value(document.root)
    }
}

extension JSONValue {
    /// The field `name` of an object.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let fields) = self else { return nil }
        return fields[name]
    }

    /// How deep it is nested: 0 for a plain value, and one for each array or object around the deepest one.
    public var levels: Int {
        switch self {
        case .array(let items): 1 + (items.map(\.levels).max() ?? 0)
        case .object(let members): 1 + (members.map(\.value.levels).max() ?? 0)
        default: 0
        }
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
