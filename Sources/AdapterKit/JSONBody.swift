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
