internal import OpenSenseWebhooks
internal import RelayCore
internal import Synchronization

/// What the journal has to tell, kept until the simulated disk has taken its time.
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
    func take() -> [Message] {
        messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}
