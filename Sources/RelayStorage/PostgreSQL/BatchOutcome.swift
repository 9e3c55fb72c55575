internal import Synchronization

/// What an operation of a batch came to, filled in before the batch is committed and read afterwards.
final class BatchOutcome<Value: Sendable>: Sendable {
    private let value: Mutex<Value?> = Mutex(nil)

    func set(_ value: Value) { self.value.withLock { $0 = value } }

    func get() -> Value {
        guard let value = value.withLock({ $0 }) else {
            preconditionFailure("A batch was committed without one of its operations.")
        }
        return value
    }
}
