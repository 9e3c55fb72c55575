import Foundation
import OpenSenseWebhooks

/// As much HTTP/1.1 as a receiver behind a proxy needs: one request on a connection, with a Content-Length.
struct Connection {
    static let headBytesMax = 16 << 10
    static let bodyBytesMax = 1 << 20
    let stream: UnsafeMutablePointer<FILE>

    /// Reads a request, or gives the status to refuse it with.
    func read() -> (request: WebhookRequest?, path: String, status: Int) {
        let words = (line(headBytesMax: Self.headBytesMax) ?? "").split(separator: " ").map(String.init)
        guard words.count == 3 else { return (nil, "", 400) }
        var headers: [(name: String, value: String)] = []
        var room = Self.headBytesMax
        while let line = line(headBytesMax: room), !line.isEmpty {
            room -= line.utf8.count
            let parts = line.split(separator: ":", maxSplits: 1).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            if parts.count == 2 { headers.append((name: parts[0], value: parts[1])) }
        }
        let lengths = headers.filter { $0.name.lowercased() == "content-length" }.map { Int($0.value) }
        guard lengths.count <= 1, let length = lengths.first ?? 0, length >= 0 else {
            return (nil, words[1], 400)
        }
        guard length <= Self.bodyBytesMax else { return (nil, words[1], 413) }
        // The raw bytes: nothing may decode the body before its signature holds.
        var body = [UInt8](repeating: 0, count: length)
        guard fread(&body, 1, length, stream) == length else { return (nil, words[1], 400) }
        return (WebhookRequest(method: words[0], headers: headers, body: body), words[1], 200)
    }

    /// A line without its end; nil at the end of the stream or when it is too long.
    private func line(headBytesMax: Int) -> String? {
        var buffer = [CChar](repeating: 0, count: max(headBytesMax, 2))
        guard fgets(&buffer, Int32(buffer.count), stream) != nil, let end = buffer.firstIndex(of: 10) else {
            return nil
        }
        return String(decoding: buffer[..<end].map(UInt8.init(bitPattern:)), as: UTF8.self)
            .trimmingCharacters(in: .newlines)
    }

    func answer(_ answer: WebhookResponse) {
        let fields = answer.headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        let head = "HTTP/1.1 \(answer.status) \(answer.code)\r\n\(fields)Content-Length: \(answer.body.count)"
        let bytes = Array("\(head)\r\nConnection: close\r\n\r\n".utf8) + answer.body
        _ = send(fileno(stream), bytes, bytes.count, Int32(MSG_NOSIGNAL))
        fclose(stream)
    }
}

@main
struct Main {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let secret = try Secret(environment["OPENSENSE_SECRET"] ?? "")
        let receiver = WebhookReceiver(
            verifier: try WebhookVerifier(secrets: [secret]), ledger: try InMemoryDeliveryLedger(),
            report: { log("event \($0.code)") }
        ) { received in
            // Store it, or pass it on to somebody who does; returning tells OpenSense that it is safe.
            log("delivery \(received.delivery.event.kind.name) \(received.delivery.id ?? "-")")
        } unreadable: { received in
            log("unreadable \(received.reason.code) of \(received.body.count) bytes")
        }
        let listener = try listen(on: UInt16(environment["PORT"] ?? "8080") ?? 8080)
        while true {
            let socket = accept(listener, nil, nil)
            // A thread for each connection, as reading blocks; the receiver bounds the handlers.
            if socket >= 0 { Thread.detachNewThread { serve(socket, receiver) } }
        }
    }

    static func serve(_ socket: Int32, _ receiver: WebhookReceiver) {
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard let stream = fdopen(socket, "r") else { return _ = close(socket) }
        let connection = Connection(stream: stream)
        let (request, path, status) = connection.read()
        guard let request, path == "/opensense" else {
            let isMissing = request != nil
            return connection.answer(
                WebhookResponse(
                    status: isMissing ? 404 : status, code: isMissing ? "not-found" : "bad-request",
                    message: isMissing ? "Nothing is received here." : "The request cannot be read."))
        }
        nonisolated(unsafe) let answering = connection  // this task's alone from here on
        Task { answering.answer(await receiver.receive(request)) }
    }

    static func listen(on port: UInt16) throws -> Int32 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var reuse: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && Glibc.listen(listener, 128) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRINUSE) }
        log("listening on \(UInt16(bigEndian: address.sin_port))")
        return listener
    }
}

/// Writes a line at once.
func log(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
