internal import RelayCore

extension DeliverySettings {
    /// The names among the members of a destination.
    static let names = [
        "onDeadLetter", "failover", "failoverAfterSeconds", "onWorse", "onReopened", "collapseResolved",
        "concurrency", "severityMap",
    ]

    /// The settings among the members of a destination; the standard for what is missing or at fault.
    init(_ values: [String: SettingNode], _ reader: inout SettingReader) {
        self.init()
        onDeadLetter = reader.word(values["onDeadLetter"]) ?? onDeadLetter
        if let node = values["failover"] { failover = reader.text(node) }
        failoverAfterSeconds =
            reader.integer(values["failoverAfterSeconds"], in: Self.failoverAfterRange, "seconds")
            ?? failoverAfterSeconds
        onWorse = reader.word(values["onWorse"]) ?? onWorse
        onReopened = reader.word(values["onReopened"]) ?? onReopened
        collapse = reader.word(values["collapseResolved"]) ?? collapse
        severityMap = reader.severityMap(values["severityMap"])
        concurrencyMax =
            reader.integer(values["concurrency"], in: Self.concurrencyRange, "requests at once")
            ?? concurrencyMax
    }
}
