/// Which opens go to another destination because the one that they wait for is in trouble.
package struct FailOverRequest: Sendable, Hashable {
    /// The destination where they wait.
    package var destination: String
    /// The destination that gets them, too.
    package var to: String
    /// Only those that were accepted before.
    package var acceptedBefore: WallTime
    /// Whether only those that were tried before, or that wait behind one that was.
    package var onlyTried: Bool

    /// The most that are given away at once.
    package static let atOnceMax = 64

    /// A request.
    package init(destination: String, to: String, acceptedBefore: WallTime, onlyTried: Bool) {
        self.destination = destination
        self.to = to
        self.acceptedBefore = acceptedBefore
        self.onlyTried = onlyTried
    }
}
