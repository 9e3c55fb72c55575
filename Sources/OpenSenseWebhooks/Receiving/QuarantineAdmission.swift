internal import Synchronization

/// Counts what is quarantined in a minute, so that noise cannot fill the place where it is kept.
final class QuarantineAdmission: Sendable {
    private let state = Mutex((minute: Int.min, count: 0))

    func admits(in minute: Int, atMost max: Int) -> Bool {
        state.withLock { state in
            if state.minute != minute { state = (minute, 0) }
            state.count += 1
            return state.count <= max
        }
    }
}
