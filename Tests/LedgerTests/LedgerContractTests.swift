import LedgerTesting
import OpenSenseWebhooks
import Synchronization
import Testing

/// Each way to break the contract is found; that our ledgers keep it is in `A delivery ledger`.
@Suite struct `The contract of a ledger` {
    /// A ledger that breaks the rule of its name.
    struct Broken: DeliveryLedger {
        let real: InMemoryDeliveryLedger
        let fault: LedgerRule
        let commits = Memory()

        /// Counts, to break what happens at once or again.
        final class Memory: Sendable {
            let committed = Mutex<Set<DeliveryKey>>([])
            let last = Mutex<[DeliveryKey: ClaimTicket]>([:])
        }

        func claim(_ key: DeliveryKey, leaseSeconds: Int) async throws(StoreError) -> DeliveryClaim {
            let lease = fault == .leaseEnds ? leaseSeconds / 2 : leaseSeconds
            if fault == .remembered, commits.committed.withLock({ $0.contains(key) }) {
                return .fresh(ClaimTicket(key: key, number: 0))
            }
            let claim = try real.claim(key, leaseSeconds: lease)
            if fault == .races, claim == .inFlight { return .fresh(ClaimTicket(key: key, number: 0)) }
            if case .fresh(let ticket) = claim { commits.last.withLock { $0[key] = ticket } }
            return claim
        }
        func renew(_ ticket: ClaimTicket, leaseSeconds: Int) async throws(StoreError) -> Bool {
            fault == .renewed ? true : real.renew(ticket, leaseSeconds: leaseSeconds)
        }
        func commit(_ ticket: ClaimTicket) async throws(StoreError) {
            if fault == .claimedOnce { return real.release(ticket) }
            if fault == .lateCommit, !real.renew(ticket, leaseSeconds: 60) { return }
            commits.committed.withLock { _ = $0.insert(ticket.key) }
            real.commit(ticket)
        }
        func release(_ ticket: ClaimTicket) async throws(StoreError) {
            let last = commits.last.withLock { $0[ticket.key] }
            real.release(fault == .released ? last ?? ticket : ticket)
        }
    }

    @Test(arguments: LedgerRule.allCases) func `finds what breaks it`(_ rule: LedgerRule) async throws {
        let contract = LedgerContract(retentionSeconds: 86_400) { clock in
            Broken(real: try InMemoryDeliveryLedger(uptimeSeconds: { clock.seconds }), fault: rule)
        }
        let violations = await contract.violations()
        #expect(violations.contains { $0.rule == rule }, "\(violations)")
    }
}
