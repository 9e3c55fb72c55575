internal import Synchronization

/// The one answer that a request is owed.
///
/// Outlives its connection: an answer to a client that has gone is dropped. Thrown away unanswered, it
/// answers ``ServerRefusal/unanswered``, so that no request can be forgotten.
package final class ServerReply: Sendable {
    private let outbox: Outbox
    private let connection: UInt64
    private let sequence: Int
    private let streamBytesMax: Int
    private let isAnswered = Atomic(false)

    init(_ outbox: Outbox, connection: UInt64, sequence: Int, streamBytesMax: Int) {
        self.outbox = outbox
        self.streamBytesMax = streamBytesMax
        self.connection = connection
        self.sequence = sequence
    }

    /// Answers the request.
    ///
    /// From the second call on it does nothing.
    package func callAsFunction(_ response: ServerResponse) { put(.answer(response)) }

    /// Answers requests that are answered together: the server hears of it once.
    package static func send(_ answers: [(reply: ServerReply, response: ServerResponse)]) {
        var (outbox, letters) = (Outbox?.none, [Outbox.Letter]())
        letters.reserveCapacity(answers.count)
        for (reply, response) in answers where reply.claim() {
            if let outbox, outbox !== reply.outbox {
                outbox.put(letters)
                letters = []
            }
            outbox = reply.outbox
            letters.append(reply.letter(.answer(response)))
        }
        outbox?.put(letters)
    }

    /// Begins an answer whose body comes piece by piece; nil where the request is answered already.
    ///
    /// At most ``ServerLimits/streamsMax`` are open at a time; for one more the request is answered
    /// ``ServerRefusal/streamsExhausted``, and the stream is ended.
    ///
    /// - Parameters:
    ///   - head: The status and the fields; its body is not sent.
    ///   - onRoom: Called when there is room again after ``ServerStream/Sent/full``, and when the stream ends
    ///     by itself. It runs on a thread of the server and must not block it.
    package func stream(
        _ head: ServerResponse, onRoom: @escaping @Sendable () -> Void = {}
    ) -> ServerStream? {
        guard claim() else { return nil }
        let link = StreamLink(bytesMax: streamBytesMax, onRoom: onRoom)
        hand(.head(head, link))
        return ServerStream(self, link)
    }

    /// Closes the connection without an answer, as a server that crashes would; for emulating one.
    package func drop() { put(.drop) }

    deinit { put(.refusal(.unanswered)) }

    private func put(_ content: Outbox.Content) {
        if claim() { hand(content) }
    }

    /// Hands something over to the loop.
    func hand(_ content: Outbox.Content) { outbox.put([letter(content)]) }

    /// Takes the right to answer, which is given once.
    private func claim() -> Bool { !isAnswered.exchange(true, ordering: .relaxed) }

    private func letter(_ content: Outbox.Content) -> Outbox.Letter {
        Outbox.Letter(connection: connection, sequence: sequence, content: content)
    }
}
