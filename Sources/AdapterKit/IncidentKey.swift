internal import HeaderFields
public import OpenSenseWebhooks
internal import Signing

/// Names what opens and clears together: a channel in alarm, a device off line, a silence, a report.
///
/// Alarms: site, device, channel. Connectivity: site, device. Silences: whichever of the three are given.
/// Reports: the event's id. Unknown kinds: like alarms. A part that an event lacks is left empty; with none
/// at all the event's id stands in, and such an incident can be opened but never matched again.
public struct IncidentKey: Sendable, Hashable, CustomStringConvertible {
    /// What kind of incident it is: `alarm`, `connectivity`, `silence`, `report` or `event`.
    public let domain: String
    /// The whole key, such as `alarm/site_4f3c/dev_b1d2/chn_a1b2`: printable ASCII without spaces.
    public let text: String
    /// Whether another event can have the same key.
    public let isMatchable: Bool

    /// Room for most keys, in bytes.
    private static let usualBytes = 64

    /// The key of `event`.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - fallback: Stands in when the event has neither parts nor an id; the delivery's own identity.
    ///   - account: The account of the source, whose incidents are apart; nil for those without one.
    public init(_ event: Event, fallback: String, account: String? = nil) {
        let parts: [String?]
        let domain: String
        switch event.kind {
        case .alarmOpened, .alarmAcknowledged, .alarmCleared:
            (domain, parts) = ("alarm", [event.siteID, event.deviceID, event.channelID])
        case .deviceOffline, .deviceOnline:
            (domain, parts) = ("connectivity", [event.siteID, event.deviceID])
        case .silenceOpened, .silenceClosed:
            (domain, parts) = ("silence", [event.siteID, event.deviceID, event.channelID])
        case .reportReady:
            (domain, parts) = ("report", [])
        default:
            (domain, parts) = ("event", [event.siteID, event.deviceID, event.channelID])
        }
        isMatchable = parts.contains { !($0 ?? "").isEmpty }
        self.domain = domain
        var text = domain
        text.reserveCapacity(Self.usualBytes)
        // Encoded, so that two parts cannot run together into a third.
        func add(_ separator: String, _ part: String) {
            text += separator
            text += PercentEncoding.text(part)
        }
        if let account { add("@", account) }
        if isMatchable {
            for part in parts { add("/", part ?? "") }
        } else {
            add("/", event.id ?? fallback)
        }
        self.text = text
    }

    /// The key of an incident of the relay itself, such as `relay/dead-letter/oncall`.
    package init(relay parts: [String]) {
        domain = "relay"
        isMatchable = true
        text = (["relay"] + parts.map(PercentEncoding.text)).joined(separator: "/")
    }

    /// The key of `event` under which a store has the incident.
    ///
    /// - Parameter stored: The stored key: the text, or a hash of it where that is too long for the store.
    package init(_ event: Event, fallback: String, stored: String) {
        let parts = stored.split(separator: "/", omittingEmptySubsequences: false)
        if parts.first == "relay" {
            self.init(relay: parts.dropFirst().map { PercentEncoding.decodedText($0) })
            return
        }
        let place = parts.first == "opensense" ? parts.dropFirst().first : parts.first
        let names = (place ?? "").split(separator: "@", maxSplits: 1)
        let account = names.count > 1 ? names[1] : nil
        self.init(
            event, fallback: fallback,
            account: account.map { PercentEncoding.decodedText($0) })
    }

    /// The key as a vendor sees it: `opensense/` and the text when that fits, otherwise a SHA-256 of it.
    ///
    /// It is the same for every event of the incident and never changes between versions of this software.
    ///
    /// - Parameter charactersMax: The vendor's limit; at least 96. The key is ASCII, so characters are bytes.
    public func vendorKey(charactersMax: Int) -> String {
        Self.vendorKey(of: text, charactersMax: charactersMax)
    }

    /// The same of the key whose ``text`` is given.
    public static func vendorKey(of text: String, charactersMax: Int) -> String {
        precondition(charactersMax >= 96, "A vendor's key must have room for a prefix and a SHA-256.")
        let readable = "opensense/\(text)"
        guard readable.utf8.count > charactersMax else { return readable }
        let digest = try? SHA256.digest(Array(text.utf8).span)
        // Without libcrypto no delivery was verified and nothing gets here; a cut key still is a stable one.
        let place = text.prefix { $0 != "/" }
        let domain = place.prefix { $0 != "@" }
        return "opensense/\(domain)/sha256-\(digest?.hexadecimal ?? String(text.prefix(64)))"
    }

    /// The whole key.
    public var description: String { text }
}
