/// Finds the slot of a key: an open-addressed table with linear probing, at most three quarters full.
///
/// It keeps slot numbers of 32 bits and asks for the keys, which are well spread as they come out of SHA-256.
struct LedgerIndex {
    /// Slot numbers; 0, which is no entry's slot, for an empty place.
    private var places: [UInt32] = Array(repeating: 0, count: 64)

    private func home(_ key: DeliveryKey) -> Int { Int(truncatingIfNeeded: key.low) & (places.count - 1) }
    private func after(_ place: Int) -> Int { (place + 1) & (places.count - 1) }

    func slot(of key: DeliveryKey, keyOf: (Int) -> DeliveryKey) -> Int? {
        var place = home(key)
        while places[place] != 0 {
            let slot = Int(places[place])
            if keyOf(slot) == key { return slot }
            place = after(place)
        }
        return nil
    }

    /// Adds a slot whose key is not there yet; `count` entries there are with it.
    mutating func insert(_ slot: Int, _ key: DeliveryKey, count: Int, keyOf: (Int) -> DeliveryKey) {
        if count * 4 > places.count * 3 {
            let old = places
            places = Array(repeating: 0, count: old.count * 2)
            for slot in old where slot != 0 { place(Int(slot), keyOf(Int(slot))) }
        }
        place(slot, key)
    }

    private mutating func place(_ slot: Int, _ key: DeliveryKey) {
        var place = home(key)
        while places[place] != 0 { place = after(place) }
        places[place] = UInt32(slot)
    }

    /// Removes a slot, and moves back those behind it that would not be found past the gap.
    mutating func remove(_ slot: Int, _ key: DeliveryKey, keyOf: (Int) -> DeliveryKey) {
        var gap = home(key)
        while places[gap] != UInt32(slot) {
            guard places[gap] != 0 else { return }
            gap = after(gap)
        }
        var place = after(gap)
        while places[place] != 0 {
            let distance = (place - home(keyOf(Int(places[place])))) & (places.count - 1)
            if distance >= (place - gap) & (places.count - 1) {
                places[gap] = places[place]
                gap = place
            }
            place = after(place)
        }
        places[gap] = 0
    }
}
