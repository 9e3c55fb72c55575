internal import AdapterKit

/// What the Alert API v2 takes, and what is assumed where Opsgenie does not say.
enum OpsgenieLimits {
    /// The longest `alias`.
    ///
    /// - Unit: characters.
    /// - Source: docs.opsgenie.com, "Alert API (Deprecated)" (read 2026-11-20).
    static let aliasCharactersMax = 512

    /// The longest `message`; a longer one is refused.
    ///
    /// - Source: docs.opsgenie.com, "Alert API" (read 2026-11-20).
    static let message = TextLimit(max: 130)

    /// The longest `description`.
    ///
    /// - Source: support.atlassian.com, "Update an alert's description" (read 2026-11-20).
    static let description = TextLimit(max: 15_000)

    /// The most text in `details`, names and values together; Opsgenie drops the excess without an error.
    ///
    /// - Unit: UTF-16 code units, never fewer than characters.
    /// - Source: Elastic Kibana's connector for Jira Service Management (read 2026-11-20).
    static let detailsCharactersMax = 8_000

    /// Room reserved in `details` for the note of how many fields were left out.
    ///
    /// - Unit: UTF-16 code units.
    static let omissionNoteCharacters = 100

    /// The longest `entity`.
    ///
    /// - Source: Elastic Kibana's connector for Jira Service Management (read 2026-11-20).
    static let entity = TextLimit(max: 512)

    /// The longest `source` and `user`.
    ///
    /// - Source: Elastic Kibana's connector for Jira Service Management (read 2026-11-20).
    static let name = TextLimit(max: 100)

    /// The most responders.
    ///
    /// - Source: Elastic Kibana's connector for Jira Service Management (read 2026-11-20).
    static let respondersMax = 50

    /// The most tags of the user's: 20 in all, of which three are ours.
    ///
    /// - Source: docs.opsgenie.com, "Alerts and Alert Fields" (read 2026-11-20).
    static let addedTagsMax = 17

    /// The longest tag; there may be 20.
    ///
    /// - Source: docs.opsgenie.com, "Alerts and Alert Fields" (read 2026-11-20).
    static let tag = TextLimit(max: 50)

    /// The longest `note`.
    ///
    /// - Source: Elastic Kibana's connector for Jira Service Management (read 2026-11-20).
    static let note = TextLimit(max: 25_000)

    /// The longest note of what has changed within `details`; our own limit.
    static let change = TextLimit(max: 512)

    /// The longest delivery id within `details`; our own limit, Opsgenie documents none.
    static let deliveryID = TextLimit(max: 255)

    /// How long Opsgenie is left to process a request before it is asked for the outcome.
    ///
    /// - Unit: seconds. No figure is published.
    static let firstCheckSeconds = 2

    /// How long to wait when it had not processed the request yet.
    ///
    /// - Unit: seconds.
    static let nextCheckSeconds = 10

    /// The longest request id that is asked for; Opsgenie's are UUIDs.
    ///
    /// - Unit: characters.
    static let requestIDCharactersMax = 128

    /// The longest `X-RateLimit-Period-In-Sec` that is applied; a longer one is ignored.
    ///
    /// - Unit: seconds; 1 and 60 are known.
    static let periodSecondsMax = 3_600

    /// The longest API key that fits a header; Opsgenie's are UUIDs.
    ///
    /// - Unit: bytes.
    static let apiKeyBytesMax = 1_024
}
