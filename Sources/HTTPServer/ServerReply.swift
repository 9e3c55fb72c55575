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

    /// Closes the connection without an answer, as a server that crashes would; for emulating one.
    package func drop() { put(.drop) }

    deinit { put(.refusal(.unanswered)) }

    private func put(_ content: Outbox.Content) {
        guard !isAnswered.exchange(true, ordering: .relaxed) else { return }
        outbox.put(Outbox.Letter(connection: connection, sequence: sequence, content: content))
    }
}
