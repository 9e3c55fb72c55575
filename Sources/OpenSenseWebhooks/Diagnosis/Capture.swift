/// A recorded webhook request: a raw HTTP request, a HAR file, or a bare body.
///
/// The body is what the signature covers, so it is taken byte for byte. From a raw request it is exactly what
/// follows the blank line, cut at `Content-Length` when there is one, because editors add a newline at the
/// end.
public struct Capture: Sendable, Hashable {
    /// One header field.
    public struct Field: Sendable, Hashable {
        /// The name as it came.
        public var name: String
        /// The value without the white space around it.
        public var value: String

        /// A field.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The longest capture that is read, in bytes.
    public static let bytesMax = 64 * 1_048_576
    /// The most header fields that are read.
    public static let fieldsMax = 1_000

    /// The method; `POST` where the capture does not say.
    public var method: String
    /// The path or URL; empty where the capture does not say.
    public var target: String
    /// The header fields in order.
    public var fields: [Field]
    /// The body.
    public var body: [UInt8]
    /// When it was captured, in seconds since 1970-01-01T00:00:00Z, where the capture states it.
    public var capturedAt: Int?

    /// A capture of its parts.
    public init(
        method: String = "POST", target: String = "", fields: [Field] = [], body: [UInt8],
        capturedAt: Int? = nil
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
        self.capturedAt = capturedAt
    }

    /// Every value of the header `name`, without regard to case.
    public func values(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// Every request in `bytes`: one, or for a HAR file those that were sent with POST.
    ///
    /// Bytes that begin like an HTTP request are one, those that are a HAR file are that, and everything else
    /// is a bare body.
    ///
    /// - Throws: ``CaptureError``.
    public static func captures(in bytes: [UInt8]) throws(CaptureError) -> [Capture] {
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= bytesMax else { throw .tooLong }
        if RawRequest.looksLikeOne(bytes) { return [try RawRequest.capture(bytes)] }
        if let requests = try HAR.captures(bytes) { return requests }
        return [Capture(body: bytes)]
    }
}

/// Why a capture cannot be read.
@nonexhaustive public enum CaptureError: Error, Hashable, CustomStringConvertible {
    /// It has no bytes.
    case empty
    /// More than ``Capture/bytesMax`` bytes.
    case tooLong
    /// A header line has no colon; lines count from 1.
    case headerWithoutColon(line: Int)
    /// More than ``Capture/fieldsMax`` header fields.
    case tooManyFields
    /// The body is shorter than `Content-Length` says.
    case bodyCutShort(missingBytes: Int)
    /// A chunked body breaks the rules of chunking.
    case chunksMalformed
    /// A HAR file without a POST request.
    case noRequest

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .empty: "The capture is empty."
        case .tooLong: "The capture is longer than 64 MiB."
        case .headerWithoutColon(let line): "Line \(line) is no header: it has no colon."
        case .tooManyFields: "The capture has more than \(Capture.fieldsMax) headers."
        case .bodyCutShort(let missing):
            "The body is \(missing) byte(s) shorter than its Content-Length: the capture is cut short."
        case .chunksMalformed: "The chunked body does not follow the rules of chunking."
        case .noRequest: "The HAR file holds no POST request."
        }
    }
}

/// Request line, header lines, a blank line, the body.
///
/// Lines end in CRLF or LF.
private enum RawRequest {
    static func looksLikeOne(_ bytes: [UInt8]) -> Bool {
        let words = requestLine(bytes)
        return words.count == 3 && words[2].starts(with: "HTTP/".utf8)
    }

    /// The words of the first line, divided as bytes: next to some letters a space is not a separate
    /// `Character`.
    private static func requestLine(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        bytes.prefix { $0 != 0x0A }.split(separator: 0x20)
    }

    static func capture(_ bytes: [UInt8]) throws(CaptureError) -> Capture {
        var rest = bytes[...]
        let words = requestLine(bytes).map { String(decoding: $0, as: UTF8.self) }
        _ = takeLine(&rest)
        var capture = Capture(method: words[0], target: words[1], body: [])
        var number = 1
        while !rest.isEmpty {
            number += 1
            let line = takeLine(&rest)
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: ":") else { throw .headerWithoutColon(line: number) }
            guard capture.fields.count < Capture.fieldsMax else { throw .tooManyFields }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let trimmed = value.reversed().drop { $0 == " " || $0 == "\t" }.reversed()
            capture.fields.append(.init(name: String(line[..<colon]), value: String(trimmed)))
        }
        capture.body = try body(Array(rest), capture)
        capture.capturedAt = capture.values("Date").first.flatMap(HTTPMoment.unixTime)
        return capture
    }

    private static func takeLine(_ rest: inout ArraySlice<UInt8>) -> String {
        var line = rest.prefix { $0 != 0x0A }
        rest = rest.dropFirst(line.count + 1)
        if line.last == 0x0D { line = line.dropLast() }
        return String(decoding: line, as: UTF8.self)
    }

    private static func body(_ rest: [UInt8], _ capture: Capture) throws(CaptureError) -> [UInt8] {
        if let coding = capture.values("Transfer-Encoding").last, coding.lowercased() == "chunked" {
            return try chunked(rest)
        }
        guard let text = capture.values("Content-Length").first, let length = Int(text), length >= 0 else {
            return rest
        }
        guard rest.count >= length else { throw .bodyCutShort(missingBytes: length - rest.count) }
        return Array(rest.prefix(length))
    }

    private static func chunked(_ bytes: [UInt8]) throws(CaptureError) -> [UInt8] {
        var (rest, body) = (bytes[...], [UInt8]())
        while true {
            let size = takeLine(&rest).prefix { $0 != ";" }
            guard let length = Int(size, radix: 16), length >= 0, length <= rest.count else {
                throw .chunksMalformed
            }
            if length == 0 { return body }
            body += rest.prefix(length)
            rest = rest.dropFirst(length)
            guard takeLine(&rest).isEmpty else { throw .chunksMalformed }
        }
    }
}

/// The HTTP archive of browsers and proxies.
///
/// - Source: HTTP Archive (HAR) format, W3C editor's draft, sections `entries`, `request`, `postData`.
private enum HAR {
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
    private static func fields(_ file: JSONDocument, _ headers: Int?) -> [Capture.Field]? {
        guard let headers, !file.isNull(headers) else { return [] }
        guard let items = file.items(of: headers) else { return nil }
        var fields: [Capture.Field] = []
        for item in items {
            guard let name = file.text(file.member("name", of: item)),
                let value = file.text(file.member("value", of: item))
            else { return nil }
            fields.append(.init(name: name, value: value))
        }
        return fields
    }
}
