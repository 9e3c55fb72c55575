internal import ASCIIBytes

/// What a receiver needs of an HTTP request: the raw bytes of the body and three header fields.
///
/// There is no way to make one from anything but bytes. A body that a framework has parsed and written again
/// has another signature, so switch such parsing off for this path and pass the bytes as received.
public struct WebhookRequest: Sendable {
    /// The method, as it stands in the request line.
    public let method: String
    /// The body as it was received.
    public let body: [UInt8]
    /// When its first byte came, where the framework knows it: the sender waits for the answer since then.
    ///
    /// Without it the time counts from when the receiver has the request.
    public var beganAt: ContinuousClock.Instant?
    /// Every value of `X-OpenSense-Signature`, at most two: a second one is refused, and what follows it adds
    /// nothing.
    public private(set) var signatureHeaders: [String] = []
    /// The first `X-OpenSense-Delivery-Id`, which is not signed; nil when it is absent or empty.
    public private(set) var deliveryIDHeader: String?
    /// The first `X-OpenSense-Timestamp`, which is not signed.
    public private(set) var timestampHeader: String?

    /// A request with header fields of any type.
    ///
    /// - Parameters:
    ///   - method: The method; anything but `POST` is answered 405.
    ///   - headers: The header fields in order; names are compared without regard to case.
    ///   - body: The body's raw bytes.
    ///   - field: Gives the name and the value of one of `headers`.
    public init<Headers: Sequence>(
        method: String = "POST", headers: Headers, body: [UInt8],
        field: (Headers.Element) -> (name: String, value: String)
    ) {
        self.method = method
        self.body = body
        for header in headers {
            let (name, value) = field(header)
            readHeader(name, value)
        }
    }

    /// A request with header fields as pairs, as SwiftNIO's `HTTPHeaders` gives them.
    public init(
        method: String = "POST", headers: some Sequence<(name: String, value: String)>, body: [UInt8]
    ) {
        self.init(method: method, headers: headers, body: body) { $0 }
    }

    /// A request with header fields as pairs, as a dictionary gives them.
    public init(
        method: String = "POST", headers: some Sequence<(key: String, value: String)>, body: [UInt8]
    ) {
        self.init(method: method, headers: headers, body: body) { ($0.key, $0.value) }
    }

    /// A request whose three fields were looked up already.
    ///
    /// - Parameter signatureHeaders: Every value of `X-OpenSense-Signature`.
    package init(
        method: String, body: [UInt8], signatureHeaders: [String], deliveryIDHeader: String?,
        timestampHeader: String?
    ) {
        self.method = method
        self.body = body
        self.signatureHeaders = Array(signatureHeaders.prefix(2))
        self.deliveryIDHeader = deliveryIDHeader == "" ? nil : deliveryIDHeader
        self.timestampHeader = timestampHeader
    }

    private mutating func readHeader(_ name: String, _ value: String) {
        if ASCII.equalsIgnoringCase(name, OpenSenseHeader.signature) {
            if signatureHeaders.count < 2 { signatureHeaders.append(value) }
        } else if ASCII.equalsIgnoringCase(name, OpenSenseHeader.deliveryID) {
            if deliveryIDHeader == nil, !value.isEmpty { deliveryIDHeader = value }
        } else if ASCII.equalsIgnoringCase(name, OpenSenseHeader.timestamp) {
            timestampHeader = timestampHeader ?? value
        }
    }
}
