/// The connections whose handshake can go on, in the order in which they are served.
///
/// A client that has begun goes before new ones: its next step is cheap, and the one that cost is done.
struct HandshakeQueue {
    private var begun = Line()
    private var fresh = Line()

    var isEmpty: Bool { begun.isEmpty && fresh.isEmpty }

    mutating func append(_ connection: Connection) {
        if connection.handshakeBytes > 0 { begun.append(connection) } else { fresh.append(connection) }
    }

    mutating func next() -> Connection? { begun.next() ?? fresh.next() }

    /// First in, first out.
    private struct Line {
        /// Nil for those that were served: the last reference to a connection keeps its socket open.
        private var connections: [Connection?] = []
        private var start = 0

        var isEmpty: Bool { start == connections.count }

        mutating func append(_ connection: Connection) {
            // What was served leaves now and then, so that a line that is never empty does not grow.
            if start > 1_024 {
                connections.removeFirst(start)
                start = 0
            }
            connections.append(connection)
        }

        mutating func next() -> Connection? {
            guard !isEmpty else { return nil }
            defer {
                connections[start] = nil
                start += 1
            }
            return connections[start]
        }
    }
}
