internal import OpenSenseWebhooks
internal import RelayCore
internal import Synchronization

/// The journal's completions, held back until the simulated disk's latency has passed.
final class Outbox: Sendable {
    enum Message: Sendable {
        case accepted(request: Int, Result<AcceptanceOutcome, StoreError>)
        case quarantined(request: Int, Result<QuarantineOutcome, StoreError>)
        case delivery(DeliveryEngine.Input)
        case pruned(Result<Int, StoreError>)
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
