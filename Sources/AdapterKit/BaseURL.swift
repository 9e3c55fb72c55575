internal import FoundationEssentials
internal import HeaderFields

/// Where a vendor's API begins: scheme, host, optional port and path, without a slash at the end.
public struct BaseURL: Sendable, Hashable, CustomStringConvertible {
    /// The URL as text.
    public let text: String
    /// Its host in lower case, and the port when it is given.
    let authority: String
    /// Whether what is sent there can be read on its way: it is `http`, and its host is not this machine.
    public let isReadableOnTheWay: Bool
    /// Its path without a slash at the end; empty for none.
    private let path: String

    /// The base URL in `text`, or nil unless it is `http` or `https`, a host, and at most a port and a path:
    /// credentials, a query or a fragment have no place in it.
    public init?(_ text: String) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let parts = URLComponents(string: text),
            let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = parts.host, !host.isEmpty, parts.user == nil, parts.password == nil,
            parts.query == nil, parts.fragment == nil
        else { return nil }
        authority = host.lowercased() + (parts.port.map { ":\($0)" } ?? "")
        isReadableOnTheWay = scheme == "http" && !Self.isLoopback(host.lowercased())
        self.text = Self.withoutSlashes(text)
        path = Self.withoutSlashes(parts.percentEncodedPath)
    }

    /// The parts with which it ends and `path` begins: `/v2` of `/v2/enqueue` for a URL that ends in `/v2`;
    /// nil when there are none.
    ///
    /// An adapter that adds `path` would ask for them twice.
    public func end(repeatedBy path: String) -> String? {
        let (own, added) = (self.path.split(separator: "/"), path.split(separator: "/"))
        let counts = stride(from: min(own.count, added.count), to: 0, by: -1)
        guard let count = counts.first(where: { own.suffix($0).elementsEqual(added.prefix($0)) }) else {
            return nil
        }
        return "/" + own.suffix(count).joined(separator: "/")
    }

    private static func withoutSlashes(_ text: String) -> String {
        String(text.reversed().drop { $0 == "/" }.reversed())
    }

    /// Whether a host, in lower case, is this machine.
    ///
    /// - Source: RFC 6761, section 6.3, for names; RFC 1122 and 4291 for addresses.
    private static func isLoopback(_ host: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(host) || host.hasSuffix(".localhost") { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// The URL of a resource below this one.
    ///
    /// - Parameters:
    ///   - path: Its parts; each is percent-encoded, so a slash in one does not divide it.
    ///   - query: Names and values, in order.
    public func url(_ path: String..., query: KeyValuePairs<String, String> = [:]) -> String {
        let names = query.map { "\(PercentEncoding.text($0.key))=\(PercentEncoding.text($0.value))" }
        return text + path.map { "/" + PercentEncoding.text($0) }.joined()
            + (names.isEmpty ? "" : "?" + names.joined(separator: "&"))
    }

    /// The URL as text.
    public var description: String { text }
}
