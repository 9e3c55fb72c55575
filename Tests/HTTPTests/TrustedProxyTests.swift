internal import HTTPServer
internal import Testing

@Suite struct `A trusted proxy` {
    private static func networks(_ texts: String...) -> TrustedProxies {
        TrustedProxies(texts.compactMap(TrustedProxies.Network.init))
    }

    @Test(arguments: [
        ("10.0.0.0/8", true), ("10.0.0.1", true), ("::1", true), ("2001:db8::/32", true), ("0.0.0.0/0", true),
        ("10.0.0.1/8", false), ("10.0.0.0/33", false), ("10.0.0.0/", false), ("10.0.0.0/8/8", false),
        ("10.0.0.0/+8", false), ("10.0.0", false), ("localhost", false), ("", false), ("10.0.0.1\0", false),
        ("2001:db8::1/32", false), ("::/129", false),
    ]) func `is an address or a network`(_ row: (String, Bool)) {
        #expect((TrustedProxies.Network(row.0) != nil) == row.1)
    }

    @Test func `has every address of its network, also written as IPv6`() {
        let proxies = Self.networks("10.1.0.0/16", "2001:db8::/33", "192.0.2.7")
        for address in ["10.0.255.255", "10.2.0.0", "192.0.2.6", "2001:db8:8000::1", "::1", "x", ""] {
            #expect(!proxies.contains(address), "\(address)")
        }
        for address in ["10.1.0.0", "10.1.255.255", "192.0.2.7", "::ffff:192.0.2.7", "2001:db8:7fff::1"] {
            #expect(proxies.contains(address), "\(address)")
        }
    }

    /// The server sees every peer as 127.0.0.1.
    @Test(arguments: [
        (trusted: ["127.0.0.1"], fields: ["192.0.2.1"], peer: "192.0.2.1"),
        (trusted: ["127.0.0.1"], fields: ["198.51.100.9, 192.0.2.1"], peer: "192.0.2.1"),
        (trusted: ["127.0.0.1", "10.0.0.0/8"], fields: ["192.0.2.1 , 10.0.0.7"], peer: "192.0.2.1"),
        (trusted: ["127.0.0.1", "10.0.0.0/8"], fields: ["192.0.2.1", "10.0.0.7"], peer: "192.0.2.1"),
        (trusted: ["127.0.0.1", "10.0.0.0/8"], fields: ["10.0.0.7"], peer: "10.0.0.7"),
        (trusted: ["127.0.0.1"], fields: ["192.0.2.1, nonsense"], peer: "127.0.0.1"),
        (trusted: ["127.0.0.1"], fields: ["192.0.2.1,"], peer: "192.0.2.1"),
        (trusted: ["127.0.0.1"], fields: [], peer: "127.0.0.1"),
        (trusted: ["10.0.0.0/8"], fields: ["192.0.2.1"], peer: "127.0.0.1"),
        (trusted: [], fields: ["192.0.2.1"], peer: "127.0.0.1"),
    ]) func `says whom it forwards for, and a stranger does not`(
        _ row: (trusted: [String], fields: [String], peer: String)
    ) throws {
        let peers = Mailbox<String>()
        let handler = TestHandler(handling: { request, reply in
            peers.put(request.peer)
            reply(ServerResponse(status: 200))
        })
        let limits = ServerLimits.with {
            $0.trustedProxies = TrustedProxies(row.trusted.compactMap(TrustedProxies.Network.init))
        }
        try withServer(limits: limits, handler: handler) { server in
            let socket = try RawSocket(port: server.port)
            let fields = row.fields.map { "X-Forwarded-For: \($0)\r\n" }.joined()
            // What one request says is not said of the next.
            socket.send(RefusedRequest.post(fields + RefusedRequest.hello))
            socket.send(RefusedRequest.post(RefusedRequest.hello))
            for _ in 0..<2 { #expect(socket.receive()?.status == 200) }
            #expect(peers.takeAll() == [row.peer, "127.0.0.1"])
        }
    }
}
