internal import CLibSSL
internal import HTTPServer
internal import Synchronization
internal import TLSForTests
internal import Testing

private func post(_ body: String, closes: Bool = true) -> String {
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n"
        + (closes ? "Connection: close\r\n" : "") + "\r\n" + body
}

extension TestCertificate {
    func context() throws -> TLSContext {
        try TLSContext(certificateChain: Array(certificate.utf8), privateKey: Array(key.utf8))
    }
}

extension TLSClient {
    convenience init(
        port: Int, protocols: [String]? = nil, versionMax: Int32 = TLS1_3_VERSION, ciphers: String? = nil,
        groups: String? = nil
    ) throws {
        let socket = try RawSocket(port: port)
        try self.init(
            socket.descriptor, keeping: socket, protocols: protocols, versionMax: versionMax,
            ciphers: ciphers, groups: groups)
    }
}

@Suite struct `A server with TLS` {
    @Test(arguments: [(TLS1_2_VERSION, "TLSv1.2"), (TLS1_3_VERSION, "TLSv1.3")])
    func `answers in the newest version that the client speaks`(_ row: (max: Int32, name: String)) throws {
        try withServer(tls: TestCertificate.first.context()) { server in
            let client = try TLSClient(port: server.port, versionMax: row.max)
            try #require(client.shakeHands())
            #expect(client.version == row.name)
            #expect(client.certificateName == "/CN=first.test")
            client.send(post("hello", closes: false))
            #expect(client.receive(until: "hello").hasPrefix("HTTP/1.1 200"))
            client.send(post("again"))
            #expect(client.receiveAll().hasSuffix("\r\n\r\nagain"))
            #expect(client.hasEndedOrderly)
        }
    }

    @Test func `refuses what is older than 1.2`() throws {
        try withServer(tls: TestCertificate.first.context()) { server in
            let client = try TLSClient(port: server.port, versionMax: TLS1_1_VERSION)
            #expect(!client.shakeHands())
        }
    }

    private typealias Choice = (offered: [String]?, chosen: String?)

    @Test(arguments: [
        Choice(["h2", "http/1.1"], "http/1.1"), Choice(["http/1.1"], "http/1.1"), Choice(nil, ""),
        Choice(["h2"], nil), Choice(["http/1.0", "h2"], nil),
    ]) private func `speaks HTTP/1.1 or nothing`(_ row: Choice) throws {
        let notices = Mailbox<ServerNotice>()
        let handler = TestHandler(noting: { notices.put($0) })
        try withServer(tls: TestCertificate.first.context(), handler: handler) { server in
            let client = try TLSClient(port: server.port, protocols: row.offered)
            #expect(client.shakeHands() == (row.chosen != nil))
            guard let chosen = row.chosen else { return #expect(notices.wait(for: 1)) }
            #expect(client.applicationProtocol == chosen)
        }
    }

    @Test func `takes a body of a megabyte, and gives it back`() throws {
        try withServer(tls: TestCertificate.first.context()) { server in
            let client = try TLSClient(port: server.port)
            try #require(client.shakeHands())
            let body = String(repeating: "x", count: 1_000_000)
            client.send(post(body))
            #expect(client.receiveAll().hasSuffix("\r\n\r\n" + body))
        }
    }

    @Test func `answers a client that has ended its side`() throws {
        let replies = Mailbox<ServerReply>()
        let handler = TestHandler(handling: { _, reply in replies.put(reply) })
        try withServer(tls: TestCertificate.first.context(), handler: handler) { server in
            let client = try TLSClient(port: server.port)
            try #require(client.shakeHands())
            client.send(post("hello"))
            client.finishSending()
            try #require(replies.wait(for: 1))
            for reply in replies.takeAll() { reply(ServerResponse(status: 200, body: Array("late".utf8))) }
            #expect(client.receiveAll().hasSuffix("late"))
        }
    }

    @Test func `goes on with new keys`() throws {
        try withServer(tls: TestCertificate.first.context()) { server in
            let client = try TLSClient(port: server.port)
            try #require(client.shakeHands())
            for _ in 0..<10 { #expect(client.updateKeys()) }
            client.send(post("hello"))
            #expect(client.receiveAll().hasSuffix("hello"))
        }
    }

    @Test func `ends a connection that asks for new keys again and again`() throws {
        try withServer(tls: TestCertificate.first.context()) { server in
            let client = try TLSClient(port: server.port)
            try #require(client.shakeHands())
            for _ in 0..<100 where !client.updateKeys() { break }
            client.send(post("hello"))
            #expect(!client.receiveAll().hasSuffix("hello"))
            let other = try TLSClient(port: server.port)
            #expect(other.shakeHands())
        }
    }

    @Test func `agrees on no group that is dear to the server`() throws {
        try withServer(tls: TestCertificate.first.context()) { server in
            let dear = try TLSClient(port: server.port, groups: "ffdhe8192:ffdhe2048")
            #expect(!dear.shakeHands())
            let client = try TLSClient(port: server.port, groups: "ffdhe8192:P-256")
            #expect(client.shakeHands())
        }
    }

    @Test func `says that it ends to a client that was idle for too long`() throws {
        try withServer(tls: TestCertificate.first.context(), limits: .with { $0.idleSeconds = 1 }) { server in
            let client = try TLSClient(port: server.port)
            try #require(client.shakeHands())
            #expect(client.receiveAll().isEmpty)
            #expect(client.hasEndedOrderly)
        }
    }

    @Test func `says in plain words that it speaks TLS`() throws {
        try withServer(tls: TestCertificate.first.context()) { server in
            let socket = try RawSocket(port: server.port)
            socket.send(post("hello"))
            let response = try #require(socket.receive())
            #expect(response.status == 400)
            #expect(response.body == "tls-missing")
            #expect(socket.isClosedByPeer())
        }
    }

    @Test func `shows new clients a new certificate, and keeps the connections of old ones`() throws {
        try withServer(tls: TestCertificate.first.context()) { server in
            let old = try TLSClient(port: server.port)
            try #require(old.shakeHands())
            server.replace(tls: try TestCertificate.second.context())
            let new = try TLSClient(port: server.port)
            try #require(new.shakeHands())
            #expect(new.certificateName == "/CN=second.test")
            old.send(post("hello"))
            #expect(old.receiveAll().hasSuffix("hello"))
        }
    }

    @Test func `says of a handshake that fails what was wrong`() throws {
        let notices = Mailbox<ServerNotice>()
        let handler = TestHandler(noting: { notices.put($0) })
        try withServer(tls: TestCertificate.first.context(), handler: handler) { server in
            let client = try TLSClient(
                port: server.port, versionMax: TLS1_2_VERSION, ciphers: "AES128-SHA")
            #expect(!client.shakeHands())
            try #require(notices.wait(for: 1))
            #expect(
                notices.takeAll() == [.handshakeFailed(peer: "127.0.0.1", reason: "no shared cipher")])
            // A record of the handshake's type and nothing in it that makes sense.
            let stranger = try RawSocket(port: server.port)
            stranger.send([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0])
            #expect(notices.wait(for: 1))
            let gone = try RawSocket(port: server.port)
            gone.send([0x16, 3, 1])
            gone.finishSending()
            #expect(notices.wait(for: 2))
            #expect(notices.takeAll().last == .handshakeFailed(peer: "127.0.0.1", reason: "broken off"))
        }
    }

    @Test func `gives a handshake a time, a length and a number`() throws {
        let notices = Mailbox<ServerNotice>()
        let handler = TestHandler(noting: { notices.put($0) })
        let limits = ServerLimits.with {
            $0.handshakeSeconds = 1
            $0.handshakesMax = 3
            $0.handshakeBytesMax = 5_000
        }
        try withServer(tls: TestCertificate.first.context(), limits: limits, handler: handler) { server in
            var slow: [RawSocket] = []
            for count in 1...4 {
                let socket = try RawSocket(port: server.port)
                socket.send([0x16, 3, 1, 2, 0])
                slow.append(socket)
                #expect(eventually { server.counters.openConnections >= min(count, 3) })
            }
            for socket in slow { #expect(socket.isClosedByPeer()) }
            let long = try RawSocket(port: server.port)
            // A hello of 60,000 bytes in records of 8,000.
            long.send([0x16, 3, 1, 0x1F, 0x40, 1, 0, 0xEA, 0x60] + [UInt8](repeating: 0, count: 7_996))
            #expect(long.isClosedByPeer())
            let client = try TLSClient(port: server.port)
            #expect(client.shakeHands())
        }
        let reasons = notices.takeAll().compactMap { notice -> String? in
            if case .handshakeFailed(_, let reason) = notice { reason } else { nil }
        }
        #expect(Set(reasons).isSuperset(of: ["not over in time", "too long"]))
        #expect(reasons.contains("too many others"))
    }

    @Test func `has requests answered while strangers begin handshakes`() throws {
        try withServer(tls: TestCertificate.first.context()) { server in
            let client = try TLSClient(port: server.port)
            try #require(client.shakeHands())
            let strangers = try (0..<200).map { _ in
                let socket = try RawSocket(port: server.port)
                socket.send([0x16, 3, 1, 2, 0, 1])
                return socket
            }
            for _ in 0..<20 {
                client.send(post("hello", closes: false))
                #expect(client.receive(until: "hello").hasPrefix("HTTP/1.1 200"))
            }
            let new = try TLSClient(port: server.port)
            #expect(new.shakeHands())
            withExtendedLifetime(strangers) {}
        }
    }

    @Test func `ends a connection whose records were changed on their way`() throws {
        let notices = Mailbox<ServerNotice>()
        let requests = Mailbox<ServerRequest>()
        let handler = TestHandler(
            handling: { request, reply in
                requests.put(request)
                reply(ServerResponse(status: 200))
            }, noting: { notices.put($0) })
        try withServer(tls: TestCertificate.first.context(), handler: handler) { server in
            let client = try TLSClient(port: server.port)
            try #require(client.shakeHands())
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\n")
            (client.connection as? RawSocket)?.send([0x17, 3, 3, 0, 40] + [UInt8](repeating: 7, count: 40))
            #expect(client.receiveAll().isEmpty)
            #expect(notices.wait(for: 1))
        }
        #expect(requests.count == 0)
    }

    @Test func `that stops answers and ends`() throws {
        let replies = Mailbox<ServerReply>()
        let handler = TestHandler(handling: { _, reply in replies.put(reply) })
        let server = try HTTPServer.start(
            host: "127.0.0.1", port: 0, tls: TestCertificate.first.context(), handler: handler)
        let client = try TLSClient(port: server.port)
        try #require(client.shakeHands())
        let half = try RawSocket(port: server.port)
        half.send([0x16, 3])
        client.send(post("hello"))
        try #require(replies.wait(for: 1))
        server.stop(graceSeconds: 0)
        #expect(client.receiveAll().hasSuffix("draining"))
        #expect(half.isClosedByPeer())
    }
}

@Suite struct `A certificate and its key` {
    @Test func `end with the certificate`() throws {
        // 2126-10-11 and later.
        #expect(try TestCertificate.first.context().certificateEndsAt > 4_900_000_000)
    }

    @Test(arguments: [
        (TestCertificate.encrypted, TLSContextError.keyEncrypted),
        (TestCertificate(certificate: "", key: TestCertificate.first.key), .certificateMissing),
        (TestCertificate(certificate: TestCertificate.first.key, key: ""), .certificateMissing),
        (TestCertificate(certificate: TestCertificate.first.certificate, key: "nothing"), .keyMissing),
        (
            TestCertificate(
                certificate: TestCertificate.first.certificate, key: TestCertificate.second.key),
            .keyOfAnother
        ),
        (
            TestCertificate(
                certificate: TestCertificate.first.certificate + "-----BEGIN CERTIFICATE-----\nAAAA\n",
                key: TestCertificate.first.key),
            .refused("bad end line")
        ), (TestCertificate.weak, .refused("ee key too small")),
    ]) func `are refused in words`(_ row: (given: TestCertificate, error: TLSContextError)) {
        let error = #expect(throws: TLSContextError.self) { try row.given.context() }
        #expect(error == row.error)
        #expect(error?.description.hasSuffix(".") == true)
    }
}
