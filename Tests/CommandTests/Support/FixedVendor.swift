import Foundation
import Synchronization

/// A vendor that answers every request alike.
final class FixedVendor: Sendable {
    private let port: ReservedPort
    private let count = Mutex(0)

    init(status: Int, body: [UInt8]) throws {
        port = try ReservedPort()
        port.listenOnIt()
        Thread.detachNewThread { [port, weak self] in
            while let connection = port.accept() {
                guard connection.request() != nil else { continue }
                connection.send("HTTP/1.1 \(status) Fixed\r\nContent-Length: \(body.count)\r\n\r\n")
                connection.send(body)
                connection.finishSending()
                self?.count.withLock { $0 += 1 }
            }
        }
    }

    deinit { port.stopListening() }

    var url: String { "http://127.0.0.1:\(port.number)" }

    /// How many requests were answered.
    var answeredCount: Int { count.withLock { $0 } }
}
