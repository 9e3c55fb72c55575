internal import HTTPClient
internal import HTTPServer
internal import HeaderFields
internal import Testing

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// What a client knows of a request that had no answer.
@Suite struct `A client that gets no answer` {
    @Test func `sends a head that is as large as it may be, and none that is larger`() async throws {
        let server = try RawServer(answers: [Array("HTTP/1.1 204 No Content\r\n\r\n".utf8)])
        defer { server.stop() }
        let client = try HTTPClient()
        defer { client.close() }
        let url = "http://127.0.0.1:\(server.port)/"
        let room = ClientRequest.headBytesMax - url.utf8.count - "GETX".utf8.count - 4
        let heads = [room, room + 1].map { [HeaderField("X", String(repeating: "v", count: $0))] }
        // The thread sanitizer has the server read a megabyte in more than the usual 10 s.
        let longest = ClientRequest(method: "GET", url: url, headers: heads[0], timeoutSeconds: 60)
        #expect(try await client.send(longest).status == 204)
        let failure = await #expect(throws: ClientFailure.self) {
            _ = try await client.send(ClientRequest(method: "GET", url: url, headers: heads[1]))
        }
        #expect(failure?.isInvalid == true)
        #expect(server.heads.count == 1)
    }

    @Test func `knows that what waited for a connection or for TLS was not sent`() async throws {
        let replies = Mailbox<ServerReply>()
        defer { _ = replies.takeAll() }  // a kept reply keeps its server
        let client = try HTTPClient(connectionsPerHostMax: 1)
        defer { client.close() }
        let outcomes = Mailbox<ClientFailure>()
        try withServer(handler: TestHandler(handling: { _, reply in replies.put(reply) })) { server in
            let url = "http://127.0.0.1:\(server.port)/"
            client.send(ClientRequest(method: "GET", url: url)) { _ in }
            try #require(replies.wait(for: 1))
            client.send(ClientRequest(method: "GET", url: url, timeoutSeconds: 0.1)) {
                if case .failure(let failure) = $0 { outcomes.put(failure) }
            }
            try #require(outcomes.wait(for: 1))
        }
        let waited = try #require(outcomes.takeAll().first)
        #expect(waited.code == "timeout")
        #expect(waited.isUnsent)
        let silent = try RawServer(answers: [[]])
        defer { silent.stop() }
        let unspoken = await #expect(throws: ClientFailure.self) {
            _ = try await client.send(
                ClientRequest(method: "GET", url: "https://127.0.0.1:\(silent.port)/", timeoutSeconds: 0.2))
        }
        #expect(unspoken?.code == "timeout")
        #expect(unspoken?.isUnsent == true)
    }

    @Test func `does not say unsent of what was sent over a kept connection and could not be repeated`()
        async throws
    {
        let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)
        let server = try RawServer(answers: [answer, []], isOnce: true)
        defer { server.stop() }
        let client = try HTTPClient()
        defer { client.close() }
        let request = ClientRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/")
        #expect(try await client.send(request).status == 200)
        let failure = await #expect(throws: ClientFailure.self) { _ = try await client.send(request) }
        // Where the first exchange was not cleared away yet, a new connection is tried, which is refused.
        let isSeen = server.heads.count == 2
        #expect(!isSeen || failure?.isUnsent == false, "\(failure?.code ?? "none")")
    }

    @Test func `names a proxy that refuses, and knows that nothing came through`() async {
        await #expect(processExitsWith: .success) {
            let proxy = try RawServer(answers: [Array("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n".utf8)])
            defer { proxy.stop() }
            unsafe setenv("https_proxy", "http://127.0.0.1:\(proxy.port)", 1)
            let client = try HTTPClient()
            defer { client.close() }
            let failure = await #expect(throws: ClientFailure.self) {
                _ = try await client.send(
                    ClientRequest(method: "POST", url: "https://vendor.invalid/", body: [1]))
            }
            try #require(failure?.code == "proxy-failed", "\(failure?.code ?? "")")
            try #require(failure?.message == "The proxy refused the connection with status 407.")
            try #require(failure?.isUnsent == true)
            try #require(proxy.heads.first?.hasPrefix("CONNECT vendor.invalid:443 ") == true)
        }
    }
}
