/// What the server refuses by itself, before or in place of the handler.
package enum ServerRefusal: Error, Sendable, Hashable {
    case bodyTooLarge(maxBytes: Int)
    case contentLengthMalformed
    case contentLengthRepeated
    case framingAmbiguous
    case hostMissing
    case hostRepeated
    case openSenseHeaderRepeated(name: String)
    case headerMalformed
    case headersTooLarge
    case answerTimedOut
    case draining
    case unanswered
    case responseUnsendable

    /// The status that it is answered with.
    package var status: Int {
        switch self {
        case .bodyTooLarge: 413
        case .headersTooLarge: 431
        case .contentLengthMalformed, .contentLengthRepeated, .framingAmbiguous, .hostMissing, .hostRepeated,
            .openSenseHeaderRepeated, .headerMalformed:
            400
        case .answerTimedOut, .draining: 503
        case .unanswered, .responseUnsendable: 500
        }
    }

    /// The stable name used in answers, logs and metrics; added to, never renamed.
    package var code: String {
        switch self {
        case .bodyTooLarge: "body-too-large"
        case .contentLengthMalformed: "content-length-malformed"
        case .contentLengthRepeated: "content-length-repeated"
        case .framingAmbiguous: "framing-ambiguous"
        case .hostMissing: "host-missing"
        case .hostRepeated: "host-repeated"
        case .openSenseHeaderRepeated: "opensense-header-repeated"
        case .headerMalformed: "header-malformed"
        case .headersTooLarge: "headers-too-large"
        case .answerTimedOut: "answer-timed-out"
        case .draining: "draining"
        case .unanswered: "unanswered"
        case .responseUnsendable: "response-unsendable"
        }
    }

    /// Whether what follows on the connection can no longer be distinguished from an attack, so that it must
    /// close.
    var endsConnection: Bool {
        switch self {
        case .contentLengthMalformed, .contentLengthRepeated, .framingAmbiguous, .hostMissing, .hostRepeated,
            .openSenseHeaderRepeated, .headerMalformed, .headersTooLarge, .bodyTooLarge, .draining:
            true
        case .answerTimedOut, .unanswered, .responseUnsendable: false
        }
    }
}
