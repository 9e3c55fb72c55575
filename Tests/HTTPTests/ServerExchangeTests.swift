internal import HTTPServer
internal import HeaderFields
internal import Testing

@Suite struct `An exchange` {
    @Test func `carries target, path, query and headers as they were sent`() throws {
        let requests = Mailbox<ServerRequest>()
        let handler = TestHandler(handling: { request, reply in
            requests.put(request)
            reply(ServerResponse(status: 200))
        })
        try withServer(handler: handler) { server in
            let socket = try RawSocket(port: server.port)
            socket.send(
                Array(
                    "GET /a%2Fb/%7E?x=1%202+3&y&=z&x=%C3%A9 HTTP/1.1\r\nHost: a\r\nX-One:  two \r\nLatin: "
                        .utf8)
                    + [0xE9] + Array("\r\nUtf: é\r\nx-one: three\r\n\r\n".utf8))
            #expect(socket.receive()?.status == 200)
            let request = try #require(requests.takeAll().first)
            #expect(request.method == "GET")
            #expect(request.target == "/a%2Fb/%7E?x=1%202+3&y&=z&x=%C3%A9")
            #expect(request.path == "/a%2Fb/%7E")
            #expect(request.headers(named: "X-ONE") == ["two", "three"])
            #expect(request.header("latin") == "é")
            #expect(request.header("utf") == "é")
            #expect(request.headers.map(\.name) == ["Host", "X-One", "Latin", "Utf", "x-one"])
            #expect(request.body == [])
        }
    }

    @Test func `is the last of a connection that has had as many as it may`() throws {
        try withServer(limits: .with { $0.requestsPerConnectionMax = 2 }) { server in
            let socket = try RawSocket(port: server.port)
            for _ in 0..<3 { socket.send(RefusedRequest.post(RefusedRequest.hello)) }
            #expect(socket.receive()?.headers["connection"] == nil)
            #expect(socket.receive()?.headers["connection"] == "close")
            #expect(socket.isClosedByPeer())
        }
    }

    @Test func `has no target while it is not known`() throws {
        let notices = Mailbox<ServerNotice>()
        try withServer(handler: TestHandler(noting: { notices.put($0) })) { server in
            let socket = try RawSocket(port: server.port)
            socket.send("POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            #expect(socket.receive()?.status == 200)
            socket.send("POST /second")
            socket.finishSending()
            #expect(socket.isClosedByPeer())
            try #require(notices.wait(for: 1))
            #expect(notices.takeAll() == [.brokenOff(peer: "127.0.0.1", target: "")])
        }
    }

    @Test func `follows another on one connection, also when both were sent at once`() throws {
        try withServer { server in
            let socket = try RawSocket(port: server.port)
            let pair = (0..<50).map {
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(String($0).count)\r\n\r\n\($0)"
            }
            socket.send(pair.joined())
            for index in 0..<50 { #expect(socket.receive()?.body == String(index)) }
            #expect(server.counters.openConnections == 1)
        }
    }

    @Test func `of HTTP 1.0 ends its connection`() throws {
        try withServer { server in
            let socket = try RawSocket(port: server.port)
            socket.send("POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello")
            #expect(socket.receive()?.body == "hello")
            #expect(socket.isClosedByPeer())
        }
    }

    @Test func `with HEAD has a length and no body`() throws {
        let handler = TestHandler(handling: { _, reply in
            reply(ServerResponse(status: 200, body: [1, 2, 3]))
        })
        try withServer(handler: handler) { server in
            let socket = try RawSocket(port: server.port)
            socket.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let head = try #require(socket.receive(withBody: false))
            #expect(head.headers["content-length"] == "3")
            #expect(head.headers["date"]?.hasSuffix("GMT") == true)
            #expect(socket.receive()?.body == "\u{1}\u{2}\u{3}")
        }
    }

    @Test func `ends its connection when the response says so`() throws {
        let handler = TestHandler(handling: { _, reply in
            reply(
                ServerResponse(
                    status: 200, headers: [HeaderField("X-A", "b")], closesConnection: true))
        })
        try withServer(handler: handler) { server in
            let socket = try RawSocket(port: server.port)
            socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try #require(socket.receive())
            #expect(response.headers["x-a"] == "b")
            #expect(response.headers["connection"] == "close")
            #expect(socket.isClosedByPeer())
        }
    }

    @Test(arguments: [
        ServerResponse(status: 200, headers: [HeaderField("X", "a\r\nSet-Cookie: b")]),
        ServerResponse(status: 200, headers: [HeaderField("X y", "a")]),
        ServerResponse(status: 99),
    ])
    func `whose response cannot be sent is answered 500, never split`(_ response: ServerResponse) throws {
        try withServer(handler: TestHandler(handling: { _, reply in reply(response) })) { server in
            let socket = try RawSocket(port: server.port)
            socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let received = try #require(socket.receive())
            #expect(received.status == 500)
            #expect(received.body == "response-unsendable")
            #expect(received.headers["set-cookie"] == nil)
        }
    }

    @Test func `takes its first answer and ignores the others`() throws {
        let handler = TestHandler(handling: { _, reply in
            reply(ServerResponse(status: 201))
            reply(ServerResponse(status: 202))
        })
        try withServer(handler: handler) { server in
            let socket = try RawSocket(port: server.port)
            for _ in 0..<2 {
                socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(socket.receive()?.status == 201)
            }
        }
    }

    @Test func `reads a byte that is marked as urgent in its place`() throws {
        try withServer { server in
            let socket = try RawSocket(port: server.port)
            socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe")
            socket.sendUrgent(0x6C)
            socket.send("lo")
            #expect(socket.receive()?.body == "hello")
        }
    }
}
