/// A statement and its values.
package struct PostgreSQLStatement: Sendable {
    /// Its address names the prepared statement.
    let sql: StaticString
    let values: [PostgreSQLValue]

    /// A statement.
    ///
    /// - Parameters:
    ///   - sql: A literal.
    ///   - values: Those for `$1`, `$2`, ….
    package init(_ sql: StaticString, _ values: [PostgreSQLValue] = []) {
        self.sql = sql
        self.values = values
    }

    /// Begins a transaction, of the one kind that all statements here are written for.
    package static let begin = PostgreSQLStatement("BEGIN ISOLATION LEVEL READ COMMITTED")
    /// Ends it, so that it lasts.
    package static let commit = PostgreSQLStatement("COMMIT")

    /// The name under which a connection prepares it.
    ///
    /// The address of a literal is one for the life of the program: it costs no text to compare.
    var address: UInt { UInt(bitPattern: unsafe sql.utf8Start) }
}
