internal import OpenSenseWebhooks

/// A vendor's answer, or as much of it as matters.
public struct VendorResponse: Sendable, Hashable {
    /// The HTTP status, 100 to 599.
    public let status: Int
    /// The header fields in order.
    public let fields: [HeaderField]
    /// The body, cut at 64 KiB.
    public let body: [UInt8]

    /// An answer.
    public init(status: Int, fields: [HeaderField] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The first field called `name`, without regard to case.
    public func field(_ name: String) -> String? { fields.firstValue(named: name) }

    /// The answer's `Retry-After` when it has a well-formed one: seconds, or an HTTP date.
    public var retryAfter: RetryAfter? {
        guard let value = field("Retry-After") else { return nil }
        let text = String(value.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return .seconds(Int(text) ?? .max)
        }
        return HTTPMoment.unixTime(text).map(RetryAfter.unixTime)
    }

    /// The step that the status alone suggests, the same for every vendor: 2xx is done; 3xx, 408, 425, 429
    /// and 5xx are tried again; 401, 402 and 403 refuse the credentials, everything else the content.
    ///
    /// - Parameters:
    ///   - explanation: The vendor's words, already masked, as by ``OutboundRequest/quote(_:)``.
    ///   - isAddressCredential: Whether the request's address is the credential, as that of a webhook is: 404
    ///     and 410 refuse it then.
    public func usualStep(explanation: String, isAddressCredential: Bool = false) -> AdapterStep {
        switch status {
        case 200...299: .done()
        // A redirect is not followed. It comes from a proxy or a wrong address, never from the vendor's
        // answer to an alarm, so it is waited out.
        case 300...399, 408, 425, 429, 500...599: .retry(after: retryAfter, reason: reason(explanation))
        case 401...403: .refused(.credentials, reason: reason(explanation))
        case 404 where isAddressCredential, 410 where isAddressCredential:
            .refused(.credentials, reason: reason(explanation))
        default: .refused(.content, reason: reason(explanation))
        }
    }

    private func reason(_ explanation: String) -> String {
        explanation.isEmpty ? "status \(status)" : "status \(status): \(explanation)"
    }
}
