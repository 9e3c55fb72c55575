internal import HTTPClient
internal import Testing

/// What servers send that break the rules of HTTP, by mistake or on purpose.
struct OddAnswer: CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    /// The status that comes of it; nil where it is a failure.
    let status: Int?

    init(_ name: String, _ status: Int?, _ text: String) {
        (testDescription, self.status) = (name, status)
        // NUL is written as ¿ in the tables.
        bytes = Array(text.utf8).split(separator: Array("¿".utf8), omittingEmptySubsequences: false)
            .map(Array.init).joined(separator: [0]).map(\.self)
    }

    static let ok = "HTTP/1.1 200 OK\r\n"
    static let two = "Content-Length: 2\r\n\r\nok"

    static let all: [OddAnswer] = [
        .init("a first header line that begins with a blank", nil, ok + " X: a\r\n" + two),
        .init("a first header line that begins with a tab", nil, ok + "\tX: a\r\n" + two),
        .init("only a line that begins with a blank", nil, ok + " \r\n" + two),
        .init("a continued header line", 200, ok + "X: a\r\n b\r\n" + two),
        .init("a continued line after the length", 200, ok + "Content-Length: 2\r\n X: a\r\n\r\nok"),
        .init("a header line without a colon", nil, ok + "nonsense\r\n" + two),
        .init("a header line that is a colon", 200, ok + ":\r\n" + two),
        .init("a header without a name", 200, ok + ": a\r\n" + two),
        .init("a header without a value", 200, ok + "X:\r\n" + two),
        .init("a NUL in a header", nil, ok + "X: a¿b\r\n" + two),
        .init("header lines that end in LF alone", 200, "HTTP/1.1 200 OK\nX: a\nContent-Length: 2\n\nok"),
        .init("bytes that are no UTF-8", 200, ok + "X: \u{e9}\r\n" + two),
        .init("four thousand short headers", 200, ok + String(repeating: "X: a\r\n", count: 4_000) + two),
        .init("a header of 200 KB", nil, ok + "X: " + String(repeating: "a", count: 200_000) + "\r\n" + two),
        .init(
            "hints before the answer", 200,
            String(repeating: "HTTP/1.1 103 Early Hints\r\nX: a\r\n\r\n", count: 3) + ok + two),
        .init(
            "a continued line in the hints", nil,
            "HTTP/1.1 103 Early Hints\r\n X: a\r\n\r\n" + ok + " Y: b\r\n" + two),
        .init("a negative length", nil, ok + "Content-Length: -2\r\n\r\nok"),
        .init("a length beyond 64 bits", nil, ok + "Content-Length: 99999999999999999999\r\n\r\nok"),
        .init("a body cut short", nil, ok + "Content-Length: 20\r\n\r\nok"),
        .init(
            "chunks with trailers", 200,
            ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: a\r\n b\r\n\r\n"),
        .init(
            "a chunk size that is no number", nil,
            ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n"),
        .init("a status beyond three digits", nil, "HTTP/1.1 2000 OK\r\n" + two),
        .init("a status line alone", 204, "HTTP/1.1 204\r\n\r\n"),
        .init("HTTP/0.9", nil, "ok"),
        .init("nothing", nil, ""),
    ]
}

@Suite struct `An odd answer` {
    @Test(arguments: OddAnswer.all)
    func `is taken or refused, again and again, and harms no other exchange`(_ odd: OddAnswer) async throws {
        let plain = Array((OddAnswer.ok + OddAnswer.two).utf8)
        // On one connection as far as that lives: after a plain answer, after another odd one, before a
        // plain one. An answer that is refused may also be one that waits for its end, so the connection
        // closes after it.
        let server = try RawServer(
            answers: odd.status == nil ? [plain, odd.bytes] : [plain, odd.bytes, odd.bytes, plain])
        defer { server.stop() }
        let client = try HTTPClient()
        defer { client.close() }
        let request = ClientRequest(
            method: "GET", url: "http://127.0.0.1:\(server.port)/", timeoutSeconds: 10)
        #expect(try await client.send(request).status == 200)
        for _ in 0..<4 {
            do throws(ClientFailure) {
                let response = try await client.send(request)
                #expect([odd.status, 200].contains(response.status))
                #expect(response.status == 204 || response.body == Array("ok".utf8))
            } catch {
                #expect(odd.status == nil, "\(error)")
                #expect(["response-invalid", "response-too-large", "connection-lost"].contains(error.code))
                // Whichever of the library and this module found it, a person reads what to look at.
                if error.code == "response-too-large" {
                    #expect(
                        error.message.contains("over 64 KiB") && error.message.contains("check the address"))
                }
            }
        }
    }
}
