internal import HTTPServer
internal import Testing

@Suite struct `A request body` {
    @Test func `arrives byte for byte, zeros and invalid UTF-8 included`() throws {
        let requests = Mailbox<ServerRequest>()
        let handler = TestHandler(handling: { request, reply in
            requests.put(request)
            reply(ServerResponse(status: 200))
        })
        try withServer(handler: handler) { server in
            let body = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let socket = try RawSocket(port: server.port)
            socket.send(
                Array("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body)
            #expect(socket.receive()?.status == 200)
            #expect(requests.takeAll().first?.body == body)
        }
    }

    @Test func `in chunks is put together`() throws {
        try withServer { server in
            let socket = try RawSocket(port: server.port)
            socket.send(
                RefusedRequest.chunked + "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n"
            )
            #expect(socket.receive()?.body == "abc0123456789")
        }
    }

    @Test(arguments: [
        ("at the limit", 1_000, 200), ("one byte over it", 1_001, 413), ("far over it", 900_000, 413),
    ])
    func `is judged by its length, and a sender who sends it all reads the answer`(
        _ name: String, _ count: Int, _ status: Int
    ) throws {
        try withServer(limits: .with { $0.bodyBytesMax = 1_000 }) { server in
            let body = String(repeating: "x", count: count)
            let announced = try RawSocket(port: server.port)
            announced.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n\(body)")
            #expect(announced.receive()?.status == status)
            let chunked = try RawSocket(port: server.port)
            chunked.send(
                RefusedRequest.chunked + "\(String(count, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
            )
            #expect(chunked.receive()?.status == status)
        }
    }

    @Test func `that never ends is answered 413 and cut`() throws {
        try withServer(limits: .with { $0.bodyBytesMax = 1_000 }) { server in
            let socket = try RawSocket(port: server.port)
            socket.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0x78, count: 65_536) + Array("\r\n".utf8)
            var sent = 0
            while sent < 400, socket.send(chunk) { sent += 1 }
            #expect(sent < 400)
            let response = try #require(socket.receive())
            #expect(response.status == 413)
            #expect(response.body == "body-too-large")
        }
    }

    @Test func `announced far over the limit is answered before it is sent`() throws {
        try withServer { server in
            let socket = try RawSocket(port: server.port)
            socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n")
            #expect(socket.receive()?.status == 413)
            #expect(socket.isClosedByPeer())
        }
    }

    @Test(arguments: [
        "Content-Length: 50\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ])
    func `that is cut short never reaches the handler`(_ rest: String) throws {
        let reached = Mailbox<ServerRequest>()
        let handler = TestHandler(handling: { request, reply in
            reached.put(request)
            reply(ServerResponse(status: 200))
        })
        try withServer(handler: handler) { server in
            let socket = try RawSocket(port: server.port)
            socket.send(RefusedRequest.post(rest))
            socket.finishSending()
            #expect(socket.receive().map { $0.status >= 400 } ?? true)
            #expect(reached.count == 0)
            #expect(eventually { server.counters == ServerCounters(openConnections: 0, requestsInFlight: 0) })
        }
    }

    @Test func `is asked for with 100 Continue`() throws {
        try withServer { server in
            let socket = try RawSocket(port: server.port)
            socket.send(RefusedRequest.post("Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"))
            #expect(socket.receive()?.status == 100)
            socket.send("hello")
            #expect(socket.receive()?.body == "hello")
        }
    }

    @Test func `is not asked for when its head is refused`() throws {
        let handler = TestHandler(admitting: { _ in ServerResponse(status: 404) })
        try withServer(handler: handler) { server in
            let socket = try RawSocket(port: server.port)
            socket.send(RefusedRequest.post("Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"))
            #expect(socket.receive()?.status == 404)
        }
    }

    @Test func `of a refused head is thrown away, and the connection goes on`() throws {
        let handler = TestHandler(admitting: { $0.path == "/" ? nil : ServerResponse(status: 404) })
        try withServer(handler: handler) { server in
            let socket = try RawSocket(port: server.port)
            socket.send("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nwrong")
            #expect(socket.receive()?.status == 404)
            socket.send(RefusedRequest.post(RefusedRequest.hello))
            #expect(socket.receive()?.body == "hello")
        }
    }

    @Test(arguments: [
        ("slow in its head", "POST / HTTP/1.1\r\nX: "),
        ("slow in its body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\n\r\n"),
        ("slow in its chunks", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nF0000\r\n"),
    ])
    func `that trickles is cut at the limit, without an answer`(_ name: String, _ beginning: String) throws {
        try withServer(limits: .with { ($0.headSeconds, $0.bodySeconds) = (1, 1) }) { server in
            let socket = try RawSocket(port: server.port)
            socket.send(beginning)
            let isOpen = eventually { server.counters.openConnections == 1 }
            let start = ContinuousClock.now
            let isCut = eventually { !socket.send([0x78]) || server.counters.openConnections == 0 }
            #expect(isOpen && isCut)
            #expect(ContinuousClock.now - start >= .milliseconds(900))
            #expect(socket.receive() == nil)
        }
    }
}
