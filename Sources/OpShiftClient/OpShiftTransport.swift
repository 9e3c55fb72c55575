/// What carries the requests of a client; one of your own for tests, or for another HTTP client.
public protocol OpShiftTransport: Sendable {
    /// Sends a request by `POST` and gives the answer, whatever its status.
    ///
    /// It ends within the request's timeout, and when its task is cancelled. What it throws is taken for
    /// a failure of the network, but for an ``OpShiftError`` and a `CancellationError`.
    func send(_ request: OpShiftRequest) async throws -> OpShiftResponse
}

/// A request to OpShift.
public struct OpShiftRequest: Sendable {
    /// The whole URL.
    public var url: String
    /// The body: the bytes that are signed.
    public var body: [UInt8]
    /// The header fields.
    public var headers: [(name: String, value: String)]
    /// The longest that it may take.
    public var timeout: Duration
}

/// OpShift's answer.
public struct OpShiftResponse: Sendable {
    /// The HTTP status.
    public var statusCode: Int
    /// The body.
    public var body: [UInt8]

    /// An answer.
    public init(statusCode: Int, body: [UInt8]) {
        self.statusCode = statusCode
        self.body = body
    }
}
