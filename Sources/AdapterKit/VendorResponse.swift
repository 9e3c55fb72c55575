internal import FoundationEssentials

/// A vendor's answer, or as much of it as matters.
public struct VendorResponse: Sendable, Hashable {
    /// The HTTP status, 100 to 599.
    public let status: Int
    /// The header fields in order.
    public let fields: [OutboundRequest.Field]
    /// The body, cut at 64 KiB.
    public let body: [UInt8]

    /// An answer.
    public init(status: Int, fields: [OutboundRequest.Field] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The first field called `name`, without regard to case.
    public func field(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The answer's `Retry-After` when it has a well-formed one: seconds, or an HTTP date.
    public var retryAfter: RetryAfter? {
        guard let value = field("Retry-After") else { return nil }
        let text = String(value.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return .seconds(Int(text) ?? .max)
        }
        return HTTPDate.unixTime(text).map(RetryAfter.unixTime)
    }

    /// The disposition that the status alone suggests, the same for every vendor: 2xx is delivered; 408, 425,
    /// 429 and 5xx are tried again; everything else is refused for good.
    ///
    /// - Parameter explanation: The vendor's own words, already masked.
    public func usualDisposition(explanation: String) -> Disposition {
        switch status {
        case 200...299: .delivered(correlation: nil)
        case 408, 425, 429, 500...599: .retry(after: retryAfter, reason: reason(explanation))
        default: .rejected(reason: reason(explanation))
        }
    }

    private func reason(_ explanation: String) -> String {
        explanation.isEmpty ? "status \(status)" : "status \(status): \(explanation)"
    }
}

/// The date of RFC 9110 section 5.6.7 in its preferred form: `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since 1970-01-01T00:00:00Z, or nil when `text` is no such date.
    static func unixTime(_ text: String) -> Int? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", words[0].hasSuffix(","), words[3].count == 4,
            let day = Int(words[1]), let month = months.firstIndex(of: String(words[2])), words[1].count == 2
        else { return nil }
        // Foundation's ISO 8601 parser checks the ranges, leap years included.
        let number = month + 1
        let iso = "\(words[3])-\(number < 10 ? "0" : "")\(number)-\(day < 10 ? "0" : "")\(day)T\(words[4])Z"
        guard let date = try? Date.ISO8601FormatStyle().parse(iso) else { return nil }
        return Int(date.timeIntervalSince1970)
    }
}
