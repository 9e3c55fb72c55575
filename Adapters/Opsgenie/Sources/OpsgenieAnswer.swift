internal import AdapterKit
internal import OpenSenseWebhooks

/// Opsgenie's answer to one request.
struct OpsgenieAnswer {
    private let response: VendorResponse
    private let request: OutboundRequest
    private let product: OpsgenieProduct
    private let body: JSONValue?

    init(_ response: VendorResponse, request: OutboundRequest, product: OpsgenieProduct) {
        self.product = product
        self.response = response
        self.request = request
        body = JSONBody.decode(response.body)
    }

    /// What to ask for the outcome by; nil unless it looks like an id, since it becomes a part of a URL.
    var requestID: String? {
        guard let id = body?["requestId"]?.text, !id.isEmpty,
            id.utf8.count <= OpsgenieLimits.requestIDCharactersMax, id.utf8.allSatisfy(Self.isOfID)
        else { return nil }
        return id
    }

    /// What became of the update, from a 2xx to the question about it.
    var outcome: AdapterStep {
        guard let data = body?["data"], let isSuccess = data["isSuccess"]?.flag ?? data["success"]?.flag
        else {
            // An answer of unknown shape. The delivery engine repeats the question until
            // `DeliveryEngine.checkMilliseconds` (2 min) have passed since the first answer, and then counts
            // the update as delivered.
            return .askLater(request, after: .seconds(OpsgenieLimits.nextCheckSeconds))
        }
        if isSuccess { return .done() }
        let status = data["status"]?.text ?? ""
        let reason = "\(product.title) accepted the request and then failed: \(request.quote(status))"
        switch Action(data["action"]?.text ?? "") {
        case .create, .unknown: return .retry(after: nil, reason: reason)
        case .close where Self.meansOver(status), .follow where Self.meansOver(status):
            return .done()  // no alert is left to close or to acknowledge
        case .close: return .retry(after: nil, reason: reason)
        case .follow: return .refused(.content, reason: reason)  // holding the lane would hold up the close
        }
    }

    /// What an answer that is not 2xx means.
    var refusal: AdapterStep {
        switch (response.usualStep(explanation: request.quote(words)), request.purpose) {
        // The question failed, not the update: the question is asked again, and nothing is sent twice.
        case (.retry(let after, _), .check):
            .askLater(request, after: after ?? throttlePeriod ?? .seconds(OpsgenieLimits.nextCheckSeconds))
        // Opsgenie has accepted the update and refuses the question about its outcome, for example because
        // the key may not read.
        case (.refused, .check) where (400...499).contains(response.status): .done()
        case (.retry(nil, let reason), .deliver): .retry(after: throttlePeriod, reason: reason)
        case (let step, _): step
        }
    }

    /// How long the breached rate limit lasts, which a 429 may state instead of `Retry-After`.
    ///
    /// - Source: opsgenie-python-sdk, opsgenie-oas.json: the header; its presence on a 429 is unconfirmed.
    private var throttlePeriod: RetryAfter? {
        guard response.status == 429,
            let seconds = response.field("X-RateLimit-Period-In-Sec").flatMap({ Int($0) }),
            (1...OpsgenieLimits.periodSecondsMax).contains(seconds)
        else { return nil }
        return .seconds(seconds)
    }

    private var words: String {
        guard let body, let message = body["message"]?.text else {
            return String(decoding: response.body, as: UTF8.self)
        }
        guard case .object(let errors)? = body["errors"] else { return message }
        let faults = errors.sortedByName.map { name, fault in
            "\(name) \(fault.text ?? "is wrong")"
        }
        return ([message] + faults).joined(separator: "; ")
    }

    /// The texts are not documented but for `Alert does not exist`; the rest is a guess to the safe side.
    private static func meansOver(_ status: String) -> Bool {
        let text = status.lowercased()
        return ["does not exist", "not found", "already", "closed"].contains { text.contains($0) }
    }

    private static func isOfID(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }

    /// What was asked for, as a request's outcome names it.
    private enum Action {
        case create
        case close
        /// An acknowledgement, a note, or another message or priority.
        case follow
        case unknown

        init(_ name: String) {
            let name = name.lowercased()
            if name.contains("create") {
                self = .create
            } else if name.contains("close") {
                self = .close
            } else if ["acknowledge", "note", "message", "priority"].contains(where: name.contains) {
                self = .follow
            } else {
                self = .unknown
            }
        }
    }
}
