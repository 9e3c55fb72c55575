internal import FoundationEssentials
internal import HeaderFields

/// Where a vendor's API begins: scheme, host, optional port and path, without a slash at the end.
public struct BaseURL: Sendable, Hashable, CustomStringConvertible {
    /// The URL as text.
    public let text: String
    /// Its host in lower case, and the port when it is given.
    let authority: String

    /// The base URL in `text`, or nil unless it is `http` or `https`, a host, and at most a port and a path:
    /// credentials, a query or a fragment have no place in it.
    public init?(_ text: String) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let parts = URLComponents(string: text),
            let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = parts.host, !host.isEmpty, parts.user == nil, parts.password == nil,
            parts.query == nil, parts.fragment == nil
        else { return nil }
        authority = host.lowercased() + (parts.port.map { ":\($0)" } ?? "")
        self.text = String(text.reversed().drop { $0 == "/" }.reversed())
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
