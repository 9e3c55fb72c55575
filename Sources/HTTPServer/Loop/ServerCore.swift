internal import Synchronization

/// What all loops of one server share.
final class ServerCore: Sendable {
    /// What is left of the server's life.
    enum Phase: Int {
        case serving
        /// New requests are refused; those that run may finish.
        case draining
        /// Everything is refused, sent, and closed.
        case closing
    }

    let handler: any ServerHandler
    let limits: ServerLimits
    let openConnections = Atomic(0)
    let addresses = AddressCounts()
    /// Requests whose head is in and whose answer is not out.
    let requestsInFlight = Atomic(0)
    /// What new connections are encrypted with; nil for a server without TLS.
    let tls: Mutex<TLSContext?>
    private let phaseNumber = Atomic(Phase.serving.rawValue)

    init(handler: any ServerHandler, limits: ServerLimits, tls: TLSContext?) {
        self.handler = handler
        self.limits = limits
        self.tls = Mutex(tls)
    }

    var phase: Phase { Phase(rawValue: phaseNumber.load(ordering: .acquiring)) ?? .closing }

    func enter(_ phase: Phase) { phaseNumber.store(phase.rawValue, ordering: .releasing) }
}
