internal import HTTPServer
internal import Testing

@Suite struct `A server with more connections than it has room for` {
    private static let limits = ServerLimits.with { $0.connectionsMax = 4 }

    private static func ask(_ socket: RawSocket) -> String? {
        socket.send(RefusedRequest.post(RefusedRequest.hello))
        return socket.receive()?.body
    }

    @Test func `closes the idle ones that never asked for anything first, and says so once`() throws {
        let notices = Mailbox<ServerNotice>()
        var limits = Self.limits
        limits.firstByteSeconds = 0
        try withServer(limits: limits, handler: TestHandler(noting: { notices.put($0) })) { server in
            let sender = try RawSocket(port: server.port)
            #expect(Self.ask(sender) == "hello")
            let strangers = try (0..<20).map { _ in try RawSocket(port: server.port) }
            try #require(notices.wait(for: 1))
            #expect(eventually { server.counters.openConnections == 4 })
            #expect(Self.ask(sender) == "hello")
            #expect(Self.ask(try RawSocket(port: server.port)) == "hello")
            #expect(strangers.first?.isClosedByPeer() == true)
        }
        // The others fall into the minute of the first.
        #expect(notices.takeAll().count == 1)
    }

    @Test(arguments: [
        "", "G", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx", "\0",
        RefusedRequest.chunked + "5\r\nhel",
    ]) func `makes room for a request, whatever strangers have begun`(_ beginning: String) throws {
        try withServer(limits: Self.limits) { server in
            let strangers = try (0..<12).map { _ in
                let socket = try RawSocket(port: server.port)
                socket.send(beginning)
                return socket
            }
            #expect(eventually { server.counters.openConnections == 4 })
            for _ in 0..<20 { #expect(Self.ask(try RawSocket(port: server.port)) == "hello") }
            withExtendedLifetime(strangers) {}
        }
    }

    @Test func `has new ones wait while all are busy`() throws {
        let replies = Mailbox<ServerReply>()
        let handler = TestHandler(handling: { _, reply in replies.put(reply) })
        try withServer(limits: Self.limits, handler: handler) { server in
            let busy = try (0..<4).map { _ in try RawSocket(port: server.port) }
            for socket in busy { socket.send(RefusedRequest.post(RefusedRequest.hello)) }
            try #require(replies.wait(for: 4))
            let new = try RawSocket(port: server.port)
            new.send(RefusedRequest.post(RefusedRequest.hello))
            for reply in replies.takeAll() { reply(ServerResponse(status: 200)) }
            for socket in busy { #expect(socket.receive()?.status == 200) }
            try #require(replies.wait(for: 1))
            for reply in replies.takeAll() { reply(ServerResponse(status: 201)) }
            #expect(new.receive()?.status == 201)
        }
    }

    @Test(arguments: [
        ("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel", "/a"), ("POST /a HT", ""),
    ]) func `says of a client that goes in the middle of a request`(_ row: (bytes: String, target: String))
        throws
    {
        let notices = Mailbox<ServerNotice>()
        try withServer(handler: TestHandler(noting: { notices.put($0) })) { server in
            let socket = try RawSocket(port: server.port)
            socket.send(row.bytes)
            socket.finishSending()
            #expect(socket.isClosedByPeer())
            try #require(notices.wait(for: 1))
            #expect(notices.takeAll() == [.brokenOff(peer: "127.0.0.1", target: row.target)])
        }
    }

    @Test func `says nothing of one that goes between requests`() throws {
        let notices = Mailbox<ServerNotice>()
        try withServer(handler: TestHandler(noting: { notices.put($0) })) { server in
            let socket = try RawSocket(port: server.port)
            #expect(Self.ask(socket) == "hello")
            socket.finishSending()
            #expect(socket.isClosedByPeer())
        }
        #expect(notices.takeAll() == [])
    }
}
