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
        /// The first attempt goes on, and is waited for.
        case starting
        /// It has ended; who waits for it decides what follows.
        case started(Result<any OpenJournal, StoreError>)
        /// It cannot be reached, for this reason, and is tried again.
        case waiting(StoreError)
        case open(any OpenJournal)
        case closed
    }

    /// How long is waited before the store is tried again, in milliseconds.
    static let pauseMilliseconds = 1_000

    private let state: Mutex<State> = Mutex(.starting)
    private let signal = Signal()
    private let onOpen: @Sendable ([String]) -> Void
    private let onEnd: @Sendable () -> Void
    private let thread: Mutex<SystemThread?> = Mutex(nil)

    /// Opens the store, or a journal that goes on trying where that takes long or the store is unreachable.
    ///
    /// Any other fault of an attempt that ends in that time is a person's, and thrown. A later one is what
    /// operations fail with, and the store is tried again all the same.
    ///
    /// - Parameters:
    ///   - milliseconds: How long the first attempt is waited for.
    ///   - onOpen: Called when it is open later, with the destinations that are gone.
    ///   - onEnd: Has an attempt to open it end.
    ///   - open: Opens it.
    /// - Throws: ``/OpenSenseWebhooks/StoreError``, also when the system has no thread left.
    package static func open(
        within milliseconds: Int, onOpen: @escaping @Sendable ([String]) -> Void,
        onEnd: @escaping @Sendable () -> Void,
        open: @escaping @Sendable () throws(StoreError) -> any OpenJournal
    ) throws(StoreError) -> any OpenJournal {
        let journal = ReopeningJournal(onOpen: onOpen, onEnd: onEnd)
        guard let worker = SystemThread(body: { journal.attempt(untilOpen: open) }) else { throw .noThread }
        journal.thread.withLock { $0 = worker }
        return try journal.started(within: milliseconds)
    }

    private init(onOpen: @escaping @Sendable ([String]) -> Void, onEnd: @escaping @Sendable () -> Void) {
        self.onOpen = onOpen
        self.onEnd = onEnd
    }

    /// Known when the store is open, and said then.
    package var removedDestinations: [String] { [] }

    // MARK: Opening

    /// The store where it opens soon, else this journal.
    private func started(within milliseconds: Int) throws(StoreError) -> any OpenJournal {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        signal.locked {
            while isStarting, case let rest = end - .now, rest > .zero {
                signal.wait(milliseconds: Int(rest / .milliseconds(1)) + 1)
            }
        }
        let outcome = state.withLock { state -> Result<any OpenJournal, StoreError> in
            switch state {
            case .started(.success(let journal)):
                state = .closed
                return .success(journal)
            case .started(.failure(let error)) where error.kind != .unreachable:
                state = .closed
                return .failure(error)
            case .started(.failure(let error)): state = .waiting(error)
            default: state = .waiting(StoreError(.unreachable, "The store does not answer yet."))
            }
            return .success(self)
        }
        return try outcome.get()
    }

    private var isStarting: Bool {
        state.withLock { state in
            if case .starting = state { true } else { false }
        }
    }

    /// Whether the store is to be tried again.
    private var isWaiting: Bool {
        state.withLock { state in
            switch state {
            case .started(.failure), .waiting: true
            case .starting, .started(.success), .open, .closed: false
            }
        }
    }

    private func attempt(untilOpen open: () throws(StoreError) -> any OpenJournal) {
        attempt(open)
        while isWaiting {
            signal.locked { if isWaiting { signal.wait(milliseconds: Self.pauseMilliseconds) } }
            if isWaiting { attempt(open) }
        }
    }

    private func attempt(_ open: () throws(StoreError) -> any OpenJournal) {
        let opened = Result { () throws(StoreError) in try open() }
        let before = state.withLock { state in
            let before = state
            switch (before, opened) {
            case (.starting, _), (.started, _): state = .started(opened)
            case (.waiting, .success(let journal)): state = .open(journal)
            case (.waiting, .failure(let error)): state = .waiting(error)
            case (.open, _), (.closed, _): break
            }
            return before
        }
        signal.locked { signal.wakeAll() }
        guard case .success(let journal) = opened else { return }
        switch before {
        case .waiting: onOpen(journal.removedDestinations)
        case .closed: journal.close()
        case .starting, .started, .open: break
        }
    }

    // MARK: Serving

    package func submit(
        _ operations: [JournalOperation],
        completion: @escaping @Sendable ([Result<JournalResult, StoreError>]) -> Void
    ) {
        let found = state.withLock { state -> Result<any OpenJournal, StoreError> in
            switch state {
            case .waiting(let error): .failure(error)
            case .open(let journal): .success(journal)
            case .starting, .started, .closed: .failure(StoreError(.closed, "The store is closed."))
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
