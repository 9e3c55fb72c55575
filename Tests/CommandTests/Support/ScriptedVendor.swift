import Foundation
import Synchronization

/// A vendor that answers each request on a connection with the next of the given byte sequences, and the last
/// one from then on, and keeps the connection.
final class ScriptedVendor: Sendable {
    private let port: ReservedPort
    private let answers: [[UInt8]]
    private let count = Mutex(0)
    private let seen = Mutex<[String]>([])

    init(answers: [String]) throws {
        port = try ReservedPort()
        self.answers = answers.map { Array($0.utf8) }
        port.listenOnIt()
        for _ in 0..<Self.connectionsMax {
            Thread.detachNewThread { [self] in
                while let connection = port.accept() {
                    while let request = connection.request() {
                        let text = String(decoding: request, as: UTF8.self)
                        seen.withLock { $0.append(text) }
                        connection.send(next())
                    }
                }
            }
        }
    }

    /// Connections that are served at once.
    static let connectionsMax = 8

    deinit { stop() }

    /// Accepts no more connections.
    func stop() { port.stopListening() }

    var url: String { "http://127.0.0.1:\(port.number)" }

    /// How many requests were answered.
    var answered: Int { count.withLock { $0 } }

    /// The requests in the order in which they came, each with its body.
    var requests: [String] { seen.withLock { $0 } }

    private func next() -> [UInt8] {
        count.withLock { count in
            defer { count += 1 }
            return answers[min(count, answers.count - 1)]
        }
    }
}
