internal import Synchronization

/// What all connections of one server share.
final class ServerCore: Sendable {
    let handler: any ServerHandler
    let limits: ServerLimits
    /// New requests are refused; those running may finish.
    let isDraining = Atomic(false)
    /// No request may be suspended any more: the library aborts the process if one is when it stops.
    let isClosing = Atomic(false)
    /// Requests whose head is in and whose answer is not out.
    let requestsInFlight = Atomic(0)

    private let open = Mutex<[ObjectIdentifier: ServerConnection]>([:])

    init(handler: any ServerHandler, limits: ServerLimits) {
        self.handler = handler
        self.limits = limits
    }

    var openConnections: Int { open.withLock { $0.count } }

    func add(_ connection: ServerConnection) {
        open.withLock { $0[ObjectIdentifier(connection)] = connection }
    }

    func remove(_ connection: ServerConnection) {
        _ = open.withLock { $0.removeValue(forKey: ObjectIdentifier(connection)) }
    }

    /// Enforces the time limits; called every ``sweepMilliseconds``.
    func sweep() {
        let now = Libc.monotonicMilliseconds()
        for connection in snapshot() { connection.sweep(now: now) }
    }

    /// Answers everything that still waits for its handler.
    func refuseAllWaiting() {
        for connection in snapshot() { connection.refuseWaiting(.draining) }
    }

    private func snapshot() -> [ServerConnection] { open.withLock { Array($0.values) } }

    /// How late a time limit may strike.
    static let sweepMilliseconds = 100
    /// What is read and thrown away of a refused body so that the sender sees the refusal, not a reset.
    static let discardBytesMax = 8_388_608
}
