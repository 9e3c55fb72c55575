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
            let open = { @Sendable () throws(StoreError) -> any OpenJournal in
                try PostgreSQLJournal(
                    address.connectionString, destinations: destinations, now: effects.wallTime())
            }
            do throws(StoreError) { return try open() } catch {
                // It may be that the database starts later than the relay; any other fault is a person's.
                guard error.kind == .unreachable else { throw error }
                return try ReopeningJournal(after: error, onOpen: onLateOpen, open: open)
            }
        }
    }
}
