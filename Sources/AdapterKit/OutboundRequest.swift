internal import HeaderFields
public import OpenSenseWebhooks

/// A request to a vendor, complete but for sending it.
public struct OutboundRequest: Sendable, Hashable {
    /// Why it is sent.
    public enum Purpose: String, Sendable, Hashable, Codable {
        /// It brings an update, or looks for what an attempt before it may have brought.
        case deliver
        /// It asks what became of an update that the vendor has accepted.
        ///
        /// Without an answer the question is repeated, not the update.
        case check
    }

    /// The HTTP method.
    public enum Method: String, Sendable, Hashable, Codable {
        /// Fetches.
        case get = "GET"
        /// Creates or acts.
        case post = "POST"
        /// Replaces.
        case put = "PUT"
        /// Changes in part.
        case patch = "PATCH"
        /// Removes.
        case delete = "DELETE"

        /// Whether a request that is sent twice has no more effect than once (RFC 9110, section 9.2.2).
        package var isIdempotent: Bool {
            switch self {
            case .get, .put, .delete: true
            case .post, .patch: false
            }
        }
    }

    /// Why it is sent.
    public let purpose: Purpose
    /// The HTTP method.
    public let method: Method
    /// The absolute URL.
    public let url: String
    /// The header fields in order; `Content-Length`, `Host` and `User-Agent` are the client's.
    public let fields: [HeaderField]
    /// The body; empty for none.
    public let body: [UInt8]
    /// What the vendor counts the request under, where that is finer than the destination.
    ///
    /// One URL of many, for example. It holds no secret; nil for the destination's pace.
    public let paceKey: String?
    /// Whether it must go over a connection that was not used before.
    package var needsNewConnection = false
    /// Which of several credentials it was made with, from 0.
    package var credential = 0
    /// Texts within the request that must not be shown.
    private let secrets: [String]

    /// A request.
    ///
    /// - Parameters:
    ///   - purpose: Why it is sent.
    ///   - method: The HTTP method.
    ///   - url: The absolute URL.
    ///   - fields: The header fields.
    ///   - body: The body; empty for none.
    ///   - paceKey: What the vendor counts it under; nil for the destination as a whole.
    ///   - secrets: What ``masked`` hides wherever it stands in the request.
    public init(
        purpose: Purpose = .deliver, method: Method, url: String, fields: [HeaderField] = [],
        body: [UInt8] = [], paceKey: String? = nil,
        secrets: [Secret] = []
    ) {
        self.purpose = purpose
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
        self.paceKey = paceKey
        self.secrets = secrets.flatMap { Self.forms(of: $0.revealedText()) }
    }

    /// A secret as it is, and as it stands in a URL and within JSON; once each, and most have one form only.
    private static func forms(of secret: String) -> [String] {
        let quoted = (try? JSONBody.encode(.string(secret))) ?? Array(secret.utf8)
        let inJSON = String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
        return [PercentEncoding.text(secret), inJSON].reduce(into: [secret]) { forms, form in
            if !forms.contains(form) { forms.append(form) }
        }
    }

    /// The body as it is sent; nil for none, and then without a length where the method needs none.
    package var sentBody: [UInt8]? {
        switch method {
        case .get: nil
        case .delete: body.isEmpty ? nil : body
        case .post, .put, .patch: body
        }
    }

    /// The same request with `••••` for every secret: for logs, pages and people.
    public var masked: OutboundRequest {
        OutboundRequest(
            purpose: purpose, method: method, url: mask(url),
            fields: fields.map { HeaderField($0.name, mask($0.value)) },
            body: Array(mask(String(decoding: body, as: UTF8.self)).utf8))
    }

    /// `text` with `••••` for every secret of this request; for a vendor's answer that repeats one.
    public func mask(_ text: String) -> String {
        secrets.reduce(text) { $0.replacingBytes(of: $1, with: "••••") }
    }
}

extension OutboundRequest: CustomStringConvertible, CustomReflectable {
    /// The method and the masked URL.
    public var description: String { "\(method.rawValue) \(mask(url))" }

    /// Shows no more than ``description``.
    public var customMirror: Mirror { Mirror(self, children: ["request": description]) }
}
