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
        case .answerTimedOut: message = "The delivery could not be stored in time; send it again."
        case .draining: message = "The relay is shutting down; send it again."
        default: message = refusal.message
        }
        let answer = WebhookResponse(
            status: refusal.status, code: refusal.code, message: message, retryAfterSeconds: nil)
        // What passes is no reason to use up one of the sender's tries.
        return refusal.status >= 500 ? .later(answer, random: random) : answer
    }

    /// The answer as the server sends it.
    var response: ServerResponse {
        Self.usual.first { $0.answer == self }?.response ?? newResponse
    }

    private var newResponse: ServerResponse {
        ServerResponse(
            status: status, headers: headers.map { HeaderField($0.name, $0.value) }, body: body)
    }

    /// What strangers are answered most: made once, as a stranger can ask for it without end.
    private static let usual = [WebhookResponse.unauthenticated, .notFound, .pathUnknown].map {
        (answer: $0, response: $0.newResponse)
    }
}
