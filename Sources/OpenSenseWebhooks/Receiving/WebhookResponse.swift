/// The answer to the sender: a status, a stable code, one sentence, and the delivery's id when it is
/// authentic.
///
/// OpenSense drops a delivery for ever on any 4xx but 429, and tries again on 429 and 5xx, so the status is
/// where data is lost or kept. An answer to an unauthenticated peer does not say why a signature was refused.
///
/// The whole table is in <doc:WhatToAnswer>.
///
/// - Source: OpenSense webhook documentation, "Retry policy" (its `Outbound` log shows the first 4 KB of an
///   answer).
public struct WebhookResponse: Sendable, Hashable {
    /// The longest part of a delivery's id that is repeated, in bytes.
    public static let deliveryIDBytesMax = 200

    /// Room for most bodies, in bytes.
    private static let usualBodyBytes = 200

    /// The HTTP status.
    public let status: Int
    /// The stable name of the answer; added to, never renamed.
    public let code: String
    /// One sentence for a person who reads the sender's log.
    public let message: String
    /// The delivery's id, only when it is authentic.
    public var deliveryID: String?
    /// When the sender is asked to try again, in seconds from now.
    public var retryAfterSeconds: Int?
    /// The methods that are allowed here, for an answer 405.
    public var allow: String?

    /// An answer.
    public init(
        status: Int, code: String, message: String, deliveryID: String? = nil,
        retryAfterSeconds: Int? = nil, allow: String? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.deliveryID = deliveryID
        self.retryAfterSeconds = retryAfterSeconds
        self.allow = allow
    }

    /// The header fields that belong to it, `Content-Length` left to the server.
    public var headers: [(name: String, value: String)] {
        var headers = [(name: "Content-Type", value: "application/json")]
        if let retryAfterSeconds { headers.append((name: "Retry-After", value: "\(retryAfterSeconds)")) }
        if let allow { headers.append((name: "Allow", value: allow)) }
        return headers
    }

    /// The body: a JSON object with `code`, `message` and perhaps `delivery_id`, below 4 KB.
    public var body: [UInt8] {
        var text = ""
        text.reserveCapacity(Self.usualBodyBytes)
        text += "{\"code\":"
        JSONText.append(code, to: &text)
        text += ",\"message\":"
        JSONText.append(message, to: &text)
        if let deliveryID {
            text += ",\"delivery_id\":"
            JSONText.append(JSONText.cut(deliveryID, bytesMax: Self.deliveryIDBytesMax), to: &text)
        }
        text += "}\n"
        return Array(text.utf8)
    }
}

extension WebhookResponse {
    /// The same as an answer that asks the sender to come again, which a 5xx would do at the cost of one of
    /// its tries.
    package func puttingOff(retryAfterSeconds: Int) -> WebhookResponse {
        WebhookResponse(
            status: 429, code: code, message: message, deliveryID: deliveryID,
            retryAfterSeconds: retryAfterSeconds)
    }
}

/// The answers that every receiver of ours gives alike.
extension WebhookResponse {
    /// 401 to a request that none of the secrets signed; it says nothing about why.
    public static let unauthenticated = WebhookResponse(
        status: 401, code: "unauthenticated", message: "The request is not signed as this receiver expects.")
    package static let postOnly = WebhookResponse(
        status: 405, code: "method-not-allowed", message: "Deliveries are sent with POST.", allow: "POST")
    package static let notFound = WebhookResponse(
        status: 404, code: "not-found", message: "Nothing is received at this path.")
    /// It is signed, and what for cannot be said: the sender keeps it until someone has mended the URL.
    package static let pathUnknown = WebhookResponse(
        status: 429, code: "path-unknown",
        message: "No source is at this path; correct the URL of the webhook.", retryAfterSeconds: 60)
    package static let storeUnavailable = WebhookResponse(
        status: 503, code: "store-unavailable", message: "The delivery could not be stored; send it again.",
        retryAfterSeconds: 5)
    package static let cryptographyUnavailable = WebhookResponse(
        status: 429, code: "cryptography-unavailable",
        message: "The signature could not be checked; send it again.", retryAfterSeconds: 5)

    package static func bodyTooLarge(bytesMax: Int) -> WebhookResponse {
        WebhookResponse(
            status: 413, code: "body-too-large", message: "The body is longer than \(bytesMax) bytes.")
    }
    /// A signature that no secret of ours made, of a request that is not kept: should the secret be wrong on
    /// this side, the sender still has it.
    package static func notKept(retryAfterSeconds: Int) -> WebhookResponse {
        WebhookResponse(
            status: 429, code: "not-kept",
            message:
                "The signature matches no secret, and the request is not kept: it is not of now, or too many "
                + "are kept already.", retryAfterSeconds: retryAfterSeconds)
    }
    package static func stale(_ id: String?) -> WebhookResponse {
        WebhookResponse(
            status: 429, code: "timestamp-outside-tolerance",
            message:
                "The signed timestamp is too far from this receiver's clock; send it again with a new one.",
            deliveryID: id, retryAfterSeconds: 60)
    }
    package static func staleRejected(_ id: String?) -> WebhookResponse {
        WebhookResponse(
            status: 401, code: "timestamp-outside-tolerance",
            message: "The signed timestamp is too far from this receiver's clock.", deliveryID: id)
    }
    package static func headerDisagrees(_ name: String, _ id: String?) -> WebhookResponse {
        WebhookResponse(
            status: 401, code: "header-disagrees", message: "\(name) disagrees with what was signed.",
            deliveryID: id)
    }
    package static func overloaded(retryAfterSeconds: Int) -> WebhookResponse {
        WebhookResponse(
            status: 429, code: "overloaded", message: "Too much is waiting to be stored; send it again.",
            retryAfterSeconds: retryAfterSeconds)
    }
}
