internal import AdapterKit

/// What OpShift takes, and what is assumed where its documentation does not say.
///
/// - Source: OpShift's documentation of pings, alerts and its Python SDK (read 2026-11-26). It does not say
///   whether characters are UTF-16 units, whether 100 KB are 100,000 bytes, or whether the object itself
///   is a level: each is read in the way that holds in either case.
enum OpShiftLimits {
    /// The longest `title` of an alert.
    static let title = TextLimit(max: 200)

    /// The longest `description` of an alert.
    static let description = TextLimit(max: 2_000)

    /// The longest `reason` of a ping and `group_key` of either.
    ///
    /// - Unit: characters.
    static let keyCharactersMax = 200

    /// Room for the incident's key within a `group_key`; the rest is the alarm's time and severity.
    ///
    /// - Unit: characters.
    static let incidentCharactersMax = 96

    /// The most of a webhook's identifier within a `group_key`.
    static let webhook = TextLimit(max: 32)

    /// The most bytes of `metadata`; the documented 100 KB leave room for what is counted otherwise.
    static let metadataBytesMax = 90_000

    /// The deepest field of `metadata`, so that the whole has ten levels at most.
    ///
    /// - Unit: levels of arrays and objects within the field.
    static let fieldLevelsMax = 8

    /// The pings of one monitor for alarms; the documented 10 leave room for two heartbeats.
    static let pings = RateLimit(requestsMax: 8, windowSeconds: 60)

    /// How often a monitor may hear its present state.
    static let heartbeatSeconds = 30...86_400

    /// The digits of a team's webhook secret.
    static let secretDigits = 64

    /// The longest identifier of a webhook or monitor; our own limit.
    ///
    /// - Unit: bytes.
    static let identifierBytesMax = 200

    /// The most monitors of one destination; our own limit, as each hears of its state regularly.
    static let monitorsMax = 200
}
