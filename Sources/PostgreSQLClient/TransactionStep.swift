/// A step of a transaction at which its connection can fail.
package enum TransactionStep: Sendable {
    /// It is about to begin.
    case begins
    /// Statements in the middle of it are about to be sent.
    case asks
    /// Its last statements and the commit are about to be sent.
    case commits
    /// The server has committed it; the caller does not know it yet.
    case committed

    init(sending statements: [PostgreSQLStatement]) {
        if statements.first?.address == PostgreSQLStatement.begin.address {
            self = .begins
        } else {
            self = statements.last?.address == PostgreSQLStatement.commit.address ? .commits : .asks
        }
    }
}
