internal import AdapterKit

/// What the Events API v2 takes, and what is assumed where PagerDuty does not say.
enum PagerDutyLimits {
    /// The length of a routing key, letters and digits only.
    ///
    /// - Unit: characters.
    /// - Source: developer.pagerduty.com, Events API v2, "Send an Alert Event" (read 2026-11-20).
    static let routingKeyCharacters = 32

    /// The longest `dedup_key`.
    ///
    /// - Unit: characters.
    /// - Source: developer.pagerduty.com, Events API v2, "Send an Alert Event" (read 2026-11-20).
    static let dedupKeyCharactersMax = 255

    /// The longest `payload.summary`; a longer one is answered 400, and the page is missed.
    ///
    /// - Source: developer.pagerduty.com, Events API v2, "Send an Alert Event" (read 2026-11-20).
    static let summary = TextLimit(max: 1_024)

    /// The longest `payload.source`, `component`, `group` and `class`.
    ///
    /// - Source: unconfirmed; 255 is the least that other senders assume.
    static let label = TextLimit(max: 255)

    /// The longest delivery id within `custom_details`; our own limit, PagerDuty documents none.
    static let deliveryID = TextLimit(max: 255)

    /// The longest note of what has changed within `custom_details`; our own limit.
    static let note = TextLimit(max: 512)

    /// The longest place by its names within `custom_details`; our own limit.
    static let place = TextLimit(max: 512)

    /// The largest request body.
    ///
    /// - Unit: bytes.
    /// - Source: developer.pagerduty.com, Events API v2, "Overview": 512 KB (read 2026-11-20). Whether
    ///   that is 512,000 or 524,288 is unconfirmed; Alertmanager and Grafana take it for 512,000.
    static let bodyBytesMax = 512_000

    /// The pace for one routing key, over a rolling window.
    ///
    /// - Source: developer.pagerduty.com, Events API v2, "Rate Limits": 120 calls a minute (read 2026-11-20).
    static let rate = RateLimit(requestsMax: 120, windowSeconds: 60)

    /// The times that are sent as `payload.timestamp`; whether PagerDuty takes others is unconfirmed.
    ///
    /// - Unit: milliseconds since 1970-01-01T00:00:00Z; the years 2000 to 2099.
    static let timestampMilliseconds = 946_684_800_000..<4_102_444_800_000

    /// Room reserved in the body for the note of which details were removed.
    ///
    /// - Unit: bytes; more than ``removedNamesMax`` names of ``removedName`` characters can take.
    static let removalNoteBytes = 8_192

    /// The most removed details that are named; the rest are counted.
    static let removedNamesMax = 20

    /// The longest name of a removed detail.
    static let removedName = TextLimit(max: 64)
}
