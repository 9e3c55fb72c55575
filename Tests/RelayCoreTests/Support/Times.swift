import RelayCore

// Tests count in milliseconds from 0; where both clocks are read, they agree.

extension WallTime: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int) { self.init(unixMilliseconds: value) }
}

extension SteadyTime: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int) { self.init(milliseconds: value) }
}

extension DeliveryEngine {
    mutating func handle(_ input: Input, at now: Int) -> [Output] {
        handle(
            input,
            at: ClockReading(wall: WallTime(unixMilliseconds: now), steady: SteadyTime(milliseconds: now)))
    }

    mutating func nextTick(at now: Int) -> Int? {
        nextTick(at: SteadyTime(milliseconds: now))?.milliseconds
    }

    mutating func idleDestinations(at now: Int) -> [String] {
        idleDestinations(at: SteadyTime(milliseconds: now))
    }

    func restingDestinations(at now: Int) -> Set<String> {
        restingDestinations(at: SteadyTime(milliseconds: now))
    }
}

extension TokenBucket {
    mutating func available(at now: Int) -> Int { available(at: SteadyTime(milliseconds: now)) }
    mutating func spendToken(at now: Int) { spendToken(at: SteadyTime(milliseconds: now)) }
}
