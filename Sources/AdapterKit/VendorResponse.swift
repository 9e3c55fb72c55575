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

    /// The answer's `Retry-After` when it has a well-formed one: seconds, also with a fraction, which counts
    /// as a whole one, or an HTTP date in any of its forms.
    ///
    /// - Source: RFC 9110, section 10.2.3, which knows whole seconds alone; some vendors send `60.0`.
    public var retryAfter: RetryAfter? {
        guard let value = field("Retry-After") else { return nil }
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let text = Array(value.utf8.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
        if let seconds = Self.seconds(text) { return seconds }
        return HTTPMoment.unixTime(String(decoding: text, as: UTF8.self)).map(RetryAfter.unixTime)
    }

    private static func seconds(_ text: [UInt8]) -> RetryAfter? {
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let isNumber = parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }
        guard isNumber else { return nil }
        let whole = Int(String(decoding: parts[0], as: UTF8.self)) ?? .max
        let isMore = parts.count > 1 && parts[1].contains { $0 != UInt8(ascii: "0") }
        return .seconds(isMore && whole < .max ? whole + 1 : whole)
    }

    /// Whether the body is a page for a browser: it begins with `<`.
    ///
    /// No API of a vendor's answers with one, whatever its status: a proxy does, a network that asks guests
    /// to sign in, or a wrong address.
    public var isWebPage: Bool {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = body.starts(with: mark) ? body.dropFirst(mark.count) : body[...]
        return text.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "<")
    }

    /// The step that the status suggests, the same for every vendor.
    ///
    /// 2xx is done, unless with a ``isWebPage``, which is tried again; so are 3xx, 408, 425, 429 and 5xx;
    /// 401, 402 and 403 refuse the credentials, everything else the content.
    ///
    /// - Parameters:
    ///   - explanation: The vendor's words, already masked, as by ``OutboundRequest/quote(_:)``.
    ///   - isAddressCredential: Whether the request's address is the credential, as that of a webhook is: 404
    ///     and 410 refuse it then.
    public func usualStep(explanation: String, isAddressCredential: Bool = false) -> AdapterStep {
        switch status {
        case 200...299 where isWebPage:
            .retry(after: nil, reason: "status \(status) with a web page is no answer of the vendor's")
        case 200...299: .done()
        // A redirect is not followed. It comes from a proxy or a wrong address, never from the vendor's
        // answer to an alarm, so it is waited out.
        case 300...399:
            .retry(
                after: retryAfter,
                reason: reason("a redirect, which is not followed; check the address", explanation))
        case 408, 425, 429, 500...599: .retry(after: retryAfter, reason: reason(explanation))
        case 401...403: .refused(.credentials, reason: reason(explanation))
        case 404 where isAddressCredential, 410 where isAddressCredential:
            .refused(.credentials, reason: reason(explanation))
        default: .refused(.content, reason: reason(explanation))
        }
    }

    private func reason(_ explanations: String...) -> String {
        (["status \(status)"] + explanations.filter { !$0.isEmpty }).joined(separator: ": ")
    }
}
