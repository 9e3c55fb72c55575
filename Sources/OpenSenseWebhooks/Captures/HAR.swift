internal import HeaderFields

/// The HTTP archive of browsers and proxies.
///
/// - Source: HTTP Archive (HAR) format, W3C editor's draft, sections `entries`, `request`, `postData`.
enum HAR {
    /// The POST requests of a HAR file; nil when `bytes` are something else.
    static func captures(_ bytes: [UInt8]) throws(CaptureError) -> [Capture]? {
        guard let file = try? JSONDocument(bytes),
            let entries = file.items(of: file.member("entries", of: file.member("log", of: file.root)))
        else { return nil }
        var captures: [Capture] = []
        for entry in entries {
            guard let capture = capture(file, entry) else { return nil }
            if capture.method == "POST" { captures.append(capture) }
        }
        guard !captures.isEmpty else { throw .noRequest }
        return captures
    }

    private static func capture(_ file: JSONDocument, _ entry: Int) -> Capture? {
        let request = file.member("request", of: entry)
        guard let method = file.text(file.member("method", of: request)),
            let url = file.text(file.member("url", of: request)),
            let fields = fields(file, file.member("headers", of: request))
        else { return nil }
        let text = file.text(file.member("text", of: file.member("postData", of: request)))
        let startedAt = file.text(file.member("startedDateTime", of: entry)).flatMap(EventTime.init)
        return Capture(
            method: method, target: url, fields: fields, body: Array((text ?? "").utf8),
            capturedAt: startedAt.map { CivilTime.floorDivide($0.unixMilliseconds, 1_000) })
    }

    /// The header fields; nil when what stands there is no list of them.
    private static func fields(_ file: JSONDocument, _ headers: Int?) -> [HeaderField]? {
        guard let headers, !file.isNull(headers) else { return [] }
        guard let items = file.items(of: headers) else { return nil }
        var fields: [HeaderField] = []
        for item in items {
            guard let name = file.text(file.member("name", of: item)),
                let value = file.text(file.member("value", of: item))
            else { return nil }
            fields.append(HeaderField(name, value))
        }
        return fields
    }
}
