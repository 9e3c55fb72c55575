internal import Foundation
internal import Testing

@testable internal import HTTPServer

@Suite struct `Requests that are not whole` {
    @Test func `are counted with their heads`() throws {
        let notices = Mailbox<ServerNotice>()
        let limits = ServerLimits.with { $0.unfinishedBytesMax = 80_000 }
        try withServer(limits: limits, handler: TestHandler(noting: { notices.put($0) })) { server in
            let heads = try (0..<4).map { _ in try RawSocket(port: server.port) }
            for socket in heads {
                socket.send("POST / HTTP/1.1\r\nX: ")
                socket.send([UInt8](repeating: 0x78, count: 12_000))
            }
            try #require(notices.wait(for: 1))
            #expect(notices.takeAll() == [.tooSlow(peer: "127.0.0.1", target: "")])
            #expect(eventually { server.counters.openConnections == 3 })
        }
    }

    @Test func `go by how fast their heads come: one that has just begun stays`() throws {
        let notices = Mailbox<ServerNotice>()
        let limits = ServerLimits.with { $0.unfinishedBytesMax = 80_000 }
        try withServer(limits: limits, handler: TestHandler(noting: { notices.put($0) })) { server in
            let newest = try RawSocket(port: server.port)
            let heads = try (0..<3).map { _ in try RawSocket(port: server.port) }
            for socket in heads {
                socket.send("POST / HTTP/1.1\r\nX: ")
                socket.send([UInt8](repeating: 0x78, count: 12_000))
            }
            // The loop's clock: as slow as they are now, what comes in one turn is faster.
            Thread.sleep(forTimeInterval: 0.2)
            newest.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 6_000))
            try #require(notices.wait(for: 1))
            #expect(notices.takeAll() == [.tooSlow(peer: "127.0.0.1", target: "")])
            newest.send("\r\n\r\n")
            #expect(newest.receive()?.status == 200)
        }
    }

    @Test func `have a bound in all, past which the slowest of the long ones goes`() throws {
        let notices = Mailbox<ServerNotice>()
        let limits = ServerLimits.with { $0.unfinishedBytesMax = 200_000 }
        try withServer(limits: limits, handler: TestHandler(noting: { notices.put($0) })) { server in
            let short = try RawSocket(port: server.port)
            short.send(RefusedRequest.post("Content-Length: 16384\r\n\r\n"))
            short.send([UInt8](repeating: 0x78, count: 16_000))
            let long = try (0..<3).map { _ in try RawSocket(port: server.port) }
            for socket in long {
                socket.send(RefusedRequest.post("Content-Length: 50000\r\n\r\n"))
                socket.send([UInt8](repeating: 0x78, count: 40_000))
            }
            try #require(notices.wait(for: 1))
            #expect(notices.takeAll() == [.tooSlow(peer: "127.0.0.1", target: "/")])
            #expect(eventually { server.counters.openConnections == 3 })
            short.send([UInt8](repeating: 0x78, count: 384))
            #expect(short.receive()?.status == 200)
        }
    }

    @Test func `are given back at once when they are refused`() throws {
        let notices = Mailbox<ServerNotice>()
        let limits = ServerLimits.with { $0.unfinishedBytesMax = 200_000 }
        try withServer(limits: limits, handler: TestHandler(noting: { notices.put($0) })) { server in
            let slow = try RawSocket(port: server.port)
            slow.send(RefusedRequest.post("Content-Length: 20000\r\n\r\n"))
            slow.send([UInt8](repeating: 0x78, count: 19_000))
            for _ in 0..<6 {
                let socket = try RawSocket(port: server.port)
                socket.send(RefusedRequest.chunked + "ea60\r\n")
                socket.send([UInt8](repeating: 0x78, count: 60_000))
                socket.send("zz\r\n")
                #expect(socket.receive()?.body == "chunk-malformed")
            }
            slow.send([UInt8](repeating: 0x78, count: 1_000))
            #expect(slow.receive()?.status == 200)
        }
        #expect(notices.takeAll() == [])
    }

    @Test func `are cut when they fall silent, however much had come at once`() throws {
        try withServer(limits: .with { $0.bodySeconds = 1 }) { server in
            let socket = try RawSocket(port: server.port)
            socket.send(RefusedRequest.post("Content-Length: 1000000\r\n\r\n"))
            socket.send([UInt8](repeating: 0x78, count: 999_999))
            #expect(socket.isClosedByPeer())
        }
    }

    @Test func `are given back when they are whole or gone`() {
        var budget = UnfinishedBudget()
        budget.change(from: 0, to: 16_384)
        budget.change(from: 16_384, to: 16_385)
        #expect((budget.shortBytes, budget.longBytes) == (0, 16_385))
        #expect(budget.excess(of: 32_770) == nil)
        #expect(budget.excess(of: 32_769)?(16_385) == true)
        #expect(budget.excess(of: 32_769)?(16_384) == false)
        budget.change(from: 16_385, to: 0)
        #expect((budget.shortBytes, budget.longBytes) == (0, 0))
    }
}

@Suite struct `Connections of one address` {
    @Test(
        arguments: [
            ("127.0.0.1", nil), ("127.9.9.9", nil), ("::1", nil), ("", nil), ("::ffff:127.0.0.1", nil),
            ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"), ("2001:db8:1:2::6", "2001:db8:1:2"),
            ("2001:db8::6", "2001:db8:0:0"),
            ("fe80::1%eth0", "fe80:0:0:0"), ("::2", "0:0:0:0"),
        ] as [(String, String?)]) func `count with their /64, and not at all from this machine`(
            _ row: (String, String?)
        )
    {
        #expect(AddressCounts.group(of: row.0) == row.1)
    }

    @Test func `have a bound, and make room when they go`() {
        let counts = AddressCounts()
        #expect(counts.take("a", max: 2) && counts.take("a", max: 2) && counts.take("b", max: 2))
        #expect(!counts.take("a", max: 2))
        #expect(counts.take(nil, max: 0))
        counts.giveBack("a")
        #expect(counts.take("a", max: 2))
    }
}
