internal import Synchronization

/// Answers whose bodies come piece by piece.
extension ServerLoop {
    /// Begins such an answer with its head.
    func begin(_ connection: Connection, _ head: ServerResponse, _ link: StreamLink) {
        guard core.phase == .serving, streams < core.limits.streamsMax else {
            link.abandon()
            return refuse(connection, core.phase == .serving ? .streamsExhausted : .draining)
        }
        var frame = frame(of: connection, head)
        frame.body = frame.isHTTP10 ? .untilClose : .chunked
        guard let bytes = ResponseBytes.bytes(head, frame, date: clock.date) else {
            link.abandon()
            return refuse(connection, .responseUnsendable)
        }
        streams += 1
        connection.stage = .streaming
        connection.stream = Connection.Stream(
            link: link, isChunked: frame.hasBody(head.status) && frame.body == .chunked)
        connection.isLast = frame.closes || frame.body == .untilClose
        connection.since = clock.milliseconds
        send(connection, bytes)
        if !frame.hasBody(head.status) { end(connection) }
    }

    /// Sends a piece.
    func send(_ connection: Connection, piece: [UInt8]) {
        guard let stream = connection.stream else { return }
        connection.stream?.unsentBytes += piece.count
        let size = "\(String(piece.count, radix: 16))\r\n"
        send(connection, stream.isChunked ? Array(size.utf8) + piece + Array("\r\n".utf8) : piece)
        reportSent(connection)
    }

    /// Ends the answer; the connection goes on with the next request unless it was the last.
    func end(_ connection: Connection) {
        let isChunked = connection.stream?.isChunked == true
        release(connection)
        core.requestsInFlight.subtract(1, ordering: .relaxed)
        connection.isLast = connection.isLast || core.phase != .serving
        connection.endRequest(now: clock.milliseconds)
        if isChunked { send(connection, Array("0\r\n\r\n".utf8)) }
        list(connection)
    }

    /// Says how much has gone out, once all of it has.
    func reportSent(_ connection: Connection) {
        guard connection.isFlushed, let stream = connection.stream, stream.unsentBytes > 0 else { return }
        connection.stream?.unsentBytes = 0
        stream.link.sent(stream.unsentBytes)
    }

    /// Lets the connection's stream go, if it has one.
    func release(_ connection: Connection) {
        guard let stream = connection.stream else { return }
        streams -= 1
        connection.stream = nil
        stream.link.abandon()
    }
}
