internal import ASCIIBytes
package import HeaderFields

/// One request to send.
package struct ClientRequest: Sendable {
    /// The method, a token.
    package var method: String
    /// An absolute `http:` or `https:` URL without spaces or control characters.
    package var url: String
    /// The header fields, sent in this order.
    ///
    /// `Host` and `Content-Length` are added; nothing else is.
    package var headers: [HeaderField]
    /// The body; nil sends none (and `Content-Length: 0` with the methods that are expected to have one).
    package var body: [UInt8]?
    /// Whether it goes over a connection that was not used before: libcurl repeats a request when a used one
    /// turns out to be closed, and cannot know whether the server has taken it.
    package var needsNewConnection: Bool
    /// Seconds for the whole exchange, name resolution and waiting for a connection included; more than 0.
    package var timeoutSeconds: Double
    /// Since when these seconds count; nil for the moment at which it is given to the client.
    ///
    /// For a request that must not be sent late it is the moment of the decision to send: the process may be
    /// frozen at any time after that.
    package var since: ContinuousClock.Instant?

    /// Creates a request; it is checked when it is sent.
    package init(
        method: String, url: String, headers: [HeaderField] = [], body: [UInt8]? = nil,
        needsNewConnection: Bool = false, timeoutSeconds: Double = 10, since: ContinuousClock.Instant? = nil
    ) {
        self.since = since
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.needsNewConnection = needsNewConnection
        self.timeoutSeconds = timeoutSeconds
    }

    /// The reason why this must not be sent, or nil.
    ///
    /// A line break in a header would start a second request.
    var fault: String? {
        if !ASCII.isToken(method) { return "The method is not a token." }
        if !ASCII.hasPrefixIgnoringCase(url, "http://") && !ASCII.hasPrefixIgnoringCase(url, "https://") {
            return "The URL does not begin with http:// or https://."
        }
        if !url.utf8.allSatisfy({ $0 > ASCII.space && $0 != ASCII.delete }) {
            return "The URL holds a space or a control character."
        }
        if !headers.allSatisfy({ ASCII.isToken($0.name) }) { return "A header name is not a token." }
        if let field = headers.first(where: { !$0.value.utf8.allSatisfy(ASCII.isFieldByte) }) {
            return "The value of header \(field.name) holds a control character."
        }
        let headBytes = headers.reduce(method.utf8.count + url.utf8.count) { bytes, field in
            bytes + field.name.utf8.count + field.value.utf8.count + 4
        }
        if headBytes > ClientRequest.headBytesMax {
            return "The URL and the headers have more than \(ClientRequest.headBytesMax) bytes."
        }
        if body?.count ?? 0 > ClientRequest.bodyBytesMax {
            return "The body has more than \(ClientRequest.bodyBytesMax) bytes."
        }
        if !(timeoutSeconds > 0 && timeoutSeconds <= ClientRequest.timeoutSecondsMax) {
            return "The timeout is not within 0 and \(ClientRequest.timeoutSecondsMax) seconds."
        }
        return nil
    }

    /// The longest head that is sent, in bytes.
    ///
    /// Servers take 8 to 64 KiB; libcurl gives up at 1 MiB as if memory were out.
    package static let headBytesMax = 262_144
    /// The longest body that is sent, in bytes; what vendors take ends far below.
    package static let bodyBytesMax = 16_777_216
    /// One day.
    private static let timeoutSecondsMax: Double = 86_400
}

/// What came back.
package struct ClientResponse: Sendable, Hashable {
    /// The status, 100...999.
    package var status: Int
    /// The header fields in the order received.
    package var headers: [HeaderField]
    /// The beginning of the body, at most ``HTTPClient/bodyBytesMax``; the rest is dropped.
    package var body: [UInt8]

    /// Creates a response, as a test needs it.
    package init(status: Int, headers: [HeaderField] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first value of a header, found without regard to case.
    package func header(_ name: String) -> String? { headers.firstValue(named: name) }
}

/// Why no response came back.
package struct ClientFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The stable name: `request-invalid`, `timeout`, `could-not-connect`, `name-not-resolved`,
    /// `proxy-failed`, `tls-failed`, `connection-lost`, `response-invalid`, `response-too-large`,
    /// `cancelled`, `closed` or `other`.
    package var code: String
    /// One sentence, safe to log: host names at most, no URL, no header, no body.
    package var message: String
    /// Whether nothing of the request was sent: the peer certainly does not know of it.
    ///
    /// False where it may have arrived, whether it was answered or not.
    package var isUnsent: Bool

    /// Whether the request itself is at fault, so that it would fail each time; nothing of it was sent.
    package var isInvalid: Bool { code == ClientFailure.invalidCode }

    /// Creates a failure.
    package init(code: String, message: String, isUnsent: Bool = false) {
        self.code = code
        self.message = message
        self.isUnsent = isUnsent
    }

    /// The message.
    package var description: String { message }

    static let cancelled = ClientFailure(
        code: "cancelled", message: "The request was cancelled before the answer came.")
    static let closed = ClientFailure(
        code: "closed", message: "The client was closed before the answer came.")

    /// A request that is not sent because of what is wrong with it.
    static func invalid(_ fault: String) -> ClientFailure {
        ClientFailure(code: invalidCode, message: fault, isUnsent: true)
    }

    static let invalidCode = "request-invalid"
}
