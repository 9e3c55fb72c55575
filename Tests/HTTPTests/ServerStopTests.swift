internal import SystemThreads
internal import Testing

@testable internal import HTTPServer

private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

@Suite struct `A server` {
    @Test func `that stops answers what has connected, and takes nothing more`() throws {
        let replies = Mailbox<ServerReply>()
        let handler = TestHandler(handling: { _, reply in replies.put(reply) })
        let server = try HTTPServer.start(host: "127.0.0.1", port: 0, handler: handler)
        let socket = try RawSocket(port: server.port)
        let idle = try RawSocket(port: server.port)
        socket.send(get)
        try #require(replies.wait(for: 1))
        let stopping = try #require(SystemThread { server.stop(graceSeconds: 30) })
        #expect(eventually { (try? RawSocket(port: server.port)) == nil })
        idle.send(get)
        try #require(replies.wait(for: 2))
        for reply in replies.takeAll() { reply(ServerResponse(status: 200, body: [0x61])) }
        for socket in [socket, idle] {
            let response = try #require(socket.receive())
            #expect(response.body == "a")
            #expect(response.headers["connection"] == "close")
        }
        stopping.join()
        #expect(server.counters == ServerCounters(openConnections: 0, requestsInFlight: 0))
        server.stop(graceSeconds: 30)
    }

    @Test func `that stops answers 503 to what takes longer than its grace`() throws {
        let replies = Mailbox<ServerReply>()
        let handler = TestHandler(handling: { _, reply in replies.put(reply) })
        let server = try HTTPServer.start(host: "127.0.0.1", port: 0, handler: handler)
        let sockets = try (0..<300).map { _ in try RawSocket(port: server.port) }
        for socket in sockets { socket.send(get) }
        try #require(replies.wait(for: 300))
        server.stop(graceSeconds: 0)
        for socket in sockets { #expect(socket.receive()?.body == "draining") }
        for reply in replies.takeAll() { reply(ServerResponse(status: 200)) }
    }

    @Test func `that stops answers what has not sent its body`() throws {
        let server = try HTTPServer.start(host: "127.0.0.1", port: 0, handler: TestHandler())
        let socket = try RawSocket(port: server.port)
        socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
        #expect(eventually { server.counters.requestsInFlight == 1 })
        server.stop(graceSeconds: 0)
        #expect(socket.receive()?.body == "draining")
    }

    @Test func `that is let go stops`() throws {
        var server: HTTPServer? = try HTTPServer.start(host: "127.0.0.1", port: 0, handler: TestHandler())
        let port = try #require(server?.port)
        let socket = try RawSocket(port: port)
        server = nil
        #expect(socket.isClosedByPeer())
        #expect((try? RawSocket(port: port)) == nil)
    }

    @Test func `cannot take a port twice, and says so`() throws {
        try withServer { server in
            let error = #expect(throws: HTTPServerError.self) {
                _ = try HTTPServer.start(host: "127.0.0.1", port: server.port, handler: TestHandler())
            }
            #expect(error == .addressInUse(host: "127.0.0.1", port: server.port))
            #expect(error?.description.contains("another port") == true)
        }
    }

    @Test(arguments: ["203.0.113.1", "no such host", ""])
    func `cannot listen on an address that is not its own`(_ host: String) {
        #expect(throws: HTTPServerError.addressInvalid(host: host, port: 0)) {
            _ = try HTTPServer.start(host: host, port: 0, handler: TestHandler())
        }
    }

    @Test func `closes a connection that stays silent`() throws {
        try withServer(limits: .with { $0.idleSeconds = 1 }) { server in
            let socket = try RawSocket(port: server.port)
            socket.send(get)
            #expect(socket.receive()?.status == 200)
            let start = ContinuousClock.now
            #expect(socket.isClosedByPeer())
            #expect(ContinuousClock.now - start < .seconds(8))
        }
    }

    @Test func `leaves what waits at an inherited socket to the next one`() throws {
        let listener = try RawListener()
        let first = try HTTPServer.start(
            at: .inherited(descriptor: listener.copy()), handler: TestHandler())
        #expect(first.port == listener.port)
        let early = try RawSocket(port: listener.port)
        early.send(get)
        #expect(early.receive()?.status == 200)
        first.stop(graceSeconds: 0)
        let waiting = try (0..<20).map { _ in
            let socket = try RawSocket(port: listener.port)
            socket.send(get)
            return socket
        }
        let second = try HTTPServer.start(
            at: .inherited(descriptor: listener.copy()), handler: TestHandler())
        defer { second.stop(graceSeconds: 0) }
        for socket in waiting { #expect(socket.receive()?.status == 200) }
    }

    @Test func `does not take a descriptor that is no listening socket`() throws {
        try withServer { server in
            let socket = try RawSocket(port: server.port)
            for descriptor in [socket.descriptor, 9_999] {
                #expect(throws: HTTPServerError.notListening(descriptor: descriptor)) {
                    _ = try HTTPServer.start(at: .inherited(descriptor: descriptor), handler: TestHandler())
                }
            }
        }
    }

    @Test func `that stops answers all that wait to be accepted`() throws {
        let gate = Mailbox<Void>()
        // The loop stands still in its handler meanwhile.
        let handler = TestHandler(handling: { request, reply in
            if request.path == "/wait" { _ = gate.wait(for: 1) }
            reply(ServerResponse(status: 200, body: request.body))
        })
        let server = try HTTPServer.start(host: "127.0.0.1", port: 0, handler: handler)
        let first = try RawSocket(port: server.port)
        first.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        let waiting = try (0..<200).map { _ in
            let socket = try RawSocket(port: server.port)
            socket.send(get)
            return socket
        }
        let stopping = try #require(SystemThread { server.stop(graceSeconds: 30) })
        gate.put(())
        #expect(first.receive()?.status == 200)
        for socket in waiting { #expect(socket.receive()?.status == 200) }
        stopping.join()
    }
}
