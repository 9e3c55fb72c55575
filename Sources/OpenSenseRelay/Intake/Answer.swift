internal import HTTPServer
internal import HeaderFields
internal import OpenSenseWebhooks
internal import RelayCore

/// Between the answers of the intake and those of the server.
extension WebhookResponse {
    /// The answer for what the server refuses before a delivery is read.
    ///
    /// - Parameter random: Uniform random bits.
    static func refusal(_ refusal: ServerRefusal, random: UInt64) -> WebhookResponse {
        let message: String
        switch refusal {
        case .bodyTooLarge(let max): return .bodyTooLarge(bytesMax: max)
        case .contentLengthMalformed: message = "Content-Length is not a number of bytes."
        case .contentLengthRepeated: message = "Content-Length appears more than once."
        case .framingAmbiguous: message = "Content-Length and Transfer-Encoding exclude each other."
        case .hostRepeated: message = "Host appears more than once."
        case .openSenseHeaderRepeated(let name): message = "\(name) appears more than once."
        case .headerMalformed: message = "A header holds a control character."
        case .headersTooLarge: message = "The headers are too long."
        case .answerTimedOut: message = "The delivery could not be stored in time; send it again."
        case .draining: message = "The relay is shutting down; send it again."
        default: message = "The request could not be answered; send it again."
        }
        let answer = WebhookResponse(
            status: refusal.status, code: refusal.code, message: message, retryAfterSeconds: nil)
        // What passes is no reason to use up one of the sender's tries.
        return refusal.status >= 500 ? .later(answer, random: random) : answer
    }

    /// The answer as the server sends it.
    var response: ServerResponse {
        ServerResponse(
            status: status, headers: headers.map { HeaderField($0.name, $0.value) }, body: body)
    }
}
