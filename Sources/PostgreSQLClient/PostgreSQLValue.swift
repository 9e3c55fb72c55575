/// A value for a statement's parameter, sent in PostgreSQL's binary format.
package enum PostgreSQLValue: Sendable {
    case null
    /// `bigint`.
    case integer(Int)
    /// `text`; the server cannot keep U+0000, which becomes U+2400.
    case text(String)
    /// `bytea`.
    case bytes([UInt8])
    /// `bigint[]`.
    case integers([Int?])
    /// `text[]`.
    case texts([String?])
    /// `bytea[]`.
    case byteStrings([[UInt8]])

    package init(_ value: Int?) { self = value.map { .integer($0) } ?? .null }
    package init(_ value: String?) { self = value.map { .text($0) } ?? .null }

    /// Calls `body` with what libpq's functions take: pointers, lengths, and formats, all binary.
    static func withParameters<Result>(
        _ values: [PostgreSQLValue],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) ->
            Result
    ) -> Result {
        // One buffer holds all the values; it lives until `body` has returned.
        var flat: [UInt8] = []
        var ends: [Int?] = []
        for value in values {
            ends.append(value.encode(into: &flat) ? flat.count : nil)
        }
        flat.append(0)
        var (starts, lengths): ([Int?], [Int32]) = ([], [])
        var start = 0
        for end in ends {
            starts.append(end == nil ? nil : start)
            lengths.append(Int32((end ?? start) - start))
            start = end ?? start
        }
        let formats = [Int32](repeating: 1, count: values.count)
        return unsafe flat.withUnsafeBytes { flat in
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            for start in starts {
                let bytes = unsafe start.flatMap { start in unsafe flat.baseAddress.map { unsafe $0 + start }
                }
                unsafe pointers.append(bytes?.assumingMemoryBound(to: CChar.self))
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

    /// The type's number in `pg_type`, which is the same on every server; 0 where the server is to guess.
    var type: UInt32 {
        switch self {
        case .null: 0
        case .integer: 20
        case .text: 25
        case .bytes: 17
        case .integers: 1016
        case .texts: 1009
        case .byteStrings: 1001
        }
    }

    /// Appends the bytes on the wire; false for NULL, which has none.
    private func encode(into bytes: inout [UInt8]) -> Bool {
        switch self {
        case .null: return false
        case .integer(let number): Self.append(number, to: &bytes)
        case .text(let text): Self.append(text, to: &bytes)
        case .bytes(let value): bytes += value
        case .integers(let numbers): Self.array(of: 20, numbers, &bytes) { Self.append($0, to: &$1) }
        case .texts(let texts): Self.array(of: 25, texts, &bytes) { Self.append($0, to: &$1) }
        case .byteStrings(let values): Self.array(of: 17, values, &bytes) { $1 += $0 }
        }
        return true
    }

    /// An array of one dimension.
    ///
    /// - Parameter type: The element's type, by its number in `pg_type`, which is the same on every server.
    private static func array<Element>(
        of type: Int32, _ elements: [Element?], _ bytes: inout [UInt8],
        _ append: (Element, inout [UInt8]) -> Void
    ) {
        let hasNull = elements.contains { $0 == nil }
        for word in [elements.isEmpty ? 0 : 1, hasNull ? 1 : 0, type] { Self.append(word, to: &bytes) }
        guard !elements.isEmpty else { return }
        for word in [Int32(elements.count), 1] { Self.append(word, to: &bytes) }
        for element in elements {
            let start = bytes.count
            Self.append(Int32(-1), to: &bytes)  // the length, or that it is NULL
            guard let element else { continue }
            append(element, &bytes)
            let length = Int32(bytes.count - start - 4)
            for index in 0..<4 {
                bytes[start + index] = UInt8(truncatingIfNeeded: length >> (24 - index * 8))
            }
        }
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes += text.utf8
        guard bytes[start...].contains(0) else { return }
        bytes.replaceSubrange(
            start..., with: bytes[start...].flatMap { $0 == 0 ? [0xE2, 0x90, 0x80] : [$0] })
    }
}
