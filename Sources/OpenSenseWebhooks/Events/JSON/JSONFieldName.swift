/// The name of a field that is looked for, as its bytes.
package struct JSONFieldName: Sendable, ExpressibleByStringLiteral {
    let bytes: [UInt8]

    /// The field called `value`.
    package init(stringLiteral value: String) { bytes = Array(value.utf8) }
}
