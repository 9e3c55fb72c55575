internal import CSQLite
package import OpenSenseWebhooks

/// A compiled statement of one connection, which finalises it.
///
/// What takes any number of values is inlinable: elsewhere each call would look up the types of its values at
/// run time.
@safe package final class SQLiteStatement {
    @usableFromInline let handle: OpaquePointer
    private let connection: OpaquePointer

    init(_ handle: OpaquePointer, of connection: OpaquePointer) {
        unsafe self.handle = handle
        unsafe self.connection = connection
    }

    /// Frees the statement; called once, by the connection.
    func finalize() { unsafe sqlite3_finalize(handle) }

    /// Binds the values to `?1`, `?2`, … and runs the statement, which gives no rows.
    @inlinable package func run<each Value: SQLiteBindable>(_ values: repeat each Value) throws(StoreError) {
        bind(repeat each values)
        defer { reset() }
        while try step() {}
    }

    /// Binds the values to `?1`, `?2`, … and gives each row to `read`.
    @inlinable package func forEachRow<each Value: SQLiteBindable>(
        _ values: repeat each Value, read: (SQLiteStatement) throws(StoreError) -> Void
    ) throws(StoreError) {
        bind(repeat each values)
        defer { reset() }
        while try step() { try read(self) }
    }

    /// Binds the values to `?1`, `?2`, … and gives what `read` makes of the first row, nil when there is
    /// none.
    @inlinable package func firstRow<each Value: SQLiteBindable, Row>(
        _ values: repeat each Value, read: (SQLiteStatement) throws(StoreError) -> Row
    ) throws(StoreError) -> Row? {
        bind(repeat each values)
        defer { reset() }
        return try step() ? try read(self) : nil
    }

    /// Binds the values to `?1`, `?2`, … and gives all rows, each value of them as `read` makes it.
    package func allRows<Value>(
        _ values: [some SQLiteBindable], read: (SQLiteStatement, Int32) -> Value
    ) throws(StoreError) -> [[Value]] {
        for (index, value) in values.enumerated() { unsafe value.bind(to: handle, at: Int32(index + 1)) }
        defer { reset() }
        var rows: [[Value]] = []
        while try step() {
            rows.append((0..<(unsafe sqlite3_column_count(handle))).map { read(self, $0) })
        }
        return rows
    }

    /// What a column of the present row holds.
    package enum ColumnKind { case null, integer, text, blob }

    /// What a column holds; a number with a fraction counts as text.
    package func kind(_ column: Int32) -> ColumnKind {
        switch unsafe sqlite3_column_type(handle, column) {
        case SQLITE_NULL: .null
        case SQLITE_INTEGER: .integer
        case SQLITE_BLOB: .blob
        default: .text
        }
    }

    /// Moves to the next row; false when there is none.
    package func step() throws(StoreError) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let failure = unsafe StoreError.sqlite(connection, "running a statement")
            reset()
            throw failure
        }
    }

    /// Makes the statement ready to run again.
    package func reset() { unsafe sqlite3_reset(handle) }

    /// The number in a column; 0 for NULL.
    package func integer(_ column: Int32) -> Int { Int(unsafe sqlite3_column_int64(handle, column)) }

    /// The number in a column, or nil for NULL.
    package func optionalInteger(_ column: Int32) -> Int? {
        unsafe sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : integer(column)
    }

    /// The text in a column; empty for NULL.
    package func text(_ column: Int32) -> String { String(decoding: blob(column), as: UTF8.self) }

    /// The text in a column, or nil for NULL.
    package func optionalText(_ column: Int32) -> String? {
        unsafe sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : text(column)
    }

    /// The bytes in a column; none for NULL.
    package func blob(_ column: Int32) -> [UInt8] {
        // The pointer is good until the next step: the bytes are copied at once.
        guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    @inlinable func bind<each Value: SQLiteBindable>(_ values: repeat each Value) {
        var index: Int32 = 0
        for value in repeat each values {
            index += 1
            unsafe value.bind(to: handle, at: index)
        }
    }
}

/// A value that a statement takes.
///
/// Binding fails only for an index that the statement lacks, which stepping would not hide: every such
/// statement is run by a test.
package protocol SQLiteBindable {
    /// Binds the value to the statement's parameter at `index`, counted from 1.
    func bind(to statement: OpaquePointer, at index: Int32)
}

extension Int: SQLiteBindable {
    package func bind(to statement: OpaquePointer, at index: Int32) {
        unsafe sqlite3_bind_int64(statement, index, Int64(self))
    }
}

extension String: SQLiteBindable {
    package func bind(to statement: OpaquePointer, at index: Int32) {
        var copy = self
        // SQLite copies the bytes before the call returns.
        copy.withUTF8 { bytes in
            _ = unsafe bytes.withMemoryRebound(to: CChar.self) {
                unsafe csqlite_bind_text_copy(statement, index, $0.baseAddress, Int32($0.count))
            }
        }
    }
}

extension [UInt8]: SQLiteBindable {
    package func bind(to statement: OpaquePointer, at index: Int32) {
        // SQLite copies the bytes before the call returns.
        _ = unsafe withUnsafeBytes {
            unsafe csqlite_bind_blob_copy(statement, index, $0.baseAddress, Int32($0.count))
        }
    }
}

extension Optional: SQLiteBindable where Wrapped: SQLiteBindable {
    package func bind(to statement: OpaquePointer, at index: Int32) {
        if let value = self {
            unsafe value.bind(to: statement, at: index)
        } else {
            unsafe sqlite3_bind_null(statement, index)
        }
    }
}
