internal import RelayCore

/// What a simulation asks of chance; every answer follows from the seed.
extension SeededRandom {
    /// A number of `range`, each as likely as the others.
    mutating func between(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// True in so many cases of a thousand.
    mutating func chance(_ perMille: Int) -> Bool { between(0...999) < perMille }

    /// One of `items`, which are not none.
    mutating func pick<Item>(_ items: [Item]) -> Item { items[between(0...items.count - 1)] }

    /// A time of `range`, short ones as likely as long ones.
    mutating func span(_ range: ClosedRange<Int>) -> Int {
        let (low, high) = (max(range.lowerBound, 1), range.upperBound)
        let doublings = between(0...max(0, Int.bitWidth - 1 - (high / low).leadingZeroBitCount))
        return min(high, between(low << doublings...max(low << doublings, low << (doublings + 1))))
    }

    /// A separate generator, so that more draws in one part of the world leave the others as they were.
    mutating func fork() -> SeededRandom { SeededRandom(seed: next()) }
}
