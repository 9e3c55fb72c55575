/// The deliveries of an ``InMemoryDeliveryLedger``.
///
/// Entries lie in blocks that are never moved, so growing copies nothing but the index. They are threaded on
/// two lists: those being handled, in the order in which their leases end, and those that are done, in the
/// order in which they are to be forgotten. Expiry and eviction look at the heads alone. The order holds as
/// long as all leases are equally long, and all retentions; otherwise an entry stays a little longer, which
/// does no harm.
struct LedgerTable {
    struct Entry {
        var key: DeliveryKey
        /// When the lease or the retention ends, in seconds of the ledger's clock.
        var until: UInt32
        /// The number of the claim; 0 once it is done.
        var claim: UInt32
        /// The neighbours on the entry's list.
        var previous: UInt32
        var next: UInt32
    }

    /// The slots that are no entries but the two ends of a list.
    private static let leased = 0
    private static let done = 1
    private static let firstSlot = 2
    private static let blockEntries = 4_096

    private let idsMax: Int
    private var blocks: [[Entry]] = []
    private var slotsUsed = firstSlot
    /// The slots that were given back, threaded by `next`; 0 when there is none.
    private var freeSlot: UInt32 = 0
    private var index = LedgerIndex()
    private var lastClaim: UInt32 = 0
    private(set) var count = 0

    init(idsMax: Int) {
        self.idsMax = idsMax
        addBlock()
        for end in [Self.leased, Self.done] {
            self[end].previous = UInt32(end)
            self[end].next = UInt32(end)
        }
    }

    // MARK: The ledger's operations

    /// - Returns: A nil claim when there is no room and nothing that may be forgotten.
    mutating func claim(
        _ key: DeliveryKey, now: Int, until: Int
    ) -> (claim: DeliveryClaim?, eviction: LedgerEviction?) {
        dropExpired(now)
        if let slot = slot(of: key) {
            let entry = self[slot]
            guard entry.until <= seconds(now) else { return (entry.claim == 0 ? .done : .inFlight, nil) }
            remove(slot)
        }
        var eviction: LedgerEviction?
        guard makeRoom(now, &eviction) else { return (nil, nil) }
        lastClaim = lastClaim == .max ? 1 : lastClaim + 1
        append(key, to: Self.leased, claim: lastClaim, until)
        return (.fresh(ClaimTicket(key: key, number: Int(lastClaim))), eviction)
    }

    mutating func renew(_ ticket: ClaimTicket, until: Int) -> Bool {
        guard let slot = heldSlot(ticket) else { return false }
        unlink(slot)
        self[slot].until = seconds(until)
        link(slot, to: Self.leased)
        return true
    }

    mutating func commit(_ ticket: ClaimTicket, now: Int, until: Int) -> LedgerEviction? {
        if let slot = slot(of: ticket.key) {
            unlink(slot)
            self[slot].claim = 0
            self[slot].until = seconds(until)
            link(slot, to: Self.done)
            return nil
        }
        // The lease had run out and was dropped, but the delivery is handled all the same.
        var eviction: LedgerEviction?
        if makeRoom(now, &eviction) { append(ticket.key, to: Self.done, claim: 0, until) }
        return eviction
    }

    mutating func release(_ ticket: ClaimTicket) {
        if let slot = heldSlot(ticket) { remove(slot) }
    }

    // MARK: Entries

    private func slot(of key: DeliveryKey) -> Int? { index.slot(of: key) { self[$0].key } }

    private func heldSlot(_ ticket: ClaimTicket) -> Int? {
        slot(of: ticket.key).flatMap { Int(self[$0].claim) == ticket.number ? $0 : nil }
    }

    /// Forgets what has expired; two a call keep up, as a call adds one.
    private mutating func dropExpired(_ now: Int) {
        for end in [Self.leased, Self.done] {
            for _ in 0..<2 {
                let oldest = Int(self[end].next)
                guard oldest != end, self[oldest].until <= seconds(now) else { break }
                remove(oldest)
            }
        }
    }

    private mutating func makeRoom(_ now: Int, _ eviction: inout LedgerEviction?) -> Bool {
        guard count >= idsMax else { return true }
        let oldest = Int(self[Self.done].next)
        guard oldest != Self.done else { return false }
        eviction = LedgerEviction(
            key: self[oldest].key, remainingSeconds: max(Int(self[oldest].until) - now, 0))
        remove(oldest)
        return true
    }

    private mutating func append(_ key: DeliveryKey, to end: Int, claim: UInt32, _ until: Int) {
        let slot = takeSlot()
        self[slot] = Entry(key: key, until: seconds(until), claim: claim, previous: 0, next: 0)
        link(slot, to: end)
        count += 1
        index.insert(slot, key, count: count) { [blocks] in Self.entry($0, in: blocks).key }
    }

    private mutating func remove(_ slot: Int) {
        index.remove(slot, self[slot].key) { [blocks] in Self.entry($0, in: blocks).key }
        unlink(slot)
        self[slot].next = freeSlot
        freeSlot = UInt32(slot)
        count -= 1
    }

    // MARK: Slots and lists

    private static func entry(_ slot: Int, in blocks: [[Entry]]) -> Entry {
        blocks[slot / blockEntries][slot % blockEntries]
    }

    private subscript(slot: Int) -> Entry {
        get { Self.entry(slot, in: blocks) }
        _modify { yield &blocks[slot / Self.blockEntries][slot % Self.blockEntries] }
    }

    private mutating func takeSlot() -> Int {
        if freeSlot != 0 {
            let slot = Int(freeSlot)
            freeSlot = self[slot].next
            return slot
        }
        if slotsUsed == blocks.count * Self.blockEntries { addBlock() }
        slotsUsed += 1
        return slotsUsed - 1
    }

    private mutating func addBlock() {
        let empty = Entry(key: DeliveryKey(high: 0, low: 0), until: 0, claim: 0, previous: 0, next: 0)
        blocks.append(Array(repeating: empty, count: Self.blockEntries))
    }

    private mutating func link(_ slot: Int, to end: Int) {
        let newest = self[end].previous
        self[slot].previous = newest
        self[slot].next = UInt32(end)
        self[Int(newest)].next = UInt32(slot)
        self[end].previous = UInt32(slot)
    }

    private mutating func unlink(_ slot: Int) {
        let entry = self[slot]
        self[Int(entry.previous)].next = entry.next
        self[Int(entry.next)].previous = entry.previous
    }

    /// Seconds in 32 bits: 136 years of uptime.
    private func seconds(_ time: Int) -> UInt32 { UInt32(clamping: time) }
}
