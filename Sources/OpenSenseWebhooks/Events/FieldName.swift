/// The name of a field, whatever it is.
struct FieldName: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringLiteral value: String) { stringValue = value }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer<FieldName> {
    /// The value when it is there in this type.
    ///
    /// A wrong type is not a fault of the delivery: the alarm goes through, and the value stays in
    /// ``Event/fields`` as it came.
    func lenient<Value: Decodable>(_ type: Value.Type, _ name: FieldName) -> Value? {
        try? decodeIfPresent(type, forKey: name)
    }
}
