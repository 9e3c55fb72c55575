/// What the relay knows of an adapter before there is one: its name, its settings and how to make it.
public struct AdapterType: Sendable {
    /// The name in a configuration: `pagerduty`.
    public let name: String
    /// The vendor's product, for people: `PagerDuty`.
    public let title: String
    /// Every setting it takes, in the order in which people should read them.
    public let settings: [AdapterSetting]
    /// Makes an adapter, without any effect on the world.
    public let make: @Sendable (AdapterSettings) throws(AdapterSettingError) -> any IncidentAdapter
    /// What has to be made at the vendor first, for people: lines of text that `setup` prints.
    ///
    /// Nil where nothing has to be made.
    public let setupGuide: String?

    /// A type of adapter.
    public init(
        name: String, title: String, settings: [AdapterSetting],
        make: @escaping @Sendable (AdapterSettings) throws(AdapterSettingError) -> any IncidentAdapter,
        setupGuide: String? = nil
    ) {
        self.name = name
        self.title = title
        self.settings = settings
        self.make = make
        self.setupGuide = setupGuide
    }
}
