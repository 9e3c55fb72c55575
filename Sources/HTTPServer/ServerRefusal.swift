/// What the server refuses by itself, before or in place of the handler.
package enum ServerRefusal: Error, Sendable, Hashable, CaseIterable {
    case requestLineMalformed
    case methodMalformed
    case targetMalformed
    case targetTooLong
    case versionMissing
    case versionMalformed
    case versionUnsupported
    case tlsUnexpected
    case tlsMissing
    case proxyProtocolUnexpected
    case headerMalformed
    case headersTooLarge
    case tooManyHeaders
    case hostMissing
    case hostRepeated
    case hostMalformed
    case contentLengthMalformed
    case contentLengthRepeated
    case transferEncodingUnsupported
    case framingAmbiguous
    case expectationUnknown
    case bodyTooLarge(maxBytes: Int)
    case chunkMalformed
    case trailersTooLarge
    case answerTimedOut
    case draining
    case unanswered
    case streamsExhausted
    case responseUnsendable

    /// One of each, for tests and tables.
    package static let allCases: [ServerRefusal] = [
        .requestLineMalformed, .methodMalformed, .targetMalformed, .targetTooLong, .versionMissing,
        .versionMalformed, .versionUnsupported, .tlsUnexpected, .tlsMissing, .proxyProtocolUnexpected,
        .headerMalformed, .headersTooLarge, .tooManyHeaders, .hostMissing, .hostRepeated, .hostMalformed,
        .contentLengthMalformed, .contentLengthRepeated, .transferEncodingUnsupported, .framingAmbiguous,
        .expectationUnknown, .bodyTooLarge(maxBytes: 1_048_576), .chunkMalformed, .trailersTooLarge,
        .answerTimedOut, .draining, .unanswered, .streamsExhausted, .responseUnsendable,
    ]

    /// The status that it is answered with.
    package var status: Int { wording.status }
    /// The stable name used in answers, logs and metrics; added to, never renamed.
    package var code: String { wording.code }
    /// One sentence that says what to do.
    package var message: String { wording.message }

    /// Whether what follows on the connection can no longer be distinguished from an attack, so that it must
    /// close.
    var endsConnection: Bool {
        switch self {
        case .answerTimedOut, .unanswered, .streamsExhausted, .responseUnsendable: false
        default: true
        }
    }

    private var wording: (status: Int, code: String, message: String) {
        switch self {
        case .requestLineMalformed: (400, "request-line-malformed", "The first line is no request line.")
        case .methodMalformed: (400, "method-malformed", "The request does not begin with a method.")
        case .targetMalformed: (400, "target-malformed", "The target is not written as a URL's path is.")
        case .targetTooLong: (414, "target-too-long", "The target is too long.")
        case .versionMissing: (400, "version-missing", "The request line has no version.")
        case .versionMalformed: (400, "version-malformed", "The version is not written as HTTP/1.1 is.")
        case .versionUnsupported: (505, "version-unsupported", "Send HTTP/1.1.")
        case .tlsUnexpected: (400, "tls-unexpected", "This port speaks HTTP without TLS.")
        case .tlsMissing: (400, "tls-missing", "This port speaks TLS; begin the URL with https.")
        case .proxyProtocolUnexpected:
            (400, "proxy-protocol-unexpected", "Switch the PROXY protocol off; X-Forwarded-For is read.")
        case .headerMalformed: (400, "header-malformed", "A header field is not written as RFC 9112 has it.")
        case .headersTooLarge: (431, "headers-too-large", "The headers are too long.")
        case .tooManyHeaders: (431, "too-many-headers", "There are too many header fields.")
        case .hostMissing: (400, "host-missing", "Host is missing.")
        case .hostRepeated: (400, "host-repeated", "Host appears more than once.")
        case .hostMalformed: (400, "host-malformed", "Host is not a host and a port.")
        case .contentLengthMalformed:
            (400, "content-length-malformed", "Content-Length is not a number of bytes.")
        case .contentLengthRepeated:
            (400, "content-length-repeated", "Content-Length appears more than once.")
        case .transferEncodingUnsupported:
            (400, "transfer-encoding-unsupported", "Of the transfer codings only chunked is read.")
        case .framingAmbiguous:
            (
                400, "framing-ambiguous",
                "Send one Content-Length or, with HTTP/1.1, one Transfer-Encoding, and not both."
            )
        case .expectationUnknown: (417, "expectation-unknown", "Of Expect only 100-continue is read.")
        case .bodyTooLarge(let max): (413, "body-too-large", "The body is longer than \(max) bytes.")
        case .chunkMalformed: (400, "chunk-malformed", "A chunk is not written as RFC 9112 has it.")
        case .trailersTooLarge: (400, "trailers-too-large", "The trailers are too long.")
        case .answerTimedOut: (503, "answer-timed-out", "The request could not be answered in time.")
        case .draining: (503, "draining", "The server is shutting down; send it again.")
        case .unanswered: (500, "unanswered", "The request could not be answered; send it again.")
        case .streamsExhausted: (503, "streams-exhausted", "Too many others are listening; try again later.")
        case .responseUnsendable: (500, "response-unsendable", "The answer could not be sent; send it again.")
        }
    }
}
