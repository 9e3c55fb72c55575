internal import OpenSenseWebhooks

/// What a request says of its source, whether it is the source's or a stranger's.
package struct SourceVoice: Sendable, Hashable {
    /// The longest body of an unproven request that is read for this, in bytes.
    static let unprovenBytesMax = 65_536
    /// The longest name of a site or device that is remembered, in bytes.
    private static let nameBytesMax = 128

    /// The source's path.
    package let path: String
    /// Whether the signature holds.
    package let isAuthentic: Bool
    /// The site and the device that it speaks of: `site/NAME`, `device/NAME`.
    package let subjects: [String]

    /// What a request says.
    package init(_ path: String, isAuthentic: Bool, subjects: [String]) {
        self.path = path
        self.isAuthentic = isAuthentic
        self.subjects = subjects
    }

    /// What an authentic delivery says; nothing where it cannot be read.
    init(_ path: String, _ event: Event?) {
        self.init(path, isAuthentic: true, subjects: event.map(Self.subjects) ?? [])
    }

    /// What a request says that no secret of ours signed; nil unless it is fresh and names something.
    init?(
        unproven request: WebhookRequest, _ path: String, _ tolerance: TimestampTolerance, at now: WallTime
    ) {
        guard request.body.count <= Self.unprovenBytesMax,
            let header = try? SignatureHeader(only: request.signatureHeaders),
            tolerance.accepts(ageSeconds: now.unixSeconds - header.timestamp),
            let event = try? Delivery(body: request.body).event
        else { return nil }
        self.init(path, isAuthentic: false, subjects: Self.subjects(event))
        if subjects.isEmpty { return nil }
    }

    private static func subjects(_ event: Event) -> [String] {
        [("site", event.siteID), ("device", event.deviceID)].compactMap { kind, name in
            guard let name, !name.isEmpty, name.utf8.count <= nameBytesMax, !name.utf8.contains(0) else {
                return nil
            }
            return "\(kind)/\(name)"
        }
    }
}
