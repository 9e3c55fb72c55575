public import OpenSenseWebhooks

/// What every ledger owes a receiver, as checks that need no test framework.
///
/// ```swift
/// let contract = LedgerContract(retentionSeconds: 86_400) { clock in
///     try InMemoryDeliveryLedger(uptimeSeconds: { clock.seconds })
/// }
/// for violation in await contract.violations() { print(violation) }
/// ```
///
/// It moves the clock that it gives to the ledger and never waits by the real one. It cannot see whether a
/// ledger outlives its process, nor what that does when its store is away: both are for tests of the store.
public struct LedgerContract: Sendable {
    /// Makes an empty ledger that reads the clock.
    public typealias MakeLedger = @Sendable (LedgerTestClock) async throws -> any DeliveryLedger

    /// How long the ledger remembers what was handled, in seconds.
    let retentionSeconds: Int
    let make: MakeLedger

    /// The lease of every claim that the checks make, in seconds.
    static let leaseSeconds = 60
    /// How many claim one delivery at once, and how often.
    static let (racers, rounds) = (16, 100)

    /// The contract of one kind of ledger.
    ///
    /// - Parameters:
    ///   - retentionSeconds: How long it remembers what was handled.
    ///   - make: Makes an empty ledger; called for each check.
    public init(retentionSeconds: Int, make: @escaping MakeLedger) {
        self.retentionSeconds = retentionSeconds
        self.make = make
    }

    /// What the ledger does otherwise than it should; nothing when it keeps the contract.
    public func violations() async -> [LedgerViolation] {
        var violations: [LedgerViolation] = []
        for (rule, check) in checks {
            let clock = LedgerTestClock()
            do {
                let visit = LedgerVisit(ledger: try await make(clock), clock: clock, rule: rule)
                violations += try await check(visit)
            } catch { violations.append(LedgerViolation(rule, "It throws: \(error)")) }
        }
        return violations
    }

    private typealias Check = @Sendable (LedgerVisit) async throws -> [LedgerViolation]

    private var checks: [(LedgerRule, Check)] {
        [
            (.claimedOnce, claimedOnce), (.released, released), (.leaseEnds, leaseEnds), (.renewed, renewed),
            (.lateCommit, lateCommit), (.remembered, remembered), (.races, races),
        ]
    }

    // MARK: One delivery after the other

    private func claimedOnce(_ visit: LedgerVisit) async throws -> [LedgerViolation] {
        let ticket = try await visit.fresh("a")
        return try await visit.findings([
            (ticket.key == DeliveryKey(of: "a"), "a ticket has the key of another delivery"),
            (visit.claim("a") == .inFlight, "a delivery that is being handled is not in flight"),
            (visit.claim("b") != .inFlight, "another delivery is in flight, too"),
            (visit.claimAfterCommit(ticket) == .done, "a delivery that was committed is not done"),
        ])
    }

    private func released(_ visit: LedgerVisit) async throws -> [LedgerViolation] {
        let first = try await visit.fresh("a")
        try await visit.ledger.release(first)
        let second = try await visit.fresh("a")
        try await visit.ledger.release(first)
        var findings = try await visit.findings([
            (first != second, "two claims on a delivery have the same ticket"),
            (visit.claim("a") == .inFlight, "a ticket that was released gives up the claim after it"),
        ])
        try await visit.ledger.commit(second)
        try await visit.ledger.release(second)
        findings += try await visit.findings([
            (visit.claim("a") == .done, "what was committed is given up by a release")
        ])
        return findings
    }

    private func leaseEnds(_ visit: LedgerVisit) async throws -> [LedgerViolation] {
        let first = try await visit.fresh("a")
        visit.clock.advance(seconds: Self.leaseSeconds - 1)
        var findings = try await visit.findings([
            (visit.claim("a") == .inFlight, "a lease ends before its time")
        ])
        visit.clock.advance(seconds: 1)
        let second = try await visit.fresh("a")
        findings += try await visit.findings([
            (!visit.renew(first), "a lease that another claim has taken over is renewed"),
            (visit.claimAfterRelease(first) == .inFlight, "a lease that ran out gives up the claim after it"),
            (visit.renew(second), "the present lease is not renewed"),
        ])
        return findings
    }

    private func renewed(_ visit: LedgerVisit) async throws -> [LedgerViolation] {
        let ticket = try await visit.fresh("a")
        var isHeld = true
        for _ in 0..<5 {
            visit.clock.advance(seconds: Self.leaseSeconds * 2 / 3)
            let renewed = try await visit.renew(ticket)
            isHeld = isHeld && renewed
        }
        visit.clock.advance(seconds: Self.leaseSeconds - 1)
        var findings = try await visit.findings([
            (isHeld, "a lease cannot be renewed in its time"),
            (visit.claim("a") == .inFlight, "a lease that was renewed does not hold"),
        ])
        try await visit.ledger.commit(ticket)
        findings += try await visit.findings([
            (!visit.renew(ticket), "what was committed is renewed")
        ])
        return findings
    }

    /// What is done is done, also when its lease had run out.
    private func lateCommit(_ visit: LedgerVisit) async throws -> [LedgerViolation] {
        let late = try await visit.fresh("a")
        let taken = try await visit.fresh("e")
        visit.clock.advance(seconds: Self.leaseSeconds + 1)
        for id in ["b", "c", "d"] { _ = try await visit.claim(id) }
        let taker = try await visit.fresh("e")
        try await visit.ledger.commit(late)
        try await visit.ledger.commit(taken)
        try await visit.ledger.release(taker)
        return try await visit.findings([
            (visit.claim("a") == .done, "a commit after the lease is forgotten"),
            (visit.claim("e") == .done, "a commit is undone by the claim that had taken the lease over"),
        ])
    }

    private func remembered(_ visit: LedgerVisit) async throws -> [LedgerViolation] {
        try await visit.ledger.commit(try await visit.fresh("a"))
        visit.clock.advance(seconds: retentionSeconds - 1)
        return try await visit.findings([
            (visit.claim("a") == .done, "a delivery is forgotten before its retention ends")
        ])
    }

    // MARK: Many at once

    private func races(_ visit: LedgerVisit) async throws -> [LedgerViolation] {
        for round in 0..<Self.rounds {
            let claims = try await withThrowingTaskGroup(of: DeliveryClaim.self) { group in
                for _ in 0..<Self.racers { group.addTask { try await visit.claim("round \(round)") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let waiting = claims.count { $0 == .inFlight }
            guard waiting == Self.racers - 1, !claims.contains(.done) else {
                let fresh = claims.count - waiting
                return [visit.violation("of \(Self.racers) claims at once \(fresh) are not in flight")]
            }
        }
        return []
    }
}
