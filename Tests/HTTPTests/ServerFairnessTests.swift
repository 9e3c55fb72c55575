internal import HTTPServer
internal import Testing

@Suite struct `A client that sends a thousand requests at once` {
    @Test func `leaves the others their turn`() throws {
        let (paths, isSent) = (Mailbox<String>(), Mailbox<Bool>())
        // Each is answered by its head, on the server's thread; the first one holds that until the other
        // client has sent its request.
        let handler = TestHandler(admitting: { head in
            if paths.count == 0 { _ = isSent.wait(for: 1) }
            paths.put(head.path)
            return ServerResponse(status: 404)
        })
        try withServer(handler: handler) { server in
            let other = try RawSocket(port: server.port)
            #expect(eventually { server.counters.openConnections == 1 })
            let many = try RawSocket(port: server.port)
            many.send(String(repeating: "GET /many HTTP/1.1\r\nHost: a\r\n\r\n", count: 1_000))
            other.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n")
            isSent.put(true)
            #expect(other.receive()?.status == 404)
            let position = try #require(paths.takeAll().firstIndex(of: "/other"))
            #expect(position < 100)
            for _ in 0..<1_000 { #expect(many.receive()?.status == 404) }
        }
    }
}
