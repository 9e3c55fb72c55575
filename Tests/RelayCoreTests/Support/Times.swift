import AdapterKit
import OpenSenseWebhooks
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

extension ClockReading {
    static var zero: ClockReading { ClockReading(wall: 0, steady: 0) }
}

/// What the journal says, without the operation's particulars where the engine does not look at them.
extension DeliveryEngine.Input {
    static func leased(destination: String, _ result: Result<Lease, StoreError>) -> Self {
        .completed(
            .lease(
                LeaseRequest(destination: destination, limits: LeaseLimits(1), now: 0, leaseMilliseconds: 1)),
            result.map(JournalResult.leased))
    }

    static func finished(job: Int, _ result: Result<FinishOutcome, StoreError>) -> Self {
        let held = LeasedJob(
            id: job, destination: "d", action: .open, incident: "", deliveryID: "", body: [], attempts: 0,
            triedMilliseconds: 0, begunAt: 0, nonce: "", lease: 1)
        return .completed(
            .finish(JobReport(held, .delivered(episodeState: nil)), now: 0),
            result.map(JournalResult.finished))
    }

    static func renewed(job: Int, lease: Int, _ result: Result<Bool, StoreError>) -> Self {
        .completed(
            .renew(HeldJob(job: job, lease: lease), now: 0, leaseMilliseconds: 1),
            result.map(JournalResult.held))
    }

    static func released(job: Int) -> Self {
        .completed(.release([HeldJob(job: job, lease: 1)], now: 0), .success(.done))
    }
}

extension TokenBucket {
    mutating func available(at now: Int) -> Int { limits(at: SteadyTime(milliseconds: now)).total }
    mutating func spendToken(at now: Int) {
        spendToken(for: Urgency(rawValue: 0), at: SteadyTime(milliseconds: now))
    }
    mutating func reserveToken(at now: Int, within: Int = .max) -> Int? {
        let reserved = reserveToken(
            for: Urgency(rawValue: 0), at: SteadyTime(milliseconds: now), within: within)
        if case .taken(let wait) = reserved { return wait }
        return nil
    }
    func isFull(at now: Int) -> Bool { isFull(at: SteadyTime(milliseconds: now)) }
}
