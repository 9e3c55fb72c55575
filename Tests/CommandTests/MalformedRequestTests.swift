import Foundation
import Testing

/// Bytes that no honest sender sends, and what they are answered.
struct MalformedRequest: CustomTestStringConvertible {
    let name: String
    /// Nil where the server closes without an answer.
    let status: Int?
    /// Nil where there is no answer.
    let code: String?
    let bytes: [UInt8]

    var testDescription: String { name }

    init(_ name: String, _ status: Int?, _ code: String?, _ bytes: [UInt8]) {
        (self.name, self.status, self.code, self.bytes) = (name, status, code, bytes)
    }

    /// The documented sample, signed, with head lines as given before its own.
    static func signed(_ lines: String, length: String? = nil) throws -> [UInt8] {
        let request = try TestDelivery.documented.request()
        let own = request.headers.map { "\($0.0): \($0.1)\r\n" }.joined()
        let start = "POST /opensense HTTP/1.1\r\n\(lines)\(own)"
        let head = start + "Content-Length: \(length ?? "\(request.body.count)")\r\n\r\n"
        return Array(head.utf8) + request.body
    }

    /// The documented sample with a signature header as given.
    static func withSignature(_ value: [UInt8]) -> [UInt8] {
        let body = TestDelivery.documented.body
        let start = "POST /opensense HTTP/1.1\r\nHost: relay\r\nX-OpenSense-Signature: "
        return Array(start.utf8) + value + Array("\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
    }

    /// `text` with a byte in place of every `¿`.
    static func replacing(_ text: String, with byte: UInt8) -> [UInt8] {
        Array(
            text.split(separator: "¿", omittingEmptySubsequences: false).map { Array($0.utf8) }.joined(
                separator: [byte]))
    }
}

extension MalformedRequest {
    static func all() throws -> [MalformedRequest] {
        let host = "Host: relay\r\n"
        let one = String(repeating: "a", count: 43) + "="
        return [
            .init("a byte that is no UTF-8 in a header", 200, "accepted", try byte(0xFF, in: "X-Odd: ¿\r\n")),
            .init("a NUL in a header", 400, "header-malformed", try byte(0, in: "X-Odd: a¿b\r\n")),
            .init(
                "a byte that is no UTF-8 in the signature", 401, "unauthenticated",
                withSignature([0x74, 0x3D, 0xFF])),
            .init("a NUL in the signature", 400, "header-malformed", withSignature([0x74, 0x3D, 0x00])),
            .init("t=nan", 401, "unauthenticated", withSignature(Array("t=nan,v1=\(one)".utf8))),
            .init(
                "t=99999999999999999999", 401, "unauthenticated",
                withSignature(Array("t=99999999999999999999,v1=\(one)".utf8))),
            .init("t=-1", 401, "unauthenticated", withSignature(Array("t=-1,v1=\(one)".utf8))),
            .init("an empty signature", 401, "unauthenticated", withSignature([])),
            .init(
                "100 KB of headers", 431, "headers-too-large",
                try signed(
                    host + (0..<1_000).map { "X-\($0): \(String(repeating: "h", count: 95))\r\n" }.joined())),
            .init(
                "a header of 100 KB", 431, "headers-too-large",
                try signed(host + "X-Long: \(String(repeating: "h", count: 100_000))\r\n")),
            .init(
                "Content-Length with Transfer-Encoding", 400, "framing-ambiguous",
                try signed(host + "Transfer-Encoding: chunked\r\n")),
            .init(
                "two Content-Lengths", 400, "content-length-repeated",
                try signed(host + "Content-Length: 5\r\n")),
            .init("a signed Content-Length", 400, "content-length-malformed", try signed(host, length: "+5")),
            .init(
                "a negative Content-Length", 400, "content-length-malformed", try signed(host, length: "-1")),
            .init(
                "a Content-Length of letters", 400, "content-length-malformed",
                try signed(host, length: "many")),
            .init(
                "a Content-Length past all numbers", 400, "content-length-malformed",
                try signed(host, length: "99999999999999999999")),
            .init("two Hosts", 400, "host-repeated", try signed(host + host)),
            .init("no Host", 400, "host-missing", try signed("")),
            .init(
                "a repeated signature", 400, "opensense-header-repeated",
                try signed(host + "X-OpenSense-Signature: t=1,v1=\(one)\r\n")),
            .init("a header without a colon", 400, "header-malformed", try signed(host + "nonsense\r\n")),
            .init("a truncated body", nil, nil, try Array(signed(host).dropLast(20))),
            .init("a truncated head", nil, nil, Array("POST /opensense HTTP/1.1\r\nHost: re".utf8)),
            .init("no HTTP at all", 400, "tls-unexpected", Array("\u{16}\u{3}\u{1} hello\r\n\r\n".utf8)),
        ]
    }

    private static func byte(_ byte: UInt8, in line: String) throws -> [UInt8] {
        let whole = try signed("Host: relay\r\n@@\r\n")
        let text = String(decoding: whole, as: UTF8.self).replacingOccurrences(of: "@@\r\n", with: line)
        return replacing(text, with: byte)
    }
}

@Suite struct `Malformed requests` {
    @Test func `each gets its status, and the relay answers the next one`() async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            for request in try MalformedRequest.all() {
                let connection = try Connection(port: relay.port)
                connection.send(request.bytes)
                if request.status == nil { connection.finishSending() }
                let answer = try? connection.answer()
                #expect(answer?.status == request.status, "\(request.name)")
                #expect(answer?.code == request.code, "\(request.name): \(answer?.body ?? "")")
                #expect(try relay.get("/healthz").code == "ok", "after \(request.name)")
            }
            #expect(relay.program.isRunning)
            #expect(try await relay.stop() == .exit(0))
        }
    }

    @Test func `an endless chunked body is ended by the relay`() async throws {
        try await World.run { world in
            let relay = try await world.relay(at: "http://127.0.0.1:9")
            let connection = try Connection(port: relay.port)
            connection.send("POST /opensense HTTP/1.1\r\nHost: relay\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0x78, count: 65_536) + Array("\r\n".utf8)
            let isEnded = (0..<4_096).contains { _ in !connection.send(chunk) }
            #expect(isEnded, "256 MB were taken")
            #expect(try relay.get("/healthz").code == "ok")
        }
    }
}
