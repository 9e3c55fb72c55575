internal import CSQLite
internal import RelayCore

/// A compiled statement of one connection, which finalises it.
@safe final class SQLiteStatement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer

    init(_ handle: OpaquePointer, of connection: OpaquePointer) {
        unsafe self.handle = handle
        unsafe self.connection = connection
    }

    /// Frees the statement; called once, by the connection.
    func finalize() { unsafe sqlite3_finalize(handle) }

    /// Binds the values to `?1`, `?2`, … and runs the statement, which gives no rows.
    func run(_ values: SQLiteValue...) throws(JournalError) {
        bind(values)
        defer { reset() }
        while try step() {}
    }

    /// Binds the values to `?1`, `?2`, … and gives each row to `read`.
    func forEachRow(
        _ values: SQLiteValue..., read: (SQLiteStatement) throws(JournalError) -> Void
    ) throws(JournalError) {
        bind(values)
        defer { reset() }
        while try step() { try read(self) }
    }

    /// Binds the values to `?1`, `?2`, … and gives what `read` makes of the first row, nil when there is none.
    func firstRow<Row>(
        _ values: SQLiteValue..., read: (SQLiteStatement) throws(JournalError) -> Row
    ) throws(JournalError) -> Row? {
        bind(values)
        defer { reset() }
        return try step() ? try read(self) : nil
    }

    /// Moves to the next row; false when there is none.
    func step() throws(JournalError) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let failure = unsafe JournalError.sqlite(connection, "running a statement")
            reset()
            throw failure
        }
    }

    /// Makes the statement ready to run again.
    func reset() { unsafe sqlite3_reset(handle) }

    /// The number in a column; 0 for NULL.
    func integer(_ column: Int32) -> Int { Int(unsafe sqlite3_column_int64(handle, column)) }

    /// The number in a column, or nil for NULL.
    func optionalInteger(_ column: Int32) -> Int? {
        unsafe sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : integer(column)
    }

    /// The text in a column; empty for NULL.
    func text(_ column: Int32) -> String { String(decoding: blob(column), as: UTF8.self) }

    /// The text in a column, or nil for NULL.
    func optionalText(_ column: Int32) -> String? {
        unsafe sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : text(column)
    }

    /// The bytes in a column; none for NULL.
    func blob(_ column: Int32) -> [UInt8] {
        // The pointer is good until the next step: the bytes are copied at once.
        guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    // Binding fails only for an index that the statement lacks, which stepping would not hide: every such
    // statement is run by a test.
    private func bind(_ values: [SQLiteValue]) {
        for (offset, value) in values.enumerated() {
            let index = Int32(offset + 1)
            switch value {
            case .null: unsafe sqlite3_bind_null(handle, index)
            case .integer(let number): unsafe sqlite3_bind_int64(handle, index, Int64(number))
            case .text(let text):
                var text = text
                // SQLite copies the bytes before the call returns.
                text.withUTF8 { bytes in
                    _ = unsafe bytes.withMemoryRebound(to: CChar.self) {
                        unsafe csqlite_bind_text_copy(handle, index, $0.baseAddress, Int32($0.count))
                    }
                }
            case .blob(let bytes):
                _ = unsafe bytes.withUnsafeBytes {
                    unsafe csqlite_bind_blob_copy(handle, index, $0.baseAddress, Int32($0.count))
                }
            }
        }
    }
}

/// A value to bind.
enum SQLiteValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    case null
    case integer(Int)
    case text(String)
    case blob([UInt8])

    init(integerLiteral value: Int) { self = .integer(value) }
    init(stringLiteral value: String) { self = .text(value) }
    init(nilLiteral: ()) { self = .null }

    /// NULL for nil.
    static func integer(_ number: Int?) -> SQLiteValue { number.map { .integer($0) } ?? .null }
    /// NULL for nil.
    static func text(_ text: String?) -> SQLiteValue { text.map { .text($0) } ?? .null }
}
