internal import HTTPServer
internal import Testing

struct RefusedRequest: CustomTestStringConvertible {
    var testDescription: String
    var bytes: String
    var status = 400
    var code: String?

    static let hello = "Content-Length: 5\r\n\r\nhello"
    static let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    static func post(_ headers: String) -> String { "POST / HTTP/1.1\r\nHost: a\r\n\(headers)" }

    /// Where `code` is nil, libmicrohttpd refuses the request before this module sees it.
    static let all: [RefusedRequest] = [
        .init(
            testDescription: "length and chunked at once",
            bytes: post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello"),
            code: "framing-ambiguous"),
        .init(
            testDescription: "two codings", bytes: post("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
            code: "framing-ambiguous"),
        .init(
            testDescription: "coding given twice",
            bytes: post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            code: "framing-ambiguous"),
        .init(
            testDescription: "chunked in HTTP/1.0",
            bytes: "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", code: "framing-ambiguous"
        ),
        .init(
            testDescription: "two lengths that differ",
            bytes: post("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
            code: "content-length-repeated"),
        .init(
            testDescription: "two lengths that agree",
            bytes: post("Content-Length: 5\r\ncontent-length: 5\r\n\r\nhello"),
            code: "content-length-repeated"),
        .init(testDescription: "two hosts", bytes: post("HOST: b\r\n\(hello)"), code: "host-repeated"),
        .init(
            testDescription: "a signed header given twice",
            bytes: post("X-OpenSense-Signature: a\r\nx-opensense-signature: b\r\n\(hello)"),
            code: "opensense-header-repeated"),
        .init(
            testDescription: "NUL in a value", bytes: post("X: a\0b\r\n\(hello)"), code: "header-malformed"),
        .init(
            testDescription: "NUL at the end of a value", bytes: post("X: a\0\r\n\(hello)"),
            code: "header-malformed"),
        .init(
            testDescription: "NUL in the last value",
            bytes: post("Content-Length: 5\r\nX: a\0b\r\n\r\nhello"),
            code: "header-malformed"),
        .init(
            testDescription: "NUL at the end of the last value",
            bytes: post("Content-Length: 5\r\nX: a\0\r\n\r\nhello"), code: "header-malformed"),
        .init(testDescription: "NUL in a name", bytes: post("X\0: a\r\n\(hello)")),
        .init(
            testDescription: "NUL in the target", bytes: "POST /a\0b HTTP/1.1\r\nHost: a\r\n\(hello)",
            code: "header-malformed"),
        .init(
            testDescription: "control character", bytes: post("X: a\u{1}b\r\n\(hello)"),
            code: "header-malformed"),
        .init(
            testDescription: "bare CR in a value", bytes: post("X: a\rb: c\r\n\(hello)"),
            code: "header-malformed"),
        .init(
            testDescription: "bare LF ends a line", bytes: post("X: a\n\(hello)"), code: "header-malformed"),
        .init(
            testDescription: "folded line", bytes: post("X: a\r\n b\r\n\(hello)"), code: "header-malformed"),
        .init(
            testDescription: "space before the colon", bytes: post("X : a\r\n\(hello)"),
            code: "header-malformed"),
        .init(testDescription: "empty name", bytes: post(": a\r\n\(hello)"), code: "header-malformed"),
        .init(testDescription: "no colon", bytes: post("nonsense\r\n\(hello)")),
        .init(testDescription: "signed length", bytes: post("Content-Length: +5\r\n\r\nhello")),
        .init(testDescription: "hexadecimal length", bytes: post("Content-Length: 0x10\r\n\r\nhello")),
        .init(testDescription: "list of lengths", bytes: post("Content-Length: 1,1\r\n\r\nhello")),
        .init(testDescription: "empty length", bytes: post("Content-Length:\r\n\r\nhello")),
        .init(
            testDescription: "length over 64 bits",
            bytes: post("Content-Length: 99999999999999999999\r\n\r\nhello"), status: 413),
        .init(
            testDescription: "length over Int",
            bytes: post("Content-Length: 9223372036854775808\r\n\r\nhello"),
            code: "content-length-malformed"),
        .init(testDescription: "no host in HTTP/1.1", bytes: "GET / HTTP/1.1\r\n\r\n", code: "host-missing"),
        .init(
            testDescription: "space in the target", bytes: "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
            code: "header-malformed"),
        .init(testDescription: "another version", bytes: "GET / HTTP/3.7\r\nHost: a\r\n\r\n", status: 505),
        .init(
            testDescription: "head over the limit",
            bytes: "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 17_000))\r\n\r\n",
            status: 431,
            code: "headers-too-large"),
        .init(
            testDescription: "100 KB of header",
            bytes: "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 100_000))\r\n\r\n",
            status: 431),
    ]
}

@Suite struct `A request that two readers could read differently` {
    @Test(arguments: RefusedRequest.all)
    func `is refused, never reaches the handler, and ends the connection`(_ refused: RefusedRequest) throws {
        let reached = Mailbox<ServerRequest>()
        let handler = TestHandler(handling: { request, reply in
            reached.put(request)
            reply(ServerResponse(status: 200))
        })
        try withServer(handler: handler) { server in
            let socket = try RawSocket(port: server.port)
            socket.send(refused.bytes)
            let response = try #require(socket.receive())
            #expect(response.status == refused.status)
            #expect(response.headers["connection"] == "close")
            if let code = refused.code {
                #expect(response.body == code)
                #expect(socket.isClosedByPeer())
            } else {
                #expect(socket.isClosedByPeerAfterMore())
            }
            #expect(reached.count == 0)
        }
    }

    @Test func `is no one for a head that is as large as it may be`() throws {
        try withServer { server in
            let socket = try RawSocket(port: server.port)
            let padding = String(repeating: "x", count: 16_000)
            socket.send(RefusedRequest.post("X: \(padding)\r\n" + RefusedRequest.hello))
            #expect(socket.receive()?.body == "hello")
        }
    }

    @Test func `that is garbage is dropped, and the server lives on`() throws {
        // With epoll, libmicrohttpd may miss the end of a stream that comes with data; then the idle limit
        // closes it.
        try withServer(limits: .with { $0.idleSeconds = 1 }) { server in
            for bytes in [
                "garbage\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\r\n", "GET\r\n\r\n", "\0\0\0\0\r\n\r\n",
            ] {
                let socket = try RawSocket(port: server.port)
                socket.send(bytes)
                socket.finishSending()
                #expect(socket.receive().map { $0.status >= 400 } ?? true)
            }
            let socket = try RawSocket(port: server.port)
            socket.send(RefusedRequest.post(RefusedRequest.hello))
            #expect(socket.receive()?.body == "hello")
        }
    }
}
