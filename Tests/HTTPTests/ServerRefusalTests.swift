internal import HTTPServer
internal import Testing

struct RefusedRequest: CustomTestStringConvertible {
    var testDescription: String
    var bytes: String
    var code: String
    var status: Int

    init(_ why: String, _ bytes: String, _ code: String, _ status: Int = 400) {
        (testDescription, self.bytes, self.code, self.status) = (why, bytes, code, status)
    }

    static let hello = "Content-Length: 5\r\n\r\nhello"
    static let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    static func post(_ headers: String) -> String { "POST / HTTP/1.1\r\nHost: a\r\n\(headers)" }

    /// One of each kind; what the parser makes of everything else is in `ParsingCase`.
    static let all: [RefusedRequest] = [
        .init(
            "length and chunked at once", post("Transfer-Encoding: chunked\r\n\(hello)"), "framing-ambiguous"),
        .init("two lengths", post("Content-Length: 6\r\n\(hello)"), "content-length-repeated"),
        .init("a coding", post("Transfer-Encoding: gzip\r\n\r\n"), "transfer-encoding-unsupported"),
        .init("a chunk without a size", chunked + "\r\n", "chunk-malformed"),
        .init("a NUL in a value", post("X: a\0b\r\n\(hello)"), "header-malformed"),
        .init(
            "a byte above 0x7E in the target", "POST /\u{212A} HTTP/1.1\r\nHost: a\r\n\(hello)",
            "target-malformed"),
        .init("no host", "GET / HTTP/1.1\r\n\r\n", "host-missing"),
        .init("another version", "GET / HTTP/3.7\r\nHost: a\r\n\r\n", "version-unsupported", 505),
        .init("another expectation", post("Expect: tea\r\n\(hello)"), "expectation-unknown", 417),
        .init("TLS", "\u{16}\u{3}\u{1}", "tls-unexpected"),
        .init("a long target", "GET /" + String(repeating: "x", count: 3_000), "target-too-long", 414),
        .init("a long body", post("Content-Length: 1048577\r\n\r\n"), "body-too-large", 413),
        .init(
            "400 KB of header", post("X: \(String(repeating: "x", count: 400_000))\r\n\r\n"),
            "headers-too-large", 431),
        .init(
            "101 fields", post((1...100).map { "x\($0): y\r\n" }.joined() + "\r\n"), "too-many-headers", 431),
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
            #expect(response.body == refused.code)
            #expect(socket.isClosedByPeer())
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
        try withServer { server in
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
