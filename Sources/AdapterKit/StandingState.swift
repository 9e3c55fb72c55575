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
    /// Says that the incident is open.
    public let open: OutboundRequest
    /// Says that it is not.
    public let closed: OutboundRequest

    /// What stands for `incident`.
    public init(incident: String, everySeconds: Int, open: OutboundRequest, closed: OutboundRequest) {
        precondition((10...86_400).contains(everySeconds), "A vendor hears of it every 10 s to every day.")
        self.incident = incident
        self.everySeconds = everySeconds
        self.open = open
        self.closed = closed
    }
}
