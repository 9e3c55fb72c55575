internal import GroupCommit
package import OpenSenseWebhooks
package import RelayCore
internal import Synchronization
internal import SystemThreads

/// A journal in a store that cannot be reached yet: what is asked of it fails until it can.
///
/// A relay that starts before its database answers its sender "later", and goes on as soon as it can.
package final class ReopeningJournal: OpenJournal {
    private enum State {
        case waiting(StoreError)
        case open(any OpenJournal)
        case closed
    }

    /// How long is waited before the store is tried again, in milliseconds.
    static let pauseMilliseconds = 1_000

    private let state: Mutex<State>
    private let signal = Signal()
    private let onOpen: @Sendable ([String]) -> Void
    private let onEnd: @Sendable () -> Void
    private let thread: Mutex<SystemThread?> = Mutex(nil)

    /// Tries to open the store until it can.
    ///
    /// - Parameters:
    ///   - failure: Why it could not be opened just now.
    ///   - onOpen: Called when it is open, with the destinations that are gone.
    ///   - onEnd: Has an attempt to open it end.
    ///   - open: Opens it.
    /// - Throws: ``/OpenSenseWebhooks/StoreError`` when the system has no thread left.
    package init(
        after failure: StoreError, onOpen: @escaping @Sendable ([String]) -> Void,
        onEnd: @escaping @Sendable () -> Void,
        open: @escaping @Sendable () throws(StoreError) -> any OpenJournal
    ) throws(StoreError) {
        state = Mutex(.waiting(failure))
        self.onOpen = onOpen
        self.onEnd = onEnd
        // ``close()`` ends it, and is called before the journal goes.
        let worker = SystemThread { [self] in
            while isWaiting {
                signal.locked { if isWaiting { signal.wait(milliseconds: Self.pauseMilliseconds) } }
                if isWaiting { attempt(open) }
            }
        }
        guard let worker else { throw .noThread }
        thread.withLock { $0 = worker }
    }

    /// Known when the store is open, and said then.
    package var removedDestinations: [String] { [] }

    private var isWaiting: Bool {
        state.withLock { state in
            if case .waiting = state { true } else { false }
        }
    }

    private func attempt(_ open: () throws(StoreError) -> any OpenJournal) {
        let opened = Result { () throws(StoreError) in try open() }
        let isOver = state.withLock { state in
            guard case .waiting = state else { return true }
            switch opened {
            case .success(let journal): state = .open(journal)
            case .failure(let error): state = .waiting(error)
            }
            return false
        }
        guard case .success(let journal) = opened else { return }
        if isOver { journal.close() } else { onOpen(journal.removedDestinations) }
    }

    package func submit(
        _ operations: [JournalOperation],
        completion: @escaping @Sendable ([Result<JournalResult, StoreError>]) -> Void
    ) {
        let found = state.withLock { state -> Result<any OpenJournal, StoreError> in
            switch state {
            case .waiting(let error): .failure(error)
            case .open(let journal): .success(journal)
            case .closed: .failure(StoreError(.closed, "The store is closed."))
            }
        }
        switch found {
        case .success(let journal): journal.submit(operations, completion: completion)
        case .failure(let error): completion(operations.map { _ in .failure(error) })
        }
    }

    package func endWaiting() {
        onEnd()
    }

    package func close() {
        let before = state.withLock { state in
            defer { state = .closed }
            return state
        }
        onEnd()
        signal.locked { signal.wakeAll() }
        thread.withLock { $0.take() }?.join()
        if case .open(let journal) = before { journal.close() }
    }
}
