/// Signs of trouble on their way from those who see them to the one who dispatches; a host keeps one beside
/// its ``WorkBell``.
package struct TroubleSigns: Sendable {
    /// The most different signs that wait; further ones are left to the log.
    private static let signsMax = 64
    /// The most sites and devices of one source that wait; further ones are remembered when they are heard
    /// again.
    private static let subjectsMax = 256

    /// The signs, in the order in which they came.
    package private(set) var signs: [TroubleSign] = []
    /// The sites and devices that authentic deliveries have spoken of, by the source's path.
    package private(set) var heard: [String: Set<String>] = [:]
    /// The same of requests that no secret of ours signed, and that came after the source's last authentic
    /// one.
    package private(set) var unproven: [String: Set<String>] = [:]

    /// No signs.
    package init() {}

    /// Keeps a sign.
    package mutating func note(_ sign: TroubleSign) {
        if signs.count < Self.signsMax { signs.append(sign) }
    }

    /// Keeps what a request says of its source.
    package mutating func hear(_ voice: SourceVoice) {
        if voice.isAuthentic {
            unproven[voice.path] = nil
            Self.add(voice.subjects, to: &heard[voice.path, default: []])
        } else {
            Self.add(voice.subjects, to: &unproven[voice.path, default: []])
        }
    }

    private static func add(_ subjects: [String], to set: inout Set<String>) {
        for subject in subjects where set.count < subjectsMax { set.insert(subject) }
    }

    /// What waits, which does so no more.
    package mutating func take() -> TroubleSigns {
        defer { self = TroubleSigns() }
        return self
    }
}
