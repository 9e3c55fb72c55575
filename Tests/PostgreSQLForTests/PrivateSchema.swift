import Foundation

/// Where a test finds PostgreSQL: `make test` starts a private server and names it in `TEST_POSTGRESQL`.
public enum TestPostgreSQL: Sendable {
    /// The connection string of the server, nil when there is none.
    public static let server: String? = ProcessInfo.processInfo.environment["TEST_POSTGRESQL"]

    /// A connection string that leads to a schema of the test's own, which the first connection must make.
    ///
    /// The schema goes with the server.
    ///
    /// - Parameter database: Another database of the server than the usual one.
    public static func schema(database: String? = nil) -> (name: String, connectionString: String) {
        let name = uniqueName()
        return (name, "\(address(database)) options=-csearch_path=\(name)")
    }

    /// How to connect to a database of the server; nil for the usual one.
    public static func address(_ database: String? = nil) -> String {
        // Of two settings of one name the later one counts.
        (server ?? "") + (database.map { " dbname=\($0)" } ?? "")
    }

    /// A name that nothing else has.
    public static func uniqueName() -> String {
        "test_" + UUID().uuidString.lowercased().filter { $0 != "-" }
    }
}
