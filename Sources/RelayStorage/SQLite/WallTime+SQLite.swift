internal import RelayCore
internal import SQLiteClient

extension WallTime: SQLiteBindable {
    package func bind(to statement: OpaquePointer, at index: Int32) {
        unsafe unixMilliseconds.bind(to: statement, at: index)
    }
}

extension SQLiteStatement {
    /// The moment in a column, or nil for NULL.
    func wallTime(_ column: Int32) -> WallTime? {
        optionalInteger(column).map(WallTime.init(unixMilliseconds:))
    }
}
