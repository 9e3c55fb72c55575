internal import HTTPServer
internal import HeaderFields
internal import Synchronization
internal import Testing

@Suite struct `An answer that comes piece by piece` {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    private static func piece(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// A handler that answers every request with a stream, and puts it where the test finds it.
    private static func handler(
        _ streams: Mailbox<ServerStream>, status: Int = 200, onRoom: @escaping @Sendable () -> Void = {}
    ) -> TestHandler {
        TestHandler(handling: { _, reply in
            let head = ServerResponse(status: status, headers: [.init("Content-Type", "text/event-stream")])
            if let stream = reply.stream(head, onRoom: onRoom) { streams.put(stream) }
        })
    }

    private static func next(_ streams: Mailbox<ServerStream>) throws -> ServerStream {
        try #require(streams.wait(for: 1))
        return try #require(streams.takeAll().first)
    }

    @Test func `is sent in chunks as they come, and the connection goes on`() throws {
        let streams = Mailbox<ServerStream>()
        try withServer(handler: Self.handler(streams)) { server in
            let socket = try RawSocket(port: server.port)
            for _ in 0..<2 {
                socket.send(Self.get)
                let stream = try Self.next(streams)
                let head = socket.receiveText(until: "\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(head.contains("\r\nTransfer-Encoding: chunked\r\n"))
                #expect(!head.contains("Content-Length"))
                #expect(stream.send(Self.piece("data: 1\n\n")) == .taken)
                #expect(socket.receiveText(until: "\n\n\r\n") == "9\r\ndata: 1\n\n\r\n")
                #expect(stream.send([]) == .taken)
                #expect(stream.send(Self.piece("2")) == .taken)
                stream.end()
                #expect(stream.send(Self.piece("3")) == .ended)
                #expect(socket.receiveText(until: "0\r\n\r\n") == "1\r\n2\r\n0\r\n\r\n")
            }
            #expect(server.counters.requestsInFlight == 0)
        }
    }

    @Test func `ends when it is let go`() throws {
        let streams = Mailbox<ServerStream>()
        try withServer(handler: Self.handler(streams)) { server in
            let socket = try RawSocket(port: server.port)
            socket.send(Self.get)
            try #require(streams.wait(for: 1))
            _ = streams.takeAll()
            #expect(socket.receiveText(until: "0\r\n\r\n").hasSuffix("\r\n\r\n0\r\n\r\n"))
        }
    }

    @Test func `ends with the connection for HTTP/1.0, and has no body for HEAD`() throws {
        let streams = Mailbox<ServerStream>()
        try withServer(handler: Self.handler(streams)) { server in
            let old = try RawSocket(port: server.port)
            old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let stream = try Self.next(streams)
            #expect(stream.send(Self.piece("all")) == .taken)
            stream.end()
            let text = old.receiveText(until: "all")
            #expect(text.hasSuffix("\r\n\r\nall"))
            #expect(text.contains("Connection: close") && !text.contains("chunked"))
            #expect(old.isClosedByPeer())
            let head = try RawSocket(port: server.port)
            head.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
            let ended = try Self.next(streams)
            #expect(head.receiveText(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
            #expect(eventually { ended.send(Self.piece("x")) == .ended })
            head.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(head.receiveText(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
            #expect(head.isClosedByPeer())
        }
    }

    @Test func `is held back by a client that does not read, and goes on when it does`() throws {
        let streams = Mailbox<ServerStream>()
        let rooms = Atomic(0)
        try withServer(handler: Self.handler(streams, onRoom: { rooms.add(1, ordering: .relaxed) })) {
            server in
            let socket = try RawSocket(port: server.port)
            socket.send(Self.get)
            let stream = try Self.next(streams)
            let piece = [UInt8](repeating: 0x78, count: 16_384)
            var count = 0
            // The system's buffers take some megabytes first.
            while count < 10_000 {
                let sent = stream.send(piece)
                if sent == .taken { count += 1 }
                guard sent == .full else { continue }
                // With all buffers full nothing is asked for until the client reads.
                if !eventually(seconds: 1, { rooms.load(ordering: .relaxed) > 0 }) { break }
                rooms.store(0, ordering: .relaxed)
            }
            #expect(stream.send(piece) == .full)
            var received = ""
            let reader = socket
            while rooms.load(ordering: .relaxed) == 0 {
                received = reader.receiveText(until: "x\r\n")
                if received.isEmpty { break }
            }
            #expect(rooms.load(ordering: .relaxed) > 0)
            #expect(stream.send(piece) == .taken)
        }
    }

    @Test func `ends when the client goes, and when the server stops`() throws {
        let streams = Mailbox<ServerStream>()
        let ends = Atomic(0)
        let handler = Self.handler(streams, onRoom: { ends.add(1, ordering: .relaxed) })
        let server = try HTTPServer.start(host: "127.0.0.1", port: 0, handler: handler)
        var gone: RawSocket? = try RawSocket(port: server.port)
        gone?.send(Self.get)
        let first = try Self.next(streams)
        _ = gone?.receiveText(until: "\r\n\r\n")
        gone = nil
        #expect(eventually { first.send(Self.piece("x")) == .ended })
        #expect(eventually { ends.load(ordering: .relaxed) == 1 })
        #expect(server.counters.requestsInFlight == 0)
        let socket = try RawSocket(port: server.port)
        socket.send(Self.get)
        let second = try Self.next(streams)
        server.stop(graceSeconds: 30)
        #expect(second.send(Self.piece("x")) == .ended)
        #expect(socket.receiveText(until: "0\r\n\r\n").hasSuffix("0\r\n\r\n"))
        #expect(ends.load(ordering: .relaxed) == 2)
    }

    @Test func `is one of a number`() throws {
        let streams = Mailbox<ServerStream>()
        try withServer(limits: .with { $0.streamsMax = 2 }, handler: Self.handler(streams)) { server in
            let sockets = try (0..<3).map { _ in
                let socket = try RawSocket(port: server.port)
                socket.send(Self.get)
                return socket
            }
            try #require(streams.wait(for: 3))
            let all = streams.takeAll()
            #expect(eventually { all.count(where: \.isOpen) == 2 })
            let answers = sockets.map { $0.receiveText(until: "\r\n\r\n") }
            #expect(answers.count { $0.hasPrefix("HTTP/1.1 503") || $0.contains("streams-exhausted") } == 1)
            for stream in all { stream.end() }
            let late = try RawSocket(port: server.port)
            #expect(
                eventually {
                    late.send(Self.get)
                    return late.receiveText(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200")
                })
        }
    }

    @Test func `whose head cannot be sent is none`() throws {
        let streams = Mailbox<ServerStream>()
        try withServer(handler: Self.handler(streams, status: 99)) { server in
            let socket = try RawSocket(port: server.port)
            socket.send(Self.get)
            let stream = try Self.next(streams)
            #expect(socket.receive()?.body == "response-unsendable")
            #expect(stream.send(Self.piece("x")) == .ended)
        }
    }
}
