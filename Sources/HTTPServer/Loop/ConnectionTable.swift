/// The connections of one loop, each under a number that no other ever has.
struct ConnectionTable {
    private var slots: [Connection?] = []
    private var free: [Int] = []
    private var generation: UInt32 = 0

    private(set) var count = 0

    /// The number of the next connection.
    mutating func nextID() -> UInt64 {
        // 31 bits: the highest numbers are the poller's.
        generation = (generation + 1) & 0x7FFF_FFFF
        let slot = free.popLast() ?? slots.count
        if slot == slots.count { slots.append(nil) }
        return UInt64(generation) << 32 | UInt64(slot)
    }

    mutating func add(_ connection: Connection) {
        slots[Self.slot(connection.id)] = connection
        count += 1
    }

    subscript(id: UInt64) -> Connection? {
        let slot = Self.slot(id)
        guard slot < slots.count, let connection = slots[slot], connection.id == id else { return nil }
        return connection
    }

    mutating func remove(_ id: UInt64) {
        slots[Self.slot(id)] = nil
        count -= 1
        giveBack(id)
    }

    /// A number that no connection got.
    mutating func giveBack(_ id: UInt64) { free.append(Self.slot(id)) }

    /// All of them, as they are now.
    var all: [Connection] { slots.compactMap { $0 } }

    private static func slot(_ id: UInt64) -> Int { Int(id & 0xFFFF_FFFF) }
}
