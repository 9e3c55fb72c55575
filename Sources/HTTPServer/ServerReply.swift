internal import Synchronization

/// The one answer that a request is owed.
///
/// Outlives its connection: an answer to a client that has gone is dropped. Thrown away unanswered, it
/// answers ``ServerRefusal/unanswered``, so that no request can be forgotten.
package final class ServerReply: Sendable {
    private let outbox: Outbox
    private let connection: UInt64
    private let sequence: Int
    private let isAnswered = Atomic(false)

    init(_ outbox: Outbox, connection: UInt64, sequence: Int) {
        self.outbox = outbox
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
        for (reply, response) in answers where reply.isFirstAnswer {
            if let outbox, outbox !== reply.outbox {
                outbox.put(letters)
                letters = []
            }
            outbox = reply.outbox
            letters.append(reply.letter(.answer(response)))
        }
        outbox?.put(letters)
    }

    /// Closes the connection without an answer, as a server that crashes would; for emulating one.
    package func drop() { put(.drop) }

    deinit { put(.refusal(.unanswered)) }

    private func put(_ content: Outbox.Content) {
        if isFirstAnswer { outbox.put([letter(content)]) }
    }

    /// True the first time that it is asked.
    private var isFirstAnswer: Bool { !isAnswered.exchange(true, ordering: .relaxed) }

    private func letter(_ content: Outbox.Content) -> Outbox.Letter {
        Outbox.Letter(connection: connection, sequence: sequence, content: content)
    }
}
