internal import OpenSenseWebhooks

/// What people call sites, devices and channels, in which unit these measure, and where to look at them.
///
/// Ids are compared byte by byte.
public struct PlaceNames: Sendable, Hashable {
    /// What an id names.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A site.
        case site
        /// A device.
        case device
        /// A channel of a device.
        case channel
    }

    /// What is known of one site, device or channel.
    public struct Entry: Sendable, Hashable {
        /// What people call it.
        public var name: String?
        /// The unit of what is measured by it, such as `°C`.
        ///
        /// That of a device says that it measures one thing: channels of it that have no entry need no name.
        public var unit: String?
        /// Where to look at it.
        public var link: LinkTemplate?

        /// An entry of its parts.
        public init(name: String? = nil, unit: String? = nil, link: LinkTemplate? = nil) {
            self.name = name
            self.unit = unit
            self.link = link
        }
    }

    private struct Key: Hashable {
        let kind: Kind
        let id: [UInt8]
    }

    private var entries: [Key: Entry] = [:]
    /// Where to look at an event whose place has no link: the first of them that can be filled in.
    public var links: [LinkTemplate] = []

    /// Names of nothing.
    public init() {}

    /// How many sites, devices and channels have an entry.
    public var count: Int { entries.count }

    /// What is known of the `kind` with an id.
    public subscript(kind: Kind, id: String) -> Entry? {
        get { entries[Key(kind: kind, id: Array(id.utf8))] }
        set { entries[Key(kind: kind, id: Array(id.utf8))] = newValue }
    }

    /// How many of the `kind` have an entry.
    package func count(of kind: Kind) -> Int { entries.keys.count { $0.kind == kind } }

    /// The ids of the `kind` that people call `name`, without regard to case; in order.
    package func ids(of kind: Kind, named name: String) -> [String] {
        entries.filter { $0.kind == kind && $1.name?.lowercased() == name.lowercased() }
            .map { String(decoding: $0.key.id, as: UTF8.self) }.sorted()
    }

    /// What is known of the place of an event.
    func names(of event: Event, deliveryID: String) -> IncidentNames {
        guard !entries.isEmpty || !links.isEmpty else { return IncidentNames() }
        let channel = event.channelID.flatMap { self[.channel, $0] }
        let device = event.deviceID.flatMap { self[.device, $0] }
        let site = event.siteID.flatMap { self[.site, $0] }
        let places = [channel, device, site].compactMap(\.self)
        let links = places.compactMap(\.link) + links
        return IncidentNames(
            site: site?.name, device: device?.name, channel: channel?.name,
            unit: channel == nil ? device?.unit : channel?.unit,
            isOnlyChannel: channel == nil && device?.unit != nil,
            link: links.lazy.compactMap { $0.link(to: event, deliveryID: deliveryID) }.first)
    }
}

/// What people call the place of one incident; nil for what has no name.
public struct IncidentNames: Sendable, Hashable {
    /// The site's name.
    public let site: String?
    /// The device's name.
    public let device: String?
    /// The channel's name.
    public let channel: String?
    /// The unit of the measured value, such as `°C`.
    public let unit: String?
    /// Whether the device measures one thing, so that the channel need not be named beside it.
    public let isOnlyChannel: Bool
    /// Where a person can look at it: an `http` or `https` URL in ASCII.
    ///
    /// - Unit: at most ``LinkTemplate/linkBytesMax`` bytes.
    public let link: String?

    /// Whether people have a name for any part of the place.
    public var hasName: Bool { site != nil || device != nil || channel != nil }

    /// The names of their parts; without arguments none.
    public init(
        site: String? = nil, device: String? = nil, channel: String? = nil, unit: String? = nil,
        isOnlyChannel: Bool = false, link: String? = nil
    ) {
        self.site = site
        self.device = device
        self.channel = channel
        self.unit = unit
        self.isOnlyChannel = isOnlyChannel
        self.link = link
    }
}
