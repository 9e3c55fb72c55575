internal import PostgreSQLClient
internal import RelayCore

extension PostgreSQLValue {
    /// A moment.
    static func time(_ time: WallTime) -> PostgreSQLValue { .integer(time.unixMilliseconds) }

    /// Moments.
    static func times(_ times: [WallTime?]) -> PostgreSQLValue {
        .integers(times.map { $0?.unixMilliseconds })
    }
}

extension PostgreSQLRows {
    /// The moment in a column, or nil for NULL.
    func time(_ row: Int, _ column: Int) -> WallTime? {
        integer(row, column).map(WallTime.init(unixMilliseconds:))
    }
}
