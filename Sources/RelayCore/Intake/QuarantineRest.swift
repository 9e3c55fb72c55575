/// Remembers for a moment that the quarantine has no room for a source's requests.
///
/// What strangers send in thousands then costs a look here, and not a write beside the deliveries that count.
package struct QuarantineRest: Sendable {
    /// How long the store is not asked again, in milliseconds.
    package static let restMilliseconds = 1_000

    /// Until when each source's path rests; there are no more than sources.
    private var ends: [String: SteadyTime] = [:]

    /// Nothing rests.
    package init() {}

    /// The quarantine had no room for a request at `path`.
    package mutating func begin(_ path: String, at now: SteadyTime) {
        ends[path] = now.adding(milliseconds: Self.restMilliseconds)
    }

    /// Whether the store need not be asked for a request at `path`.
    package func isOn(_ path: String, at now: SteadyTime) -> Bool { ends[path].map { now < $0 } ?? false }
}
