internal import ASCIIBytes
internal import HeaderFields

/// Writes responses as they go over the wire.
enum ResponseBytes {
    /// How a response ends, and what is left out of it.
    struct Frame: Sendable {
        /// How the client knows where the body ends.
        enum Body: Sendable {
            case length
            case chunked
            /// With the connection; for HTTP/1.0.
            case untilClose
        }

        /// How the body ends.
        var body = Body.length
        /// Whether the body is left out, as for `HEAD`.
        var isHead = false
        /// Whether the connection ends with it.
        var closes = false
        /// Whether the client speaks HTTP/1.0, so that the answer says that the connection goes on.
        var isHTTP10 = false

        /// Whether an answer with that status has a body.
        func hasBody(_ status: Int) -> Bool { status != 204 && status != 304 && !isHead }
    }

    /// The bytes of `response`; nil where it cannot be sent.
    static func bytes(_ response: ServerResponse, _ frame: Frame, date: [UInt8]) -> [UInt8]? {
        guard isSendable(response) else { return nil }
        let hasBody = response.status != 204 && response.status != 304
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256 + response.body.count)
        bytes += "HTTP/1.1 ".utf8
        append(response.status, to: &bytes)
        bytes += " ".utf8
        bytes += ReasonPhrase.of(response.status).utf8
        bytes += "\r\nDate: ".utf8
        bytes += date
        for field in response.headers where !isOurs(field.name) {
            bytes += "\r\n".utf8
            bytes += field.name.utf8
            bytes += ": ".utf8
            bytes += field.value.utf8
        }
        switch frame.body {
        case .length where hasBody:
            bytes += "\r\nContent-Length: ".utf8
            append(response.body.count, to: &bytes)
        case .chunked where hasBody: bytes += "\r\nTransfer-Encoding: chunked".utf8
        default: break
        }
        if frame.closes || frame.body == .untilClose {
            bytes += "\r\nConnection: close".utf8
        } else if frame.isHTTP10 {
            bytes += "\r\nConnection: keep-alive".utf8
        }
        bytes += "\r\n\r\n".utf8
        if frame.body == .length, frame.hasBody(response.status) { bytes += response.body }
        return bytes
    }

    /// Adds a number, which is not negative, in decimal digits.
    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        if number >= 10 { append(number / 10, to: &bytes) }
        bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    private static func isSendable(_ response: ServerResponse) -> Bool {
        (200...599).contains(response.status)
            && response.headers.allSatisfy {
                ASCII.isToken($0.name) && $0.value.utf8.allSatisfy(ASCII.isFieldByte)
            }
    }

    /// Fields that the server writes, or that would contradict its framing.
    private static func isOurs(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4: ASCII.equalsIgnoringCase(name, "Date")
        case 10: ASCII.equalsIgnoringCase(name, "Connection")
        case 14: ASCII.equalsIgnoringCase(name, "Content-Length")
        case 17: ASCII.equalsIgnoringCase(name, "Transfer-Encoding")
        default: false
        }
    }
}

/// The phrase behind a status, which means nothing to a program (RFC 9110, section 15).
enum ReasonPhrase {
    static func of(_ status: Int) -> String { known[status] ?? "" }

    private static let known = [
        200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 301: "Moved Permanently", 302: "Found",
        303: "See Other", 304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect",
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict", 410: "Gone",
        413: "Content Too Large", 414: "URI Too Long", 417: "Expectation Failed",
        422: "Unprocessable Content", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
        500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
        503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
    ]
}
