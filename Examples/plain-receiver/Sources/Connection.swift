import Foundation
import OpenSenseWebhooks

/// As much HTTP/1.1 as a receiver behind a proxy needs: one request on a connection, with a length or in chunks.
///
/// Everything that a stranger sends is bounded in bytes and in time, its declared length included.
struct Connection: ~Copyable {
    static let headBytesMax = 16 << 10
    /// One byte more than a receiver takes, so that it sees what is too long and says so.
    static let bodyBytesMax = ResponsePolicy.standard.bodyBytesMax + 1
    /// The sender waits for 5 s in all.
    static let patience = Duration.seconds(4)

    /// Why a request is not taken.
    struct Refusal: Error {
        let status: Int
        let code: String
    }

    let socket: Int32
    private let began = ContinuousClock.now
    private var unread: ArraySlice<UInt8> = []
    private var headRoom = Connection.headBytesMax

    init(socket: Int32) {
        self.socket = socket
        // Each wait is bounded, and `fill` bounds their sum.
        var patience = timeval(tv_sec: 4, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(socket, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    deinit { close(socket) }

    // MARK: Reading

    mutating func read() throws(Refusal) -> (request: WebhookRequest, path: String) {
        let words = try line().split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { throw .malformed }
        var headers: [(name: String, value: String)] = []
        while case let line = try line(), !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            // A name with a space, or none: a proxy may read another field there.
            guard parts.count == 2, !parts[0].isEmpty, !parts[0].contains(where: \.isWhitespace) else {
                throw .malformed
            }
            let value = parts[1].drop { $0 == " " || $0 == "\t" }
            headers.append((name: parts[0].lowercased(), value: String(value)))
        }
        if headers.contains(where: { $0.name == "expect" }) { write("HTTP/1.1 100 Continue\r\n\r\n") }
        var request = WebhookRequest(method: words[0], headers: headers, body: try body(headers))
        request.beganAt = began
        return (request, words[1].split(separator: "?").first.map(String.init) ?? "")
    }

    /// The raw bytes: nothing may decode the body before its signature holds.
    private mutating func body(_ headers: [(name: String, value: String)]) throws(Refusal) -> [UInt8] {
        let lengths = headers.filter { $0.name == "content-length" }.map(\.value)
        let codings = headers.filter { $0.name == "transfer-encoding" }.map(\.value)
        guard codings.isEmpty else {
            guard codings.count == 1, codings[0].lowercased() == "chunked", lengths.isEmpty else {
                throw .malformed
            }
            return try chunks()
        }
        guard lengths.count <= 1, let length = number(lengths.first ?? "0", radix: 10) else {
            throw .malformed
        }
        return try bytes(min(length, Self.bodyBytesMax))
    }

    private mutating func chunks() throws(Refusal) -> [UInt8] {
        var body: [UInt8] = []
        while body.count < Self.bodyBytesMax {
            let size = try line().prefix { $0 != ";" }
            guard size.count <= 8, let length = number(size, radix: 16) else { throw .malformed }
            guard length > 0 else {
                while try !line().isEmpty {}  // trailers
                return body
            }
            body += try bytes(min(length, Self.bodyBytesMax - body.count))
            if body.count < Self.bodyBytesMax, try !line().isEmpty { throw .malformed }
        }
        return body
    }

    /// Digits and no sign, which `Int` allows.
    private func number(_ text: some StringProtocol, radix: Int) -> Int? {
        text.allSatisfy(\.isHexDigit) ? Int(text, radix: radix) : nil
    }

    private mutating func line() throws(Refusal) -> String {
        while true {
            if let end = unread.firstIndex(of: 10) {
                let line = unread[..<end]
                unread = unread[(end + 1)...]
                headRoom -= line.count
                guard headRoom >= 0 else { throw Refusal(status: 431, code: "head-too-large") }
                return String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
            }
            guard unread.count <= headRoom else { throw Refusal(status: 431, code: "head-too-large") }
            try fill()
        }
    }

    private mutating func bytes(_ count: Int) throws(Refusal) -> [UInt8] {
        while unread.count < count { try fill() }
        defer { unread = unread.dropFirst(count) }
        return Array(unread.prefix(count))
    }

    private mutating func fill() throws(Refusal) {
        // A refusal would lose for good what is only slow.
        guard ContinuousClock.now - began < Self.patience else {
            throw Refusal(status: 429, code: "too-slow")
        }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else { throw Refusal(status: 429, code: "cut-short") }
        unread += buffer[..<count]
    }

    // MARK: Answering

    consuming func answer(_ answer: WebhookResponse) {
        let fields = answer.headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        let body = String(decoding: answer.body, as: UTF8.self)
        write(
            "HTTP/1.1 \(answer.status) \(answer.code)\r\n\(fields)Content-Length: \(answer.body.count)\r\n"
                + "Connection: close\r\n\r\n\(body)")
        // What is still on its way would have the kernel take the answer back.
        shutdown(socket, Int32(SHUT_WR))
        while (try? fill()) != nil { unread = [] }
    }

    private func write(_ text: String) { _ = send(socket, text, text.utf8.count, Int32(MSG_NOSIGNAL)) }
}

extension Connection.Refusal {
    static let malformed = Self(status: 400, code: "bad-request")
    var response: WebhookResponse {
        WebhookResponse(
            status: status, code: code, message: "The request cannot be read.", retryAfterSeconds: 5)
    }
}
