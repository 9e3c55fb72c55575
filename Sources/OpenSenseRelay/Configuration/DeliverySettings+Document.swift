internal import RelayCore

extension DeliverySettings {
    /// The settings among the members of a destination; the standard for what is missing or at fault.
    init(_ values: [String: SettingNode], _ reader: inout SettingReader) {
        self.init()
        if let node = values["onDeadLetter"], let word = reader.text(node) {
            if let mode = OnDeadLetter(rawValue: word) {
                onDeadLetter = mode
            } else {
                reader.add(node.path, "Expected \"hold\" or \"skip\".")
            }
        }
        if let node = values["failover"] { failover = reader.text(node) }
        if let node = values["concurrency"], let number = reader.integer(node) {
            if Self.concurrencyRange.contains(number) {
                concurrencyMax = number
            } else {
                let range = Self.concurrencyRange
                reader.add(node.path, "Expected \(range.lowerBound) to \(range.upperBound) requests at once.")
            }
        }
    }
}
