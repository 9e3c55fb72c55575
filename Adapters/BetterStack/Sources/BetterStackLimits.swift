internal import AdapterKit

/// What is sent to Better Stack at most: it publishes no length of any field, so all of these are ours.
///
/// - Source: unconfirmed. 255 is what one column of a common database holds.
enum BetterStackLimits {
    /// The longest `alert_id`, and the longest `opensense_key` in an incident's metadata.
    ///
    /// - Unit: characters.
    static let keyCharactersMax = 255

    /// The longest `title` and `place` of a webhook, and `name` and `summary` of an incident.
    static let line = TextLimit(max: 255)

    /// The longest `cause` of a webhook.
    static let cause = TextLimit(max: 1_000)

    /// The longest note of what has changed, in a webhook and in a comment.
    static let note = TextLimit(max: 512)

    /// The longest delivery id.
    static let deliveryID = TextLimit(max: 255)

    /// The longest `description` of an incident.
    static let description = TextLimit(max: 3_000)

    /// The most of an event that a webhook has.
    ///
    /// - Unit: bytes of JSON.
    static let eventBytesMax = 32_768

    /// Room reserved in the event for the note of how many fields were left out.
    ///
    /// - Unit: bytes.
    static let omissionNoteBytes = 128

    /// The longest address of a webhook, and the longest API token.
    ///
    /// - Unit: bytes.
    static let secretBytesMax = 1_024

    /// The longest `requesterEmail`.
    ///
    /// - Unit: bytes.
    /// - Source: RFC 5321, section 4.5.3.1.3: a path of 256 with its brackets.
    static let emailBytesMax = 254

    /// The longest `teamName` and `policyID`.
    ///
    /// - Unit: bytes.
    static let nameBytesMax = 255

    /// The longest id of an incident that is kept; Better Stack's are numbers.
    ///
    /// - Unit: characters.
    static let incidentIDCharactersMax = 64

    /// How many incidents are asked for at once; Better Stack gives 50 at most.
    ///
    /// An answer is read up to 64 KiB, and what is cut cannot be read: this leaves 3 KB for each.
    static let incidentsPerPage = 20

    /// As much of an answer as there can be; one that is as long was cut.
    ///
    /// - Unit: bytes.
    /// - Source: `VendorResponse.body` of AdapterKit.
    static let answerBytesMax = 65_536

    /// The most pages that are looked through, so that an update ends within the relay's 32 requests.
    static let pagesMax = 12

    /// How long after it was created an incident may be missing in the list.
    ///
    /// - Unit: seconds.
    /// - Source: unconfirmed.
    static let visibilitySeconds = 5
}
