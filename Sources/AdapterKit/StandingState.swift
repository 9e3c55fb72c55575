/// What stands at a vendor for one incident, and is to hear regularly whether that is open.
///
/// A monitor, for example, which takes silence for a fault: see ``IncidentAdapter/standing``. Its requests
/// are the same each time, name no event, and may be sent at any time.
public struct StandingState: Sendable, Hashable {
    /// The incident's key, as ``IncidentKey/text`` gives it.
    public let incident: String
    /// How often it hears.
    ///
    /// - Unit: seconds, 10 to 86,400.
    public let everySeconds: Int
    /// What the adapter keeps as ``AdapterStep/done(state:remark:)`` of an incident that is open there.
    ///
    /// While any incident has it, none is said to be closed.
    public let state: String
    /// Says that the incident is open.
    ///
    /// It is sent only where ``closed`` may have overtaken the incident's own update.
    public let open: OutboundRequest
    /// Says that it is not; sent regularly while that is so.
    public let closed: OutboundRequest

    /// What stands for `incident`.
    public init(
        incident: String, everySeconds: Int, state: String, open: OutboundRequest, closed: OutboundRequest
    ) {
        precondition((10...86_400).contains(everySeconds), "A vendor hears of it every 10 s to every day.")
        self.incident = incident
        self.everySeconds = everySeconds
        self.state = state
        self.open = open
        self.closed = closed
    }
}
