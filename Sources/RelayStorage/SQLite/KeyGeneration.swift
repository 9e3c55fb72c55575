internal import OpenSenseWebhooks

/// Keys of the ledger that gather in memory, to go into the table in its order.
///
/// Keys are hashes, so they spread evenly over shelves by their leading byte, and only a shelf is ever
/// sorted: some sixty keys of a usual generation. To sort all of them at once takes 10 ms, in which every
/// request waits.
struct KeyGeneration {
    struct Key {
        let identity: DeliveryKey
        let sequence: Int
    }

    private var shelves = [[Key]](repeating: [], count: 256)
    /// The first shelf that may hold keys.
    private var next = 0
    /// Shelves before this one are in descending order; the last key of each is the next.
    private var sorted = 0
    private(set) var count = 0
    /// No key here belongs to a delivery before this one; nil while there has been none.
    private(set) var oldest: Int?

    var isEmpty: Bool { count == 0 }

    /// Adds a key; only before the first is taken.
    mutating func add(_ key: Key) {
        shelves[Self.shelf(of: key)].append(key)
        count += 1
        oldest = min(oldest ?? key.sequence, key.sequence)
    }

    /// Takes back the key that was added last of those that are left.
    mutating func removeLastAdded(_ key: Key) {
        shelves[Self.shelf(of: key)].removeLast()
        count -= 1
    }

    /// Takes the first key in the order of the table; nil when all are gone.
    mutating func takeNext() -> Key? {
        guard !isEmpty else { return nil }
        while shelves[next].isEmpty { next += 1 }
        if next >= sorted {
            shelves[next].sort { $0.identity > $1.identity }
            sorted = next + 1
        }
        count -= 1
        return shelves[next].removeLast()
    }

    /// Puts the key that was taken last of those that are gone back in front.
    mutating func putBack(_ key: Key) {
        next = Self.shelf(of: key)
        shelves[next].append(key)
        count += 1
    }

    /// Removes the keys of every delivery up to `sequence`, and gives them.
    mutating func removeKeys(through sequence: Int) -> [Key] {
        guard let oldest, oldest <= sequence else { return [] }
        var removed: [Key] = []
        for index in shelves.indices {
            removed += shelves[index].filter { $0.sequence <= sequence }
            shelves[index].removeAll { $0.sequence <= sequence }
        }
        count -= removed.count
        self.oldest = isEmpty ? nil : sequence + 1
        return removed
    }

    /// The table's integers are signed: keys with the highest bit come first.
    private static func shelf(of key: Key) -> Int { Int((key.identity.high ^ (1 << 63)) >> 56) }
}

extension DeliveryKey {
    /// In the order of the table, whose integers are signed.
    static func > (left: DeliveryKey, right: DeliveryKey) -> Bool {
        left.signedHigh != right.signedHigh
            ? left.signedHigh > right.signedHigh : left.signedLow > right.signedLow
    }
}
