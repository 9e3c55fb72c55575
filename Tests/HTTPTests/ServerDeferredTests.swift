internal import HTTPServer
internal import Testing

/// Keeps replies for the test to give.
private func keeping(_ replies: Mailbox<ServerReply>) -> TestHandler {
    TestHandler(handling: { _, reply in replies.put(reply) })
}

private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

@Suite struct `An answer that comes later` {
    @Test func `is sent from another thread, and the connection goes on`() throws {
        let replies = Mailbox<ServerReply>()
        try withServer(handler: keeping(replies)) { server in
            let socket = try RawSocket(port: server.port)
            for round in 0..<20 {
                socket.send(get)
                try #require(replies.wait(for: 1))
                #expect(server.counters.requestsInFlight == 1)
                for reply in replies.takeAll() {
                    reply(ServerResponse(status: 200, body: Array("\(round)".utf8)))
                }
                #expect(socket.receive()?.body == "\(round)")
            }
            #expect(eventually { server.counters.requestsInFlight == 0 })
        }
    }

    @Test func `finds no connection when the client has gone, and harms nothing`() throws {
        let replies = Mailbox<ServerReply>()
        try withServer(handler: keeping(replies)) { server in
            for _ in 0..<20 {
                let socket = try RawSocket(port: server.port)
                socket.send(get)
                try #require(replies.wait(for: 1))
                withExtendedLifetime(socket) {}
            }
            try #require(replies.wait(for: 20))
            for reply in replies.takeAll() { reply(ServerResponse(status: 200)) }
            #expect(eventually { server.counters == ServerCounters(openConnections: 0, requestsInFlight: 0) })
        }
    }

    @Test func `to a request that is over does not answer the next one`() throws {
        let replies = Mailbox<ServerReply>()
        let limits = ServerLimits.with { $0.answerSeconds = 1 }
        try withServer(limits: limits, handler: keeping(replies)) { server in
            let socket = try RawSocket(port: server.port)
            socket.send(get)
            #expect(socket.receive()?.status == 503)
            socket.send(get)
            try #require(replies.wait(for: 2))
            let both = replies.takeAll()
            both[0](ServerResponse(status: 299))
            both[1](ServerResponse(status: 200))
            #expect(socket.receive()?.status == 200)
        }
    }

    @Test func `too late gives way to a 503`() throws {
        let replies = Mailbox<ServerReply>()
        defer { _ = replies.takeAll() }  // a kept reply keeps its server
        let limits = ServerLimits.with { $0.answerSeconds = 1 }
        try withServer(limits: limits, handler: keeping(replies)) { server in
            let socket = try RawSocket(port: server.port)
            let start = ContinuousClock.now
            socket.send(get)
            let response = try #require(socket.receive())
            let elapsed = ContinuousClock.now - start
            #expect(response.status == 503)
            #expect(response.body == "answer-timed-out")
            #expect(elapsed >= .milliseconds(900))
        }
    }

    @Test(arguments: [false, true])
    func `can be refused by dropping the connection, at once or later`(_ isLater: Bool) throws {
        let replies = Mailbox<ServerReply>()
        let handler = TestHandler(handling: { _, reply in isLater ? replies.put(reply) : reply.drop() })
        try withServer(handler: handler) { server in
            let socket = try RawSocket(port: server.port)
            socket.send(get)
            if isLater {
                try #require(replies.wait(for: 1))
                for reply in replies.takeAll() { reply.drop() }
            }
            #expect(socket.receive() == nil)
            #expect(eventually { server.counters == ServerCounters(openConnections: 0, requestsInFlight: 0) })
        }
    }

    @Test func `that is forgotten is a 500`() throws {
        try withServer(handler: TestHandler(handling: { _, _ in })) { server in
            let socket = try RawSocket(port: server.port)
            socket.send(get)
            #expect(socket.receive()?.body == "unanswered")
        }
    }

    @Test func `and is forgotten later is a 500 too`() throws {
        let replies = Mailbox<ServerReply>()
        try withServer(handler: keeping(replies)) { server in
            let socket = try RawSocket(port: server.port)
            socket.send(get)
            try #require(replies.wait(for: 1))
            _ = replies.takeAll()
            #expect(socket.receive()?.body == "unanswered")
        }
    }

    @Test func `reaches each of 900 connections that wait at one time, three times over`() throws {
        let replies = Mailbox<ServerReply>()
        let limits = ServerLimits.with { $0.answerSeconds = 60 }
        try withServer(limits: limits, handler: keeping(replies)) { server in
            let sockets = try (0..<900).map { _ in try RawSocket(port: server.port) }
            for round in 0..<3 {
                for socket in sockets { socket.send(get) }
                try #require(replies.wait(for: 900))
                #expect(server.counters.openConnections == 900)
                for reply in replies.takeAll() {
                    reply(ServerResponse(status: 200, body: Array("\(round)".utf8)))
                }
                let stalled = sockets.count { $0.receive()?.body != "\(round)" }
                #expect(stalled == 0)
            }
        }
    }
}
