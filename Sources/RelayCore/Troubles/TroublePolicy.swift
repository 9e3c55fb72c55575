/// Where the relay reports its own troubles.
package struct TroublePolicy: Sendable, Hashable {
    /// The destinations; none to report nothing.
    package var destinations: [String] = []
    /// How bad they are, in the configuration's word.
    package var severity = "alarm"
    /// For how long each source may be silent, by its path, in milliseconds.
    package var silenceMilliseconds: [String: Int] = [:]

    /// Reports nothing.
    package init() {}

    /// Whether nothing is reported.
    package var isOff: Bool { destinations.isEmpty }

    /// Where a trouble is reported: not at the destination that it is about.
    func destinations(for trouble: Trouble) -> [String] {
        destinations.filter { $0 != trouble.destination }
    }
}
