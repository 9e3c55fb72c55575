internal import Synchronization

/// For how long a connection waits to be made, and for an answer; shared with what may end the wait.
package final class AnswerPatience: Sendable {
    /// The longest wait: longer than the server lets a statement run, so that it is reached only when the
    /// server itself hangs, or a commit waits for a replica that is away.
    package static let usual = Duration.seconds(15)
    /// The longest wait at the end of the process.
    package static let atTheEnd = Duration.seconds(1)
    /// How often the wait is looked at, in milliseconds.
    static let sliceMilliseconds: Int32 = 250

    private let hasEnded = Atomic(false)

    /// That of a connection, or of several.
    package init() {}

    /// Whether the process is about to end.
    var isEnding: Bool { hasEnded.load(ordering: .relaxed) }

    /// The longest wait now.
    package var longest: Duration { isEnding ? Self.atTheEnd : Self.usual }

    /// From now on nothing is waited for any longer than at the end of the process, also what is being waited
    /// for.
    package func end() { hasEnded.store(true, ordering: .relaxed) }
}
