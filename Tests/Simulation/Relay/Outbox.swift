internal import OpenSenseWebhooks
internal import RelayCore
internal import Synchronization

/// The journal's completions, held back until the simulated disk's latency has passed.
final class Outbox: Sendable {
    /// What an operation came to, and who asked for it.
    struct Message: Sendable {
        /// The number of the request that it answers; nil where the dispatcher asked.
        let request: Int?
        let operation: JournalOperation
        let result: Result<JournalResult, StoreError>
    }

    private let messages = Mutex<[Message]>([])

    func add(_ message: Message) { messages.withLock { $0.append(message) } }

    /// Everything there is, in order.
    func removeAll() -> [Message] {
        messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}
