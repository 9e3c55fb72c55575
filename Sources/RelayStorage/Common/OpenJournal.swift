package import RelayCore

/// A journal in a store that this process has opened.
package protocol OpenJournal: Journal {
    /// Destinations that had work waiting and that the configuration no longer has; that work is dead letters
    /// now.
    var removedDestinations: [String] { get }

    /// Waits for a store that does not answer no longer than a second from now on: the process is to end.
    func endWaiting()

    /// Commits what waits and closes the store; what comes later fails.
    ///
    /// Idempotent.
    func close()
}
