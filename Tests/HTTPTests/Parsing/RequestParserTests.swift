internal import HTTPReading
internal import HTTPServer
internal import Testing

/// One row of the table: what comes, what is made of it, and why.
struct ParsingCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var words: [String]

    init(_ why: String, _ text: String, _ words: String...) {
        testDescription = why
        bytes = Array(text.utf8)
        self.words = words
    }

    init(_ why: String, bytes: [UInt8], _ words: String...) {
        testDescription = why
        self.bytes = bytes
        self.words = words
    }

    static func get(_ line: String, _ fields: String = "") -> String { "\(line)\r\nHost: a\r\n\(fields)\r\n" }
    static func post(_ fields: String, _ body: String = "") -> String {
        "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\(body)"
    }
    static func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked\r\n", body) }
}

@Suite struct `A request's bytes` {
    @Test(arguments: ParsingCase.requestLines + ParsingCase.fields + ParsingCase.framing + ParsingCase.chunks)
    func `mean the same whole, cut anywhere, and one by one`(_ row: ParsingCase) {
        #expect(ParsedBytes.words(row.bytes) == row.words)
        #expect(ParsedBytes.words(row.bytes, cutAt: row.bytes.indices.dropFirst()) == row.words)
        for cut in row.bytes.indices.dropFirst() {
            let words = ParsedBytes.words(row.bytes, cutAt: [cut])
            guard words != row.words else { continue }
            Issue.record("cut at \(cut): \(words)")
        }
    }

    /// The head up to and with its empty line has `count` bytes.
    private static func head(of count: Int) -> [UInt8] {
        let rest = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n"
        let padding = String(repeating: "x", count: count - rest.utf8.count)
        return Array("GET / HTTP/1.1\r\nHost: a\r\nX: \(padding)\r\n\r\n".utf8)
    }

    @Test func `have a longest head, target, list of fields, line of a chunk and trailers`() {
        #expect(ParsedBytes.words(Self.head(of: 16_384)) == ["GET /"])
        #expect(ParsedBytes.words(Self.head(of: 16_385)) == ["refused headers-too-large"])
        #expect(ParsedBytes.words(Array(Self.head(of: 30_000)[..<16_385])) == ["refused headers-too-large"])

        let target = "/" + String(repeating: "a", count: 2_047)
        #expect(ParsedBytes.words(Array(ParsingCase.get("GET \(target) HTTP/1.1").utf8)) == ["GET \(target)"])
        let longer = Array(ParsingCase.get("GET \(target)a HTTP/1.1").utf8)
        #expect(ParsedBytes.words(longer) == ["refused target-too-long"])
        let endless = Array("GET /".utf8) + [UInt8](repeating: 0x61, count: 2_200)
        #expect(ParsedBytes.words(endless) == ["refused target-too-long"])

        let fields = (1...99).map { "x\($0): y\r\n" }.joined()
        #expect(ParsedBytes.words(Array(ParsingCase.post(fields).utf8)) == ["POST /"])
        #expect(
            ParsedBytes.words(Array(ParsingCase.post(fields + "z: \r\n").utf8)) == [
                "refused too-many-headers"
            ])

        let line = "1;" + String(repeating: "e", count: 254)
        #expect(
            ParsedBytes.words(Array(ParsingCase.chunked("\(line)\r\nx\r\n0\r\n\r\n").utf8)) == ["POST / x"])
        #expect(
            ParsedBytes.words(Array(ParsingCase.chunked("\(line)e\r\n").utf8)) == ["refused chunk-malformed"])

        let trailers = (1...8).map { _ in "t: " + String(repeating: "v", count: 507) + "\r\n" }.joined()
        #expect(ParsedBytes.words(Array(ParsingCase.chunked("0\r\n\(trailers)\r\n").utf8)) == ["POST /"])
        let more = Array(ParsingCase.chunked("0\r\n\(trailers)t: \r\n\r\n").utf8)
        #expect(ParsedBytes.words(more) == ["refused trailers-too-large"])
    }

    @Test func `have a longest body, announced or in chunks`() {
        var limits = ServerLimits()
        limits.bodyBytesMax = 10
        for (fields, body, words) in [
            ("Content-Length: 10\r\n", "0123456789", ["POST / 0123456789"]),
            ("Content-Length: 11\r\n", "", ["refused body-too-large"]),
            ("Content-Length: 999999999999999999\r\n", "", ["refused body-too-large"]),
            (
                "Transfer-Encoding: chunked\r\n", "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n",
                ["POST / 0123456789"]
            ),
            ("Transfer-Encoding: chunked\r\n", "5\r\n01234\r\n6\r\n", ["refused body-too-large"]),
            ("Transfer-Encoding: chunked\r\n", "7fffffffffffff\r\n", ["refused body-too-large"]),
            ("Transfer-Encoding: chunked\r\n", "7fffffffffffffff\r\n", ["refused chunk-malformed"]),
        ] {
            #expect(ParsedBytes.words(Array(ParsingCase.post(fields, body).utf8), limits) == words, "\(body)")
        }
    }

    @Test func `are refused for every byte that has no place where it stands`() {
        for byte in UInt8.min...UInt8.max {
            let isToken = ParsingCase.tokenBytes.contains(byte)
            expect(isToken, "GE\u{0}T / HTTP/1.1\r\nHost: a\r\n\r\n", byte, "method")
            expect(
                isToken, "GET / HTTP/1.1\r\nHost: a\r\nX\u{0}Y: z\r\n\r\n", byte, "name", exceptColon: true)
            let isValue = byte == 0x09 || (byte >= 0x20 && byte != 0x7F)
            expect(isValue, "GET / HTTP/1.1\r\nHost: a\r\nX: y\u{0}z\r\n\r\n", byte, "value")
            let isTarget = ParsingCase.targetBytes.contains(byte)
            expect(isTarget, "GET /a\u{0}b HTTP/1.1\r\nHost: a\r\n\r\n", byte, "target")
            expect(isValue, ParsingCase.chunked("1;a\u{0}b\r\nx\r\n0\r\n\r\n"), byte, "extension")
            expect(isValue, ParsingCase.chunked("0\r\nt: a\u{0}b\r\n\r\n"), byte, "trailer")
        }
    }

    /// The request with `byte` in the place of its NUL is read, or refused.
    private func expect(
        _ isRead: Bool, _ text: String, _ byte: UInt8, _ place: String, exceptColon: Bool = false
    ) {
        if exceptColon, byte == UInt8(ascii: ":") { return }
        let bytes = text.utf8.map { $0 == 0 ? byte : $0 }
        let isRefused = ParsedBytes.words(bytes).last?.hasPrefix("refused") == true
        #expect(isRefused == !isRead, "\(place): \(byte)")
    }
}

extension ParsingCase {
    /// RFC 9110, section 5.6.2.
    static let tokenBytes = Set(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    /// RFC 3986, sections 3.3 and 3.4, without the percent sign, which needs two digits behind it.
    static let targetBytes = Set(
        "-._~!$&'()*+,;=:@/?0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
}
