import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A vendor that refuses every request and repeats its keys, in the fields in which vendors put their
/// reasons.
final class EchoingVendor: Sendable {
    private let port: ReservedPort

    init() throws {
        port = try ReservedPort()
        port.listenOnIt()
        Thread.detachNewThread { [port] in
            while let connection = port.accept() {
                guard let request = connection.request() else { continue }
                let answer = Self.refusal(quoting: request)
                connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: \(answer.count)\r\n\r\n")
                connection.send(answer)
                connection.finishSending()
            }
        }
    }

    deinit { port.stopListening() }

    var url: String { "http://127.0.0.1:\(port.number)" }

    private static func refusal(quoting request: [UInt8]) -> [UInt8] {
        let text = String(decoding: request, as: UTF8.self)
        let keys = [Keys.routingKey, Keys.apiKey].filter(text.contains)
        let words = "no such key: \(keys.joined(separator: ", "))"
        return Array(#"{"status":"\#(words)","message":"\#(words)","errors":["\#(words)"]}"#.utf8)
    }
}
