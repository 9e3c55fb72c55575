/// A recorded webhook request: a raw HTTP request, a HAR file, or a bare body.
///
/// The body is what the signature covers, so it is taken byte for byte. From a raw request it is exactly what
/// follows the blank line, cut at `Content-Length` when there is one, because editors add a newline at the
/// end.
public struct Capture: Sendable, Hashable {
    /// The longest capture that is read, in bytes.
    public static let bytesMax = 64 * 1_048_576
    /// The most header fields that are read.
    public static let fieldsMax = 1_000

    /// The method; `POST` where the capture does not say.
    public var method: String
    /// The path or URL; empty where the capture does not say.
    public var target: String
    /// The header fields in order.
    public var fields: [HeaderField]
    /// The body.
    public var body: [UInt8]
    /// When it was captured, in seconds since 1970-01-01T00:00:00Z, where the capture states it.
    public var capturedAt: Int?

    /// A capture of its parts.
    public init(
        method: String = "POST", target: String = "", fields: [HeaderField] = [], body: [UInt8],
        capturedAt: Int? = nil
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
        self.capturedAt = capturedAt
    }

    /// Every value of the header `name`, without regard to case.
    public func values(_ name: String) -> [String] {
        fields.values(named: name)
    }

    /// What a receiver needs of it.
    public var request: WebhookRequest {
        WebhookRequest(method: method, headers: fields, body: body) { ($0.name, $0.value) }
    }

    /// Every request in `bytes`: one, or for a HAR file those that were sent with POST.
    ///
    /// Bytes that begin like an HTTP request are one, those that are a HAR file are that, and everything else
    /// is a bare body.
    ///
    /// - Throws: ``CaptureError``.
    public static func captures(in bytes: [UInt8]) throws(CaptureError) -> [Capture] {
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= bytesMax else { throw .tooLong }
        if RawRequest.looksLikeOne(bytes) { return [try RawRequest.capture(bytes)] }
        if let requests = try HAR.captures(bytes) { return requests }
        return [Capture(body: bytes)]
    }
}
