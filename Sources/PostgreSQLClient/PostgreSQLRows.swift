internal import CLibPQ

/// The rows that a query gave, in PostgreSQL's binary format; freed with the object.
@safe package final class PostgreSQLRows {
    private let result: OpaquePointer

    init(owning result: OpaquePointer) { unsafe self.result = result }

    deinit { unsafe PQclear(result) }

    /// How many there are.
    package var count: Int { Int(unsafe PQntuples(result)) }

    /// How many columns there are.
    package var columnCount: Int { Int(unsafe PQnfields(result)) }

    /// What a column holds.
    package enum ColumnKind { case number, text, bytes }

    /// What a column holds, by the number of its type in `pg_type`: `boolean`, `bytea` and the integers are
    /// distinguished from the rest.
    package func kind(_ column: Int) -> ColumnKind {
        switch unsafe PQftype(result, Int32(column)) {
        case 16, 20, 21, 23: .number
        case 17: .bytes
        default: .text
        }
    }

    /// What the server says it has done, such as `COMMIT` or `UPDATE 3`.
    package var command: String { unsafe String(cString: PQcmdStatus(result)) }

    /// The number in a column of `smallint`, `integer`, `bigint` or `boolean`; nil for NULL.
    package func integer(_ row: Int, _ column: Int) -> Int? {
        guard let bytes = bytes(row, column), let first = bytes.first else { return nil }
        let sign = bytes.count > 1 && first & 0x80 != 0 ? -1 : 0
        return bytes.reduce(sign) { $0 << 8 | Int($1) }
    }

    /// The text in a column, nil for NULL.
    package func text(_ row: Int, _ column: Int) -> String? {
        bytes(row, column).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes in a column, nil for NULL.
    package func bytes(_ row: Int, _ column: Int) -> [UInt8]? {
        let (row, column) = (Int32(row), Int32(column))
        // The pointer is good as long as the result: the bytes are copied at once.
        guard unsafe PQgetisnull(result, row, column) == 0, let start = unsafe PQgetvalue(result, row, column)
        else { return nil }
        let count = Int(unsafe PQgetlength(result, row, column))
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
