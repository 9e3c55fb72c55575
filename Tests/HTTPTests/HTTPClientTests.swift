internal import HTTPClient
internal import HTTPServer
internal import HeaderFields
internal import TLSForTests
internal import Testing

@Suite struct `A client` {
    @Test func `sends what it is given and adds nothing, and returns what comes back`() async throws {
        let requests = Mailbox<ServerRequest>()
        let handler = TestHandler(handling: { request, reply in
            requests.put(request)
            reply(
                ServerResponse(
                    status: 202, headers: [HeaderField("X-Answer", " é ")], body: request.body))
        })
        let client = try HTTPClient()
        defer { client.close() }
        try await withServer(handler: handler) { server in
            let response = try await client.send(
                ClientRequest(
                    method: "POST", url: "http://127.0.0.1:\(server.port)/a?b=c",
                    headers: [
                        HeaderField("X-One", "1"), HeaderField("X-Empty", ""),
                        HeaderField("X-One", "2"),
                    ],
                    body: [0, 1, 2, 0xFF]))
            #expect(response.status == 202)
            #expect(response.body == [0, 1, 2, 0xFF])
            #expect(response.header("x-answer") == "é")
            let request = try #require(requests.takeAll().first)
            #expect(request.target == "/a?b=c")
            #expect(request.body == [0, 1, 2, 0xFF])
            #expect(request.headers.map(\.name) == ["Host", "X-One", "X-Empty", "X-One", "Content-Length"])
            #expect(request.headers(named: "X-One") == ["1", "2"])
            #expect(request.headers(named: "X-Empty") == [""])
        }
    }

    @Test(arguments: [
        ("GET", nil as [UInt8]?, nil as String?), ("DELETE", nil, nil), ("POST", nil, "0"), ("PUT", [], "0"),
        ("PATCH", [0x61], "1"), ("GET", [0x61], "1"), ("HEAD", nil, nil), ("POST", [0x61, 0x62], "2"),
        ("DELETE", [0x61], "1"), ("PATCH", nil, "0"),
    ])
    func `uses the method of the request, whatever its handle did before`(
        _ method: String, _ body: [UInt8]?, _ length: String?
    ) async throws {
        let requests = Mailbox<ServerRequest>()
        let handler = TestHandler(handling: { request, reply in
            requests.put(request)
            reply(ServerResponse(status: 200, body: [1, 2, 3]))
        })
        let client = try HTTPClient()
        defer { client.close() }
        // However slow the machine is, no connection is closed meanwhile.
        let limits = ServerLimits.with { $0.idleSeconds = 3_600 }
        let began = ContinuousClock.now
        try await withServer(limits: limits, handler: handler) { server in
            let url = "http://127.0.0.1:\(server.port)/"
            for before in [
                ClientRequest(method: "POST", url: url, body: [9, 9]), .init(method: "HEAD", url: url),
            ] {
                _ = try await client.send(before)
                let response = try await client.send(ClientRequest(method: method, url: url, body: body))
                #expect(response.body.count == (method == "HEAD" ? 0 : 3))
                let request = try #require(requests.takeAll().last)
                #expect(request.method == method)
                #expect(request.body == body ?? [])
                #expect(request.header("Content-Length") == length)
            }
            // One that was idle for 118 s is not used again (CURLOPT_MAXAGE_CONN); a machine can be so slow.
            guard ContinuousClock.now - began < .seconds(100) else { return }
            #expect(server.counters.openConnections == 1)
        }
    }

    @Test func `leaves an idle connection alone for a request that needs a new one`() async throws {
        let client = try HTTPClient()
        defer { client.close() }
        // However slow the machine is, no connection is closed meanwhile.
        let limits = ServerLimits.with { $0.idleSeconds = 3_600 }
        try await withServer(limits: limits) { server in
            let url = "http://127.0.0.1:\(server.port)/"
            for (isNew, connections) in [(false, 1), (false, 1), (true, 2), (false, 2), (true, 3)] {
                _ = try await client.send(
                    ClientRequest(method: "POST", url: url, body: [1], needsNewConnection: isNew))
                #expect(server.counters.openConnections == connections)
            }
        }
    }

    @Test func `sends no body and no length with a DELETE that has none`() async throws {
        let server = try RawServer(answers: [Array("HTTP/1.1 204 No Content\r\n\r\n".utf8)])
        defer { server.stop() }
        let client = try HTTPClient()
        defer { client.close() }
        let url = "http://127.0.0.1:\(server.port)/messages/1"
        let response = try await client.send(ClientRequest(method: "DELETE", url: url))
        #expect(response.status == 204)
        let head = try #require(server.heads.first)
        #expect(head.hasPrefix("DELETE /messages/1 HTTP/1.1\r\n"))
        #expect(!head.lowercased().contains("content-length") && !head.lowercased().contains("transfer-enc"))
    }

    @Test func `carries bodies of a megabyte up, and keeps 64 KB of what comes down`() async throws {
        let client = try HTTPClient()
        defer { client.close() }
        try await withServer { server in
            let body = (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            for _ in 0..<2 {
                let response = try await client.send(
                    ClientRequest(method: "POST", url: "http://127.0.0.1:\(server.port)/", body: body))
                #expect(response.status == 200)
                #expect(response.body == Array(body.prefix(HTTPClient.bodyBytesMax)))
            }
            #expect(server.counters.openConnections == 1)
        }
    }

    @Test func `gives up a body that goes on and on, and still returns its beginning`() async throws {
        let handler = TestHandler(handling: { _, reply in
            reply(ServerResponse(status: 200, body: [UInt8](repeating: 0x61, count: 30_000_000)))
        })
        let client = try HTTPClient()
        defer { client.close() }
        try await withServer(handler: handler) { server in
            let response = try await client.send(
                ClientRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/"))
            #expect(response.status == 200)
            #expect(response.body.count == HTTPClient.bodyBytesMax)
        }
    }

    @Test func `does not follow redirects`() async throws {
        let handler = TestHandler(handling: { _, reply in
            reply(ServerResponse(status: 302, headers: [HeaderField("Location", "/elsewhere")]))
        })
        let client = try HTTPClient()
        defer { client.close() }
        try await withServer(handler: handler) { server in
            let response = try await client.send(
                ClientRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/"))
            #expect(response.status == 302)
            #expect(response.header("location") == "/elsewhere")
        }
    }

    static let refused: [ClientRequest] = [
        .init(method: "GET", url: "http://a/", headers: [HeaderField("X", "a\r\nY: b")]),
        .init(method: "GET", url: "http://a/", headers: [HeaderField("X", "a\nb")]),
        .init(method: "GET", url: "http://a/", headers: [HeaderField("X", "a\0b")]),
        .init(method: "GET", url: "http://a/", headers: [HeaderField("X\r\nY", "b")]),
        .init(method: "GET", url: "http://a/", headers: [HeaderField("", "b")]),
        .init(method: "GET", url: "http://a/ HTTP/1.1\r\nX: y\r\n\r\n"),
        .init(method: "GET", url: "http://a/\0"), .init(method: "GET", url: "file:///etc/passwd"),
        .init(method: "GET", url: ""), .init(method: "GET", url: "http://"),
        .init(method: "GET / HTTP/1.1\r\nX: y\r\n\r\n", url: "http://a/"),
        .init(method: "", url: "http://a/"),
        .init(method: "GET", url: "http://a/", timeoutSeconds: 0),
        .init(method: "GET", url: "http://a/", timeoutSeconds: .nan),
        .init(method: "GET", url: "http://a:99999/"), .init(method: "GET", url: "http://[::1/"),
        .init(method: "GET", url: "http://a/" + String(repeating: "p", count: ClientRequest.headBytesMax)),
        .init(
            method: "GET", url: "http://a/",
            headers: (0..<64).map { HeaderField("X-\($0)", String(repeating: "v", count: 4_096)) }),
        .init(
            method: "POST", url: "http://a/",
            body: [UInt8](repeating: 0, count: ClientRequest.bodyBytesMax + 1)),
    ]

    @Test(arguments: refused.indices)
    func `refuses what would be two requests or none`(_ index: Int) async throws {
        let client = try HTTPClient()
        defer { client.close() }
        let failure = await #expect(throws: ClientFailure.self) {
            _ = try await client.send(Self.refused[index])
        }
        #expect(failure?.code == "request-invalid")
        #expect(failure?.isInvalid == true)
        #expect(failure?.isUnsent == true)
    }

    @Test func `gives up when the answer does not come in time`() async throws {
        let replies = Mailbox<ServerReply>()
        defer { _ = replies.takeAll() }  // a kept reply keeps its server
        let client = try HTTPClient()
        defer { client.close() }
        try await withServer(handler: TestHandler(handling: { _, reply in replies.put(reply) })) { server in
            let failure = await #expect(throws: ClientFailure.self) {
                _ = try await client.send(
                    ClientRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/", timeoutSeconds: 0.2)
                )
            }
            #expect(failure?.code == "timeout")
            #expect(failure?.isUnsent == false)
            #expect(failure?.isInvalid == false)
            #expect(replies.count == 1)
        }
    }

    @Test func `sends nothing whose time was over before it could be sent`() async throws {
        let client = try HTTPClient()
        defer { client.close() }
        try await withServer { server in
            let url = "http://127.0.0.1:\(server.port)/"
            let late = ClientRequest(method: "GET", url: url, since: .now - .seconds(11))
            let failure = await #expect(throws: ClientFailure.self) { _ = try await client.send(late) }
            #expect(failure?.code == "timeout")
            #expect(failure?.isUnsent == true)
            let right = ClientRequest(method: "GET", url: url, since: .now - .seconds(1))
            let answer = try await client.send(right)
            #expect(answer.status == 200)
        }
    }

    @Test func `names the host, not the secrets, of what it cannot reach`() async throws {
        var port = 0
        try withServer { port = $0.port }  // free again afterwards
        let client = try HTTPClient()
        defer { client.close() }
        let refused = await #expect(throws: ClientFailure.self) {
            _ = try await client.send(
                ClientRequest(
                    method: "GET", url: "http://user:hunter2@127.0.0.1:\(port)/key-s3cret",
                    headers: [HeaderField("Authorization", "s3cret")]))
        }
        #expect(refused?.code == "could-not-connect")
        #expect(refused?.isUnsent == true)
        #expect(refused?.isInvalid == false)
        #expect(refused?.message.contains("127.0.0.1") == true)
        #expect(refused?.message.contains("hunter2") == false)
        #expect(refused?.message.contains("s3cret") == false)
        let unknown = await #expect(throws: ClientFailure.self) {
            _ = try await client.send(ClientRequest(method: "GET", url: "http://relay-test.invalid/"))
        }
        #expect(unknown?.code == "name-not-resolved")
        #expect(unknown?.isUnsent == true)
    }

    @Test func `does not speak TLS with what does not`() async throws {
        let client = try HTTPClient()
        defer { client.close() }
        try await withServer { server in
            let failure = await #expect(throws: ClientFailure.self) {
                _ = try await client.send(
                    ClientRequest(method: "GET", url: "https://127.0.0.1:\(server.port)/"))
            }
            #expect(failure?.code == "tls-failed")
            #expect(failure?.isUnsent == true)
        }
    }

    @Test func `says how an authority becomes known that is not`() async throws {
        let client = try HTTPClient()
        defer { client.close() }
        try await withServer(tls: TestCertificate.first.context()) { server in
            let failure = await #expect(throws: ClientFailure.self) {
                _ = try await client.send(
                    ClientRequest(method: "GET", url: "https://127.0.0.1:\(server.port)/"))
            }
            #expect(failure?.code == "tls-failed")
            #expect(failure?.message.contains("not accepted. (SSL certificate problem: ") == true)
            #expect(failure?.message.hasSuffix("update-ca-certificates.") == true)
        }
    }

    @Test func `says when the connection broke before the answer`() async throws {
        let client = try HTTPClient()
        defer { client.close() }
        let limits = ServerLimits.with { ($0.headSeconds, $0.bodySeconds) = (1, 1) }
        try await withServer(limits: limits) { server in
            let failure = await #expect(throws: ClientFailure.self) {
                // The announced body never comes, so that the server cuts the connection.
                _ = try await client.send(
                    ClientRequest(
                        method: "GET", url: "http://127.0.0.1:\(server.port)/",
                        headers: [HeaderField("Content-Length", "10")]))
            }
            #expect(failure?.code == "connection-lost")
            #expect(failure?.isUnsent == false)
        }
    }

    @Test func `replaces a kept connection that the server has closed`() async throws {
        let client = try HTTPClient()
        defer { client.close() }
        let handler = TestHandler()
        let first = try HTTPServer.start(host: "127.0.0.1", port: 0, handler: handler)
        let request = ClientRequest(method: "POST", url: "http://127.0.0.1:\(first.port)/", body: [0x61])
        _ = try await client.send(request)
        first.stop(graceSeconds: 0)
        let second = try HTTPServer.start(host: "127.0.0.1", port: first.port, handler: handler)
        defer { second.stop(graceSeconds: 0) }
        #expect(try await client.send(request).status == 200)
    }

    @Test func `that is closed fails what runs, each exactly once, and refuses what comes`() throws {
        let replies = Mailbox<ServerReply>()
        defer { _ = replies.takeAll() }  // a kept reply keeps its server
        let outcomes = Mailbox<String>()
        let client = try HTTPClient(connectionsPerHostMax: 4)
        try withServer(handler: TestHandler(handling: { _, reply in replies.put(reply) })) { server in
            let request = ClientRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/")
            for _ in 0..<20 {
                client.send(request) { outcome in
                    if case .failure(let failure) = outcome {
                        outcomes.put(failure.isUnsent ? "\(failure.code) unsent" : failure.code)
                    } else {
                        outcomes.put("ok")
                    }
                }
            }
            try #require(replies.wait(for: 4))
            #expect(server.counters.openConnections == 4)
            client.close()
            let ends = outcomes.takeAll().sorted()
            #expect(ends.prefix(4).allSatisfy { $0 == "closed" })
            #expect(ends.dropFirst(4).elementsEqual([String](repeating: "closed unsent", count: 16)))
            client.send(request) { outcome in
                if case .failure(let failure) = outcome { outcomes.put("late \(failure.isUnsent)") }
            }
            #expect(outcomes.takeAll() == ["late true"])
            client.close()
        }
    }

    @Test func `may be closed and used from its own completions`() throws {
        let done = Mailbox<String>()
        try withServer { server in
            let client = try HTTPClient()
            let request = ClientRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/")
            client.send(request) { _ in
                client.send(request) { outcome in
                    done.put((try? outcome.get().status).map(String.init) ?? "failed")
                    client.close()
                }
            }
            #expect(done.wait(for: 1))
            #expect(done.takeAll() == ["200"])
        }
    }

    @Test func `answers two thousand requests sent at once`() throws {
        let outcomes = Mailbox<Int>()
        let client = try HTTPClient()
        defer { client.close() }
        // Under the thread sanitizer they take more than the usual 10 s.
        let limits = ServerLimits.with { ($0.headSeconds, $0.answerSeconds) = (60, 60) }
        try withServer(limits: limits) { server in
            let request = ClientRequest(
                method: "POST", url: "http://127.0.0.1:\(server.port)/", body: [1], timeoutSeconds: 60)
            for _ in 0..<2_000 {
                client.send(request) { outcomes.put((try? $0.get().status) ?? 0) }
            }
            #expect(outcomes.wait(for: 2_000, seconds: 60))
            #expect(outcomes.takeAll().allSatisfy { $0 == 200 })
            #expect(server.counters.openConnections <= 64)
        }
    }
}
