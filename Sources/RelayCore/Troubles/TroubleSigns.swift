/// Signs of trouble on their way from those who see them to the one who dispatches; a host keeps one beside
/// its ``WorkBell``.
package struct TroubleSigns: Sendable {
    /// The most different signs that wait; further ones are left to the log.
    private static let signsMax = 64

    /// The signs, in the order in which they came.
    package private(set) var signs: [TroubleSign] = []
    /// The paths of the sources that something authentic came from.
    package private(set) var heard: Set<String> = []

    /// No signs.
    package init() {}

    /// Keeps a sign.
    package mutating func note(_ sign: TroubleSign) {
        if signs.count < Self.signsMax { signs.append(sign) }
    }

    /// Something authentic came from the source at `path`.
    package mutating func hear(_ path: String) { heard.insert(path) }

    /// What waits, which does so no more.
    package mutating func take() -> TroubleSigns {
        defer { self = TroubleSigns() }
        return self
    }
}
