internal import HeaderFields

/// Request line, header lines, a blank line, the body.
///
/// Lines end in CRLF or LF.
enum RawRequest {
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
            capture.fields.append(HeaderField(String(line[..<colon]), String(trimmed)))
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
        // Only the last coding says how the body ends; one before it, as gzip, stays in what is returned.
        let coding = capture.values("Transfer-Encoding").last?.split(separator: ",").last
        if coding?.filter({ $0 != " " && $0 != "\t" }).lowercased() == "chunked" {
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
