internal import FoundationEssentials

/// The URL of a receiver, in the parts that a request line and a `Host` header need.
struct TargetURL {
    /// The whole URL.
    let text: String
    /// Host and port.
    let authority: String
    /// Path and query.
    let target: String

    /// - Throws: ``CommandError`` with code 64 unless it is an `http` or `https` URL with a host.
    init(_ text: String, _ help: CommandHelp) throws(CommandError) {
        guard let parts = URLComponents(string: text), ["http", "https"].contains(parts.scheme ?? ""),
            let host = parts.host, !host.isEmpty, parts.user == nil
        else {
            throw ParsedArguments.usage(help, "--to takes a URL such as http://127.0.0.1:8080/opensense.")
        }
        self.text = text
        authority = host + (parts.port.map { ":\($0)" } ?? "")
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        target = path + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }
}
