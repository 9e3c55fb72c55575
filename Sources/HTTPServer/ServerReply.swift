internal import Synchronization

/// The one answer that a request is owed.
///
/// Outlives its connection: an answer to a client that has gone is dropped. Thrown away unanswered, it
/// answers ``ServerRefusal/unanswered``, so that no request can be forgotten.
package final class ServerReply: Sendable {
    private let connection: ServerConnection
    private let sequence: Int
    private let isAnswered = Atomic(false)

    init(connection: ServerConnection, sequence: Int) {
        self.connection = connection
        self.sequence = sequence
    }

    /// Answers the request.
    ///
    /// From the second call on it does nothing.
    package func callAsFunction(_ response: ServerResponse) {
        guard !isAnswered.exchange(true, ordering: .relaxed) else { return }
        connection.answer(response, to: sequence)
    }

    /// Closes the connection without an answer, as a server that crashes would; for emulating one.
    package func drop() {
        guard !isAnswered.exchange(true, ordering: .relaxed) else { return }
        connection.drop(sequence)
    }

    deinit {
        guard !isAnswered.load(ordering: .relaxed) else { return }
        connection.refuse(.unanswered, to: sequence)
    }
}
