import Foundation
import Synchronization

/// A vendor that answers every request on a connection with the same bytes, once or without end, or with
/// nothing.
final class HostileVendor: Sendable {
    /// What it sends.
    enum Answer: Sendable {
        /// These bytes, and then it closes.
        case bytes([UInt8])
        /// The first bytes, and then the second ones until the peer is gone.
        case endless([UInt8], [UInt8])
        /// Nothing; the connection stays open.
        case nothing
    }

    private let port: ReservedPort
    private let answer: Answer
    private let seen = Mutex<[String]>([])
    private let sent = Mutex(0)

    init(_ answer: Answer) throws {
        port = try ReservedPort()
        self.answer = answer
        port.listenOnIt()
        for _ in 0..<Self.connectionsMax {
            Thread.detachNewThread { [self] in
                while let connection = port.accept() { serve(connection) }
            }
        }
    }

    /// Connections that are served at once.
    static let connectionsMax = 12

    deinit { stop() }

    /// Accepts no more connections.
    func stop() { port.stopListening() }

    var url: String { "http://127.0.0.1:\(port.number)" }

    /// The first lines of the requests in the order in which they came.
    var requests: [String] { seen.withLock { $0 } }

    /// The most bytes that went out on one connection.
    var sentMax: Int { sent.withLock { $0 } }

    private func serve(_ connection: Connection) {
        guard let request = connection.request() else { return }
        let line = String(decoding: request.prefix { $0 != 0x0D }, as: UTF8.self)
        seen.withLock { $0.append(line) }
        switch answer {
        case .bytes(let bytes):
            connection.send(bytes)
            connection.finishSending()
        case .endless(let first, let more):
            var count = first.count
            guard connection.send(first) else { return }
            while connection.send(more) { count += more.count }
            sent.withLock { $0 = max($0, count) }
        // Until the peer has enough of it.
        case .nothing: _ = connection.request()
        }
    }
}
