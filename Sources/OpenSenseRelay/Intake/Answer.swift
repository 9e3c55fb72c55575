internal import RelayHTTP

/// What a sender is told: a status, a stable code, one sentence, and the delivery's id when it is authentic.
///
/// The sender drops a delivery for ever on any 4xx but 429, and tries again on 429 and 5xx, so the status is
/// where data is lost or kept. A stranger is told nothing about why a signature was refused.
struct Answer: Sendable, Hashable {
    /// The longest part of a delivery's id that is repeated, in bytes.
    static let deliveryIDBytesMax = 200

    let status: Int
    let code: String
    let message: String
    var deliveryID: String?
    var retryAfterSeconds: Int?
    var allow: String?

    static func accepted(_ id: String) -> Answer {
        Answer(status: 200, code: "accepted", message: "The delivery is stored.", deliveryID: id)
    }
    static func duplicate(_ id: String) -> Answer {
        Answer(status: 200, code: "duplicate", message: "The delivery was stored before.", deliveryID: id)
    }
    static func notUnderstood(_ id: String) -> Answer {
        Answer(
            status: 200, code: "not-understood",
            message: "The delivery is stored for a person to look at: its body is not a known event.",
            deliveryID: id)
    }
    static func stale(_ id: String?) -> Answer {
        Answer(
            status: 429, code: "timestamp-outside-tolerance",
            message:
                "The signed timestamp is too far from this receiver's clock; send it again with a new one.",
            deliveryID: id, retryAfterSeconds: 60)
    }
    static func staleRejected(_ id: String?) -> Answer {
        Answer(
            status: 401, code: "timestamp-outside-tolerance",
            message: "The signed timestamp is too far from this receiver's clock.", deliveryID: id)
    }
    static func headerDisagrees(_ name: String, _ id: String?) -> Answer {
        Answer(
            status: 401, code: "header-disagrees", message: "\(name) disagrees with what was signed.",
            deliveryID: id)
    }
    static func overloaded(retryAfterSeconds: Int) -> Answer {
        Answer(
            status: 429, code: "overloaded", message: "Too much is waiting to be stored; send it again.",
            retryAfterSeconds: retryAfterSeconds)
    }

    static let unauthenticated = Answer(
        status: 401, code: "unauthenticated", message: "The request is not signed as this receiver expects.")
    static let notFound = Answer(
        status: 404, code: "not-found", message: "Nothing is received at this path.")
    static let postOnly = Answer(
        status: 405, code: "method-not-allowed", message: "Deliveries are sent with POST.", allow: "POST")
    static let getOnly = Answer(
        status: 405, code: "method-not-allowed", message: "This path is read with GET.", allow: "GET, HEAD")
    static let storeUnavailable = Answer(
        status: 503, code: "store-unavailable", message: "The delivery could not be stored; send it again.",
        retryAfterSeconds: 5)
    static let cryptographyUnavailable = Answer(
        status: 503, code: "cryptography-unavailable",
        message: "The signature could not be checked; send it again.",
        retryAfterSeconds: 5)
    static let healthy = Answer(status: 200, code: "ok", message: "The relay is running.")
    static let ready = Answer(status: 200, code: "ready", message: "The store can commit.")

    /// The answer for what the server refuses before a delivery is read.
    static func refusal(_ refusal: ServerRefusal) -> Answer {
        let message: String
        switch refusal {
        case .bodyTooLarge(let max): message = "The body is longer than \(max) bytes."
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
        let isPassing = refusal.status >= 500
        return Answer(
            status: refusal.status, code: refusal.code, message: message,
            retryAfterSeconds: isPassing ? 5 : nil)
    }

    /// The answer on the wire; below 4 KB, which is what the sender's log shows.
    var response: ServerResponse {
        var text = "{\"code\":\"\(code)\",\"message\":\(JSONText.quoted(message))"
        if let deliveryID {
            text +=
                ",\"delivery_id\":"
                + JSONText.quoted(JSONText.cut(deliveryID, bytesMax: Self.deliveryIDBytesMax))
        }
        var headers = [HTTPField(name: "Content-Type", value: "application/json")]
        if let retryAfterSeconds {
            headers.append(HTTPField(name: "Retry-After", value: "\(retryAfterSeconds)"))
        }
        if let allow { headers.append(HTTPField(name: "Allow", value: allow)) }
        return ServerResponse(status: status, headers: headers, body: Array((text + "}\n").utf8))
    }
}
