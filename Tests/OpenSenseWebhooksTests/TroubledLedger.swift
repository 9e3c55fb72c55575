import OpenSenseWebhooks
import Synchronization

/// A ledger in memory that fails at the steps a test names, or lets a claim wait for a gate.
final class TroubledLedger: DeliveryLedger {
    private let real: InMemoryDeliveryLedger
    private let failing: Mutex<Set<String>>
    private let claimsPass: Gate?

    init(failing: Set<String> = [], claimsPass: Gate? = nil) throws {
        real = try InMemoryDeliveryLedger()
        self.failing = Mutex(failing)
        self.claimsPass = claimsPass
    }

    func mend() { failing.withLock { $0 = [] } }

    private func check(_ step: String) throws(StoreError) {
        if failing.withLock({ $0.contains(step) }) { throw StoreError(.unreachable, "It is away.") }
    }

    func claim(_ key: DeliveryKey, leaseSeconds: Int) async throws(StoreError) -> DeliveryClaim {
        try check("claim")
        await claimsPass?.pass()
        return try real.claim(key, leaseSeconds: leaseSeconds)
    }
    func renew(_ ticket: ClaimTicket, leaseSeconds: Int) async throws(StoreError) -> Bool {
        try check("renew")
        return real.renew(ticket, leaseSeconds: leaseSeconds)
    }
    func commit(_ ticket: ClaimTicket) async throws(StoreError) {
        try check("commit")
        real.commit(ticket)
    }
    func release(_ ticket: ClaimTicket) async throws(StoreError) {
        try check("release")
        real.release(ticket)
    }
}
