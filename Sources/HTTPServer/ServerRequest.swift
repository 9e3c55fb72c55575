package import HeaderFields

/// The head of a request: everything before the body.
package struct RequestHead: Sendable {
    /// The address of the peer: a proxy's where one is in front that is not trusted.
    ///
    /// The parser does not know it; the loop fills it in.
    package var peer = ""
    /// The method as sent; methods are case-sensitive.
    package var method: String
    /// The request target as sent, query included.
    package var target: String
    /// The target without its query, not percent-decoded, so that `%2F` never passes for a slash.
    package var path: String
    /// The header fields in the order received.
    package var headers: RequestFields
    /// The announced length of the body in bytes; nil without one or with a chunked body.
    package var contentLength: Int?

    /// The first value of a header, found without regard to case.
    package func header(_ name: String) -> String? { headers.firstValue(named: name) }
}

/// A complete request.
package struct ServerRequest: Sendable {
    /// The address of the peer, which is a proxy's where one is in front.
    package var peer: String
    /// The method as sent; methods are case-sensitive.
    package var method: String
    /// The request target as sent, query included.
    package var target: String
    /// The target without its query, not percent-decoded, so that `%2F` never passes for a slash.
    package var path: String
    /// The header fields in the order received.
    package var headers: RequestFields
    /// The body, byte for byte; at most ``ServerLimits/bodyBytesMax``.
    package var body: [UInt8]

    /// Creates a request, as a server receives it or a test needs it.
    package init(
        peer: String = "", method: String, target: String, headers: [HeaderField] = [], body: [UInt8] = []
    ) {
        self.peer = peer
        self.method = method
        self.target = target
        self.path = RequestTarget.path(of: target)
        self.headers = RequestFields(headers)
        self.body = body
    }

    init(head: RequestHead, body: [UInt8]) {
        (peer, method) = (head.peer, head.method)
        (target, path, headers) = (head.target, head.path, head.headers)
        self.body = body
    }

    /// The first value of a header, found without regard to case.
    package func header(_ name: String) -> String? { headers.firstValue(named: name) }

    /// All values of a header, in the order received.
    package func headers(named name: String) -> [String] { headers.values(named: name) }
}
