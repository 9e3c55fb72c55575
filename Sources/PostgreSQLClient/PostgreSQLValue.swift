/// A value for a statement's parameter, sent in PostgreSQL's binary format.
package enum PostgreSQLValue: Sendable {
    case null
    /// `bigint`.
    case integer(Int)
    /// `text`.
    case text(String)
    /// `bytea`.
    case bytes([UInt8])

    package init(_ value: Int?) { self = value.map { .integer($0) } ?? .null }
    package init(_ value: String?) { self = value.map { .text($0) } ?? .null }

    /// Calls `body` with what libpq's functions take: pointers, lengths, and formats, all binary.
    static func withParameters<Result>(
        _ values: [PostgreSQLValue],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) ->
            Result
    ) -> Result {
        // One buffer holds all the values; it lives until `body` has returned.
        let encoded = values.map(\.encoded)
        let flat = Array(encoded.compactMap(\.self).joined()) + [0]
        let lengths = encoded.map { Int32($0?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: values.count)
        return unsafe flat.withUnsafeBytes { flat in
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            var offset = 0
            for value in encoded {
                let start = unsafe flat.baseAddress.map { unsafe $0 + offset }
                unsafe pointers.append(value == nil ? nil : start?.assumingMemoryBound(to: CChar.self))
                offset += value?.count ?? 0
            }
            return unsafe pointers.withUnsafeBufferPointer { pointers in
                unsafe lengths.withUnsafeBufferPointer { lengths in
                    unsafe formats.withUnsafeBufferPointer { formats in
                        unsafe body(pointers.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }

    /// The bytes on the wire, nil for NULL.
    private var encoded: [UInt8]? {
        switch self {
        case .null: nil
        case .integer(let number): (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - $0 * 8)) }
        case .text(let text): Array(text.utf8)
        case .bytes(let bytes): bytes
        }
    }
}
