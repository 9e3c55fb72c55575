import OpenSenseWebhooks
import Testing

/// What bounds a ledger in memory; what every ledger does is tested with the others.
@Suite struct `A ledger in memory` {
    static func fresh(_ ledger: InMemoryDeliveryLedger, _ id: Int) throws -> ClaimTicket {
        let claim = try ledger.claim(DeliveryKey(of: "\(id)"), leaseSeconds: 60)
        guard case .fresh(let ticket) = claim else { throw StoreError(.inUse, "\(id) is not fresh") }
        return ticket
    }

    @Test func `forgets the oldest when it is full, and says so`() throws {
        let (clock, evicted) = (ManualClock(unixSeconds: 0), Notes<LedgerEviction>())
        let ledger = try InMemoryDeliveryLedger(
            idsMax: 3, uptimeSeconds: { clock.unixSeconds }, onEviction: { evicted.add($0) })
        for id in 0..<3 {
            ledger.commit(try Self.fresh(ledger, id))
            clock.advance(seconds: 10)
        }
        #expect(evicted.all.isEmpty)
        ledger.commit(try Self.fresh(ledger, 3))
        #expect(evicted.all.map(\.key) == [DeliveryKey(of: "0")])
        #expect(evicted.all.map(\.remainingSeconds) == [86_370])
        #expect(ledger.count == 3)
        #expect(try ledger.claim(DeliveryKey(of: "1"), leaseSeconds: 60) == .done)
    }

    @Test func `never forgets what is being handled`() throws {
        let ledger = try InMemoryDeliveryLedger(idsMax: 2)
        let held = try Self.fresh(ledger, 0)
        ledger.commit(try Self.fresh(ledger, 1))
        _ = try Self.fresh(ledger, 2)  // in place of 1
        #expect(try ledger.claim(DeliveryKey(of: "0"), leaseSeconds: 60) == .inFlight)
        let error = #expect(throws: StoreError.self) { try Self.fresh(ledger, 3) }
        #expect(error?.kind == .overloaded)
        ledger.release(held)
        _ = try Self.fresh(ledger, 3)
    }

    @Test func `is bounded by bytes`() throws {
        let ledger = try InMemoryDeliveryLedger(bytesMax: 10 * InMemoryDeliveryLedger.bytesPerID)
        #expect(ledger.idsMax == 10)
        #expect(throws: LedgerSetupError.noRoom(idsMax: 5, bytesMax: 1)) {
            try InMemoryDeliveryLedger(idsMax: 5, bytesMax: 1)
        }
        #expect(throws: LedgerSetupError.self) { try InMemoryDeliveryLedger(idsMax: 0) }
        #expect(throws: LedgerSetupError.self) { try InMemoryDeliveryLedger(idsMax: -1) }
    }

    @Test(arguments: [(27_335, true), (27_334, false), (-1, false)])
    func `remembers no shorter than the sender tries`(_ seconds: Int, _ isAllowed: Bool) throws {
        if isAllowed {
            #expect(try LedgerRetention(seconds: seconds).seconds == seconds)
        } else {
            #expect(throws: LedgerSetupError.retentionTooShort(seconds: seconds)) {
                try LedgerRetention(seconds: seconds)
            }
        }
        #expect(LedgerRetention(forgettingRetriesAfterSeconds: seconds).seconds == max(seconds, 1))
    }

    /// Against a dictionary, with all operations at random.
    @Test func `does as a simple model does`() throws {
        var random = SplitMix64(seed: 7)
        let clock = ManualClock(unixSeconds: 0)
        let ledger = try InMemoryDeliveryLedger(uptimeSeconds: { clock.unixSeconds })
        var model: [Int: (until: Int, ticket: ClaimTicket?)] = [:]
        for _ in 0..<200_000 {
            let id = Int(random.next() % 500)
            let now = clock.unixSeconds
            let known = model[id].flatMap { $0.until > now ? $0 : nil }
            switch random.next() % 8 {
            case 0..<4:
                let claim = try ledger.claim(DeliveryKey(of: "\(id)"), leaseSeconds: 60)
                switch claim {
                case .fresh(let ticket):
                    try #require(known == nil)
                    model[id] = (now + 60, ticket)
                case .inFlight: try #require(known?.ticket != nil)
                case .done: try #require(known != nil && known?.ticket == nil)
                }
            case 4:
                if let ticket = known?.ticket {
                    ledger.commit(ticket)
                    model[id] = (now + 86_400, nil)
                }
            case 5:
                if let ticket = known?.ticket {
                    ledger.release(ticket)
                    model[id] = nil
                }
            case 6:
                if let ticket = known?.ticket {
                    try #require(ledger.renew(ticket, leaseSeconds: 60))
                    model[id]?.until = now + 60
                }
            default: if random.next() % 16 == 0 { clock.advance(seconds: Int(random.next() % 3_000)) }
            }
        }
        #expect(ledger.count <= 500)
    }
}

struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
