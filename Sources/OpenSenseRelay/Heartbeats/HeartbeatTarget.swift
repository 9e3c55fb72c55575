internal import AdapterKit
internal import RelayCore

/// What a heartbeat goes to.
enum HeartbeatTarget: Sendable {
    /// An address of the configuration's, by its number.
    case address(Int, HeartbeatConfiguration)
    /// What stands for an incident at a destination.
    case standing(StandingState, destination: String)

    /// Every target of a configuration, the addresses first.
    static func all(_ configuration: Configuration) -> [HeartbeatTarget] {
        configuration.heartbeats.enumerated().map { .address($0.offset, $0.element) }
            + configuration.destinations.flatMap { destination in
                destination.adapter.standing.map { .standing($0, destination: destination.name) }
            }
    }

    /// When the first of each is due, in milliseconds: what stands for incidents is spread over its interval,
    /// so that many do not get in the way of alarms at one moment.
    static func delays(_ targets: [HeartbeatTarget]) -> [Int] {
        let count = max(targets.count { if case .standing = $0 { true } else { false } }, 1)
        var place = 0
        return targets.map { target in
            guard case .standing(let state, _) = target else { return 0 }
            defer { place += 1 }
            return state.everySeconds * 1_000 / count * place
        }
    }

    /// How often it hears.
    var everySeconds: Int {
        switch self {
        case .address(_, let heartbeat): heartbeat.everySeconds
        case .standing(let state, _): state.everySeconds
        }
    }

    /// It was not reached, or not asked.
    func failed(_ reason: String) -> RelayEvent {
        switch self {
        case .address(let index, _): .heartbeatFailed(index: index, reason: reason)
        case .standing(let state, let destination):
            .standingFailed(destination: destination, incident: state.incident, reason: reason)
        }
    }

    /// It is reached again.
    var recovered: RelayEvent {
        switch self {
        case .address(let index, _): .heartbeatRecovered(index: index)
        case .standing(let state, let destination):
            .standingRecovered(destination: destination, incident: state.incident)
        }
    }
}
