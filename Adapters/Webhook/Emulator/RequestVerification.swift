internal import FoundationEssentials
internal import VendorSandbox

/// Whether a request is signed by someone who has the secret, by the scheme that its header fields show.
struct RequestVerification {
    /// How far the time of a signature may lie from the receiver's clock; seconds.
    ///
    /// - Source: OpenSense webhook documentation, "Signature"; Standard Webhooks leaves it to the receiver.
    static let toleranceSeconds = 300.0

    private let request: SandboxRequest
    private let secret: String
    private let now: Double

    init(_ request: SandboxRequest, secret: String, now: Double) {
        self.request = request
        self.secret = secret
        self.now = now
    }

    /// The id that the sender gave in a header field, if the scheme has one.
    var id: String? {
        switch scheme {
        case .opensense: request.header("X-OpenSense-Delivery-Id")
        case .standardWebhooks: request.header("webhook-id")
        case .hex, .bearer, nil: nil
        }
    }

    /// Why the request is not taken; nil when it is.
    func fault(acceptsUnsigned: Bool) -> String? {
        switch scheme {
        case .opensense: return openSenseFault
        case .standardWebhooks: return standardFault
        case .hex:
            let given = request.header("X-Webhook-Signature")
            return given == code([], Array(secret.utf8)).map(hexadecimal) ? nil : Self.mismatch
        case .bearer:
            let isRight = request.header("Authorization") == "Bearer \(secret)"
            return isRight ? nil : "the bearer token is another one"
        case nil: return acceptsUnsigned ? nil : "there is no signature"
        }
    }

    private enum Scheme {
        case opensense
        case standardWebhooks
        case hex
        case bearer
    }

    private var scheme: Scheme? {
        if request.header("X-OpenSense-Signature") != nil { return .opensense }
        if request.header("webhook-signature") != nil { return .standardWebhooks }
        if request.header("X-Webhook-Signature") != nil { return .hex }
        return request.header("Authorization") == nil ? nil : .bearer
    }

    private var openSenseFault: String? {
        let parts = (request.header("X-OpenSense-Signature") ?? "").split(separator: ",").map(String.init)
        guard let time = parts.first(where: { $0.hasPrefix("t=") })?.dropFirst(2),
            let tag = parts.first(where: { $0.hasPrefix("v1=") })?.dropFirst(3)
        else { return "the signature is no t=…,v1=…" }
        guard request.header("X-OpenSense-Timestamp") == String(time) else {
            return "X-OpenSense-Timestamp is not the time of the signature"
        }
        guard let id = request.header("X-OpenSense-Delivery-Id"), !id.isEmpty else {
            return "there is no X-OpenSense-Delivery-Id"
        }
        if let fault = ageFault(String(time)) { return fault }
        return code(Array("\(time).".utf8), Array(secret.utf8)).map(base64) == String(tag)
            ? nil : Self.mismatch
    }

    private var standardFault: String? {
        guard let id = request.header("webhook-id"), let time = request.header("webhook-timestamp") else {
            return "webhook-id or webhook-timestamp is missing"
        }
        if let fault = ageFault(time) { return fault }
        guard secret.hasPrefix("whsec_"), let key = Data(base64Encoded: String(secret.dropFirst(6))) else {
            return "the receiver's secret is no whsec_…"
        }
        let right = code(Array("\(id).\(time).".utf8), Array(key)).map { "v1,\(base64($0))" }
        let given = (request.header("webhook-signature") ?? "").split(separator: " ").map(String.init)
        return right.map(given.contains) ?? false ? nil : Self.mismatch
    }

    private func ageFault(_ time: String) -> String? {
        guard let seconds = Int(time) else { return "the time of the signature is no number" }
        return abs(now - Double(seconds)) <= Self.toleranceSeconds
            ? nil : "the signature is over \(Int(Self.toleranceSeconds)) s old or ahead"
    }

    private func code(_ prefix: [UInt8], _ key: [UInt8]) -> [UInt8]? {
        SandboxHMAC.sha256(of: prefix + request.body, key: key)
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    private static let mismatch = "the signature is of another secret or body"
}
