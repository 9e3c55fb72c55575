internal import OpenSenseWebhooks
internal import RelayStorage

extension StoreLocation {
    /// Opens the journal that is kept there, and makes it when there is none.
    ///
    /// - Parameters:
    ///   - destinations: The names of the destinations there are now.
    ///   - effects: The outside world.
    ///   - onLateOpen: Called with the destinations that are gone, where that is known only later.
    func open(
        destinations: Set<String>, effects: Effects, onLateOpen: @escaping @Sendable ([String]) -> Void
    ) throws(StoreError) -> any OpenJournal {
        let now = effects.wallTime()
        switch self {
        case .memory: return try SQLiteJournal(path: nil, destinations: destinations, now: now)
        case .sqlite(let path): return try SQLiteJournal(path: path, destinations: destinations, now: now)
        case .postgresql(let address):
            return try PostgreSQLJournal.openWhenReachable(
                address.connectionString, destinations: destinations, wallTime: effects.wallTime,
                onLateOpen: onLateOpen)
        }
    }
}
