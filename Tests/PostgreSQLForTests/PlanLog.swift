import Foundation

/// The plans by which the server has run the statements of one schema, as `auto_explain` logs them.
///
/// They are those of the statements that were really run, prepared ones with the plan that the server keeps
/// for them, and say how many rows each node has read.
public struct PlanLog: Sendable {
    /// A statement that was run, and how.
    public struct Entry: Sendable {
        /// The statement.
        public let query: String
        /// Its nodes, a line each.
        public let nodes: [String]

        /// The most rows that one node has read: those it gave, and those that its filter left out.
        public var rowsMax: Int {
            var (most, loops) = (0, 1)
            for node in nodes {
                if let rows = Self.number(after: "actual rows=", in: node) {
                    loops = Self.number(after: "loops=", in: node) ?? 1
                    most = max(most, rows * loops)
                } else if let removed = Self.number(after: "Rows Removed by ", in: node) {
                    most = max(most, removed * loops)
                }
            }
            return most
        }

        /// Whether it reads a table from end to end.
        public func readsWhole(_ tables: [String]) -> Bool {
            nodes.contains { node in tables.contains { node.contains("Seq Scan on \($0) ") } }
        }

        /// The first number behind a word.
        private static func number(after word: String, in line: String) -> Int? {
            guard let range = line.range(of: word) else { return nil }
            return Int(line[range.upperBound...].drop { !$0.isNumber }.prefix { $0.isNumber })
        }
    }

    /// Connects so that every statement's plan is logged.
    public let connectionString: String
    private let schema: String
    private let path: String

    /// The plans of a schema; nil where the server's log is not to be had.
    ///
    /// - Parameter database: The one that has it, where that is not the usual one.
    public init?(schema: String, database: String? = nil) {
        guard let server = TestPostgreSQL.server,
            let folder = server.split(separator: " ").first(where: { $0.hasPrefix("host=/") })
        else { return nil }
        path = folder.dropFirst("host=".count) + "/log"
        guard FileManager.default.isReadableFile(atPath: path) else { return nil }
        self.schema = schema
        let settings = [
            "search_path=\(schema)", "session_preload_libraries=auto_explain",
            "auto_explain.log_min_duration=0", "auto_explain.log_analyze=on", "auto_explain.log_timing=off",
            "auto_explain.log_verbose=on", "auto_explain.log_nested_statements=on",
        ]
        let address = TestPostgreSQL.address(database)
        connectionString = "\(address) options='\(settings.map { "-c\($0)" }.joined(separator: " "))'"
    }

    /// What was run so far.
    public func entries() throws -> [Entry] {
        let log = try String(contentsOfFile: path, encoding: .utf8)
        return log.components(separatedBy: "  plan:\n\tQuery Text: ").dropFirst().compactMap { part in
            // Lines of one message but the first begin with a tab.
            let lines = part.split(separator: "\n", omittingEmptySubsequences: false)
            let message = lines.prefix { $0 == lines.first || $0.hasPrefix("\t") }.map(String.init)
            guard message.contains(where: { $0.contains(schema + ".") }),
                let start = message.firstIndex(where: { $0.contains("  (cost=") })
            else { return nil }
            return Entry(
                query: message[..<start].joined(separator: "\n"), nodes: Array(message[start...]))
        }
    }
}
