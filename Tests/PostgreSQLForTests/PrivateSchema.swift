import Foundation

/// Where a test finds PostgreSQL: `make test` starts a private server and names it in `TEST_POSTGRESQL`.
public enum TestPostgreSQL: Sendable {
    /// The connection string of the server, nil when there is none.
    public static let server: String? = ProcessInfo.processInfo.environment["TEST_POSTGRESQL"]

    /// A connection string that leads to a schema of the test's own, which the first connection must make.
    ///
    /// The schema goes with the server.
    public static func schema() -> (name: String, connectionString: String) {
        let name = "test_" + UUID().uuidString.lowercased().filter { $0 != "-" }
        return (name, "\(server ?? "") options=-csearch_path=\(name)")
    }
}
