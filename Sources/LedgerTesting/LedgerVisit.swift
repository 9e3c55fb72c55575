internal import OpenSenseWebhooks

/// One check of one ledger.
struct LedgerVisit: Sendable {
    let ledger: any DeliveryLedger
    let clock: LedgerTestClock
    let rule: LedgerRule

    struct NotFresh: Error, CustomStringConvertible {
        let id: String
        var description: String { "the delivery \(id) can be claimed, and is not fresh" }
    }

    func claim(_ id: String) async throws -> DeliveryClaim {
        try await ledger.claim(DeliveryKey(of: id), leaseSeconds: LedgerContract.leaseSeconds)
    }

    func fresh(_ id: String) async throws -> ClaimTicket {
        guard case .fresh(let ticket) = try await claim(id) else { throw NotFresh(id: id) }
        return ticket
    }

    func renew(_ ticket: ClaimTicket) async throws -> Bool {
        try await ledger.renew(ticket, leaseSeconds: LedgerContract.leaseSeconds)
    }

    func claimAfterCommit(_ ticket: ClaimTicket) async throws -> DeliveryClaim {
        try await ledger.commit(ticket)
        return try await ledger.claim(ticket.key, leaseSeconds: LedgerContract.leaseSeconds)
    }

    func claimAfterRelease(_ ticket: ClaimTicket) async throws -> DeliveryClaim {
        try await ledger.release(ticket)
        return try await ledger.claim(ticket.key, leaseSeconds: LedgerContract.leaseSeconds)
    }

    /// The sentences of those that do not hold.
    func findings(_ facts: [(holds: Bool, otherwise: String)]) -> [LedgerViolation] {
        facts.filter { !$0.holds }.map { violation($0.otherwise) }
    }

    func violation(_ text: String) -> LedgerViolation { LedgerViolation(rule, text) }
}
