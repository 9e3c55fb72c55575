internal import Synchronization

/// One connection, and the request that it is busy with.
///
/// `@unchecked Sendable`: `intake` belongs to the library's thread that serves this connection, which is one
/// and the same for its whole life; everything else is in `state`. The C handle is used under the lock of
/// `state` while the library has not completed the request, which is when it is valid.
final class ServerConnection: @unchecked Sendable {
    /// Where the request stands; the time limits depend on it.
    enum Phase {
        case waiting, receiving, handling, suspended, answering
    }

    struct State {
        var sequence = 0
        var phase = Phase.waiting
        var sinceMilliseconds: Int
        var handle: ConnectionHandle?
        var answer: ServerResponse?
        var isClosed = false
    }

    let core: ServerCore
    let socket: Int32
    /// The address of the other side.
    let peer: String
    let state: Mutex<State>
    var intake = Intake()

    init(core: ServerCore, socket: Int32) {
        self.core = core
        self.socket = socket
        peer = Libc.peerAddress(socket: socket)
        state = Mutex(State(sinceMilliseconds: Libc.monotonicMilliseconds()))
    }

    // MARK: From any thread

    /// Stores the answer to request number `sequence`, unless that is over, and wakes it up.
    func answer(_ response: ServerResponse, to sequence: Int) {
        state.withLock { state in
            guard state.sequence == sequence else { return }
            switch state.phase {
            case .handling: state.answer = response
            case .suspended:
                state.answer = response
                state.phase = .answering
                // Suspended under this lock and not resumed since: the library keeps the handle alive.
                state.handle?.resume()
            case .waiting, .receiving, .answering: return
            }
        }
    }

    func refuse(_ refusal: ServerRefusal, to sequence: Int) {
        // The target belongs to the library's thread; the handler has had the request.
        answer(core.handler.refusal(refusal, peer: peer, target: ""), to: sequence)
    }

    /// Breaks the connection off; the request is then answered into a socket that carries nothing any more.
    func drop(_ sequence: Int) {
        state.withLock { state in
            guard state.sequence == sequence, !state.isClosed else { return }
            Libc.shutDown(socket: socket)
        }
        refuse(.unanswered, to: sequence)
    }

    /// Refuses the request if it waits for its handler.
    func refuseWaiting(_ refusal: ServerRefusal) {
        let sequence: Int? = state.withLock { $0.phase == .suspended ? $0.sequence : nil }
        if let sequence { refuse(refusal, to: sequence) }
    }

    /// Enforces the time limits.
    func sweep(now: Int) {
        let limits = core.limits
        let overdue: Int? = state.withLock { state in
            let elapsed = now - state.sinceMilliseconds
            switch state.phase {
            case .receiving where elapsed >= limits.requestSeconds * 1_000,
                .waiting where elapsed >= (limits.idleSeconds + limits.requestSeconds) * 1_000:
                // The library closes the socket only after `closed()`, which takes this lock.
                if !state.isClosed { Libc.shutDown(socket: socket) }
                return nil
            case .suspended where elapsed >= limits.answerSeconds * 1_000: return state.sequence
            default: return nil
            }
        }
        if let overdue { refuse(.answerTimedOut, to: overdue) }
    }

    // MARK: From the library's thread

    /// The request line is in.
    func began(handle: ConnectionHandle, target: String, targetEnd: UInt) {
        intake = Intake(target: target, targetEnd: targetEnd)
        state.withLock { state in
            state.handle = handle
            state.phase = .receiving
            state.sinceMilliseconds = Libc.monotonicMilliseconds()
        }
    }

    /// The request is over: answered, broken off or cut.
    func completed() {
        if intake.isCounted { core.requestsInFlight.subtract(1, ordering: .relaxed) }
        intake = Intake()
        let unsent: ServerResponse? = state.withLock { state in
            state.handle = nil
            state.sequence += 1
            state.phase = .waiting
            state.sinceMilliseconds = Libc.monotonicMilliseconds()
            return state.answer.take()
        }
        _ = unsent  // freed outside the lock
    }

    /// The library is about to close the socket.
    func closed() {
        state.withLock { $0.isClosed = true }
        core.remove(self)
    }
}
