public import HeaderFields

/// A request to an emulator, free of any transport.
public struct SandboxRequest: Sendable, Hashable {
    /// The method as sent.
    public var method: String
    /// The path and the query as sent.
    public let target: String
    /// The path as sent, not percent-decoded, so that `%2F` never passes for a slash.
    public let path: String
    /// The query's names and values in order, percent-decoded.
    public let query: [Pair]
    /// The header fields in order.
    public var headers: [HeaderField]
    /// The body; empty for none.
    public var body: [UInt8]

    /// A name and a value.
    public struct Pair: Sendable, Hashable {
        /// The name as sent.
        public var name: String
        /// The value as sent.
        public var value: String

        /// A pair.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A request.
    ///
    /// - Parameters:
    ///   - method: The method as sent.
    ///   - target: The path and the query, as in a request line.
    ///   - headers: The header fields.
    ///   - body: The body.
    public init(method: String, target: String, headers: [HeaderField] = [], body: [UInt8] = []) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.method = method
        self.target = target
        path = String(parts.first ?? "")
        query = parts.count < 2 ? [] : parts[1].split(separator: "&").map(Self.pair)
        self.headers = headers
        self.body = body
    }

    /// The parts of the path between slashes, each percent-decoded.
    public var pathParts: [String] { path.split(separator: "/").map { PercentEncoding.decodedText($0) } }

    /// The first header field called `name`, without regard to case.
    public func header(_ name: String) -> String? {
        headers.firstValue(named: name)
    }

    /// The first query value called `name`, percent-decoded.
    public func queryValue(_ name: String) -> String? { query.first { $0.name == name }?.value }

    private static func pair(_ text: Substring) -> Pair {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return Pair(
            PercentEncoding.decodedText(parts[0]),
            parts.count > 1 ? PercentEncoding.decodedText(parts[1]) : "")
    }
}

/// An emulator's answer.
public struct SandboxResponse: Sendable, Hashable {
    /// The HTTP status.
    public var status: Int
    /// The header fields in order; `Content-Length` is the host's.
    public var headers: [HeaderField]
    /// The body; empty for none.
    public var body: [UInt8]

    /// An answer.
    public init(status: Int, headers: [HeaderField] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer whose body is `value` as JSON, such as a ``SandboxJSON``; names are sorted.
    ///
    /// - Parameters:
    ///   - status: The HTTP status.
    ///   - value: What the body says.
    ///   - headers: What follows `Content-Type: application/json`.
    public static func json(
        _ status: Int, _ value: some Encodable, headers: [HeaderField] = []
    ) -> SandboxResponse {
        SandboxResponse(
            status: status, headers: [.init("Content-Type", "application/json")] + headers,
            body: SandboxJSON.bytes(value))
    }
}

/// What the host is to do with a request.
package enum SandboxReply: Sendable, Hashable {
    /// Answer, after so many seconds.
    case respond(SandboxResponse, afterSeconds: Double)
    /// Close the connection without an answer, after so many seconds.
    case drop(afterSeconds: Double)
}
