internal import Synchronization

/// What all loops of one server share.
final class ServerCore: Sendable {
    /// What is left of the server's life.
    enum Phase: Int {
        case serving
        /// Nothing new is accepted; what connected before is answered once more, and closed.
        case draining
        /// Requests are refused, answers sent, connections closed.
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
    /// Loops that still expect something while the server drains.
    let expectantLoops = Atomic(0)
    private let phaseNumber = Atomic(Phase.serving.rawValue)

    init(handler: any ServerHandler, limits: ServerLimits, tls: TLSContext?) {
        self.handler = handler
        self.limits = limits
        self.tls = Mutex(tls)
    }

    var phase: Phase { Phase(rawValue: phaseNumber.load(ordering: .acquiring)) ?? .closing }

    /// Whether something is to be waited for before the server closes.
    var isExpectant: Bool {
        requestsInFlight.load(ordering: .relaxed) > 0 || expectantLoops.load(ordering: .relaxed) > 0
    }

    func enter(_ phase: Phase) { phaseNumber.store(phase.rawValue, ordering: .releasing) }
}
