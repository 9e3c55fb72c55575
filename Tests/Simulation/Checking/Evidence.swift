internal import AdapterKit

/// What the checker knows: the sender's story and log, what was seen on the wires, and the relay's dead
/// letters.
struct Evidence {
    let events: [StoryEvent]
    let untimedKeys: Set<String>
    let overlappingKeys: Set<String>
    let flappingKeys: Set<String>
    let fates: [SimulatedSender.Fate]
    let chronicle: Chronicle
    let deadLetters: [SimulatedJournal.DeadLetter]
    /// The genuine events that are in the quarantine still.
    let kept: [Int]
    let scenario: Scenario
    /// Whether the second vendor gets what the first one refuses.
    var hasFailover: Bool { scenario.vendors.hasFailover }
    /// Whether several relays share one store, or the one relay's server fails.
    var isShared: Bool { scenario.sharing != nil }
    let incident: (_ vendor: String, _ key: String) -> SimulatedVendors.Incident
    /// The requests that the relays sent, by vendor, in the order of time.
    let attempts: [String: [Chronicle.Attempt]]
    /// The same by vendor and key.
    let lanes: [String: [Chronicle.Attempt]]
    /// The lanes that a vendor answered with 500, which only those get that it answers so until the calm.
    let brokenLanes: Set<String>
    /// The requests that opened something, by vendor and key.
    let pages: [String: [Chronicle.VendorRecord]]
    private let firstArrivals: [Int?]
    private let firstAcknowledgements: [Int?]
    private let firstEffects: [String: Int]
    private let opened: Set<String>
    private let resolved: [String: Int]
    private let byKey: [String: [StoryEvent]]

    init(
        story: Story, fates: [SimulatedSender.Fate], chronicle: Chronicle,
        deadLetters: [SimulatedJournal.DeadLetter], kept: [Int], scenario: Scenario,
        incident: @escaping (_ vendor: String, _ key: String) -> SimulatedVendors.Incident
    ) {
        (events, untimedKeys, self.fates) = (story.events, story.untimedKeys, fates)
        (self.chronicle, self.deadLetters, self.incident) = (chronicle, deadLetters, incident)
        (self.kept, self.scenario) = (kept, scenario)
        firstArrivals = story.events.map { chronicle.arrivals[$0.number]?.first?.time }
        firstAcknowledgements = story.events.map { event in
            chronicle.answers[event.number]?.first { $0.status == 200 }?.time
        }
        var effects: [String: Int] = [:]
        for record in chronicle.vendorRecords where record.isEffective {
            let name = "\(record.vendor)|\(record.delivery)"
            if effects[name] == nil { effects[name] = record.time }
        }
        firstEffects = effects
        opened = Set(
            chronicle.vendorRecords.lazy.filter { $0.isEffective && $0.action == .open }
                .map { "\($0.vendor)|\($0.delivery)" })
        var resolved: [String: Int] = [:]
        for record in chronicle.vendorRecords where record.isEffective && record.action == .resolve {
            resolved["\(record.vendor)|\(record.delivery)"] = record.time
        }
        self.resolved = resolved
        byKey = Dictionary(grouping: story.events) { $0.key }
        attempts = Dictionary(grouping: chronicle.attempts) { $0.vendor }
        lanes = Dictionary(grouping: chronicle.attempts) { "\($0.vendor)|\($0.key)" }
        brokenLanes = Set(
            chronicle.vendorRecords.lazy.filter { $0.status == 500 }.map { "\($0.vendor)|\($0.key)" })
        pages = Dictionary(grouping: chronicle.vendorRecords.filter(\.isPage)) { "\($0.vendor)|\($0.key)" }
        (overlappingKeys, flappingKeys) = (story.overlappingKeys, story.flappingKeys)
    }

    var keys: [String] { byKey.keys.sorted() }

    func events(of key: String) -> [StoryEvent] { byKey[key] ?? [] }

    /// The event of a delivery; nil for a forged one.
    func event(of delivery: String) -> StoryEvent? {
        guard delivery.hasPrefix("wh_"), let number = Int(delivery.dropFirst(3)) else { return nil }
        return events.indices.contains(number) ? events[number] : nil
    }

    /// The opens of the event's alarm, in the order in which they happened.
    func opens(of event: StoryEvent) -> [StoryEvent] {
        events(of: event.key).filter { $0.episode == event.episode && $0.action == .open }
    }

    /// What a relay sent to a vendor for an event.
    func attempts(for event: StoryEvent, at vendor: String) -> [Chronicle.Attempt] {
        (lanes["\(vendor)|\(event.key)"] ?? []).filter { $0.delivery == event.deliveryID }
    }

    /// When a delivery first reached a running relay.
    func arrival(_ event: StoryEvent) -> Int? { firstArrivals[event.number] }

    /// When a relay first answered it with 200.
    func acknowledgement(_ event: StoryEvent) -> Int? { firstAcknowledgements[event.number] }

    /// When a relay said of it that it was accepted, and had not said so before.
    func acceptance(_ event: StoryEvent) -> Int? {
        let first = chronicle.answers[event.number]?.first { $0.status == 200 }
        return first?.code == "accepted" ? first?.time : nil
    }

    /// When a vendor first did what it asks for.
    func effect(_ event: StoryEvent, at vendor: String) -> Int? {
        firstEffects["\(vendor)|\(event.deliveryID)"]
    }

    /// Whether a vendor opened an incident for it, or found it open.
    func isOpened(_ event: StoryEvent, at vendor: String) -> Bool {
        opened.contains("\(vendor)|\(event.deliveryID)")
    }

    /// Whether the vendor closed the incident of `clear`'s alarm for something that may have been accepted
    /// before it.
    func isResolved(before clear: StoryEvent, at vendor: String) -> Bool {
        let opened = events(of: clear.key).first { $0.episode == clear.episode && $0.action == .open }
        let since = opened.flatMap { effect($0, at: vendor) } ?? .min
        return events(of: clear.key).contains { other in
            other.number != clear.number && mayBeAccepted(other, before: clear)
                && resolved["\(vendor)|\(other.deliveryID)"].map { $0 >= since } ?? false
        }
    }

    /// Whether `first` was accepted before `second`, for certain.
    func isAccepted(_ first: StoryEvent, before second: StoryEvent) -> Bool {
        guard let done = acknowledgement(first), let begun = arrival(second) else { return false }
        return done <= begun
    }

    /// Whether `first` may have been accepted before `second` was.
    func mayBeAccepted(_ first: StoryEvent, before second: StoryEvent) -> Bool {
        guard let begun = arrival(first), let done = acknowledgement(second) else { return false }
        return begun <= done
    }

    /// The vendors that the event was certainly routed to, and those that it may have been.
    func routes(_ event: StoryEvent) -> (all: Set<String>, any: Set<String>) {
        let end = acknowledgement(event) ?? .max
        let given = (chronicle.arrivals[event.number] ?? []).filter { $0.time <= end }
            .map { Set($0.configuration.destinations(for: event)) }
        guard let first = given.first else { return ([], []) }
        return (
            given.reduce(first) { $0.intersection($1) }, given.reduce(first) { $0.union($1) }
        )
    }

    /// Whether some life of a relay lacks the vendor: what waits for it is left alone until one has it.
    func isLackedAtTimes(_ vendor: String) -> Bool {
        chronicle.configurations.contains { !$0.destinations.contains(vendor) }
    }

    /// Whether the relay has it, as far as the sender or a person can see.
    func isTaken(_ event: StoryEvent) -> Bool {
        fates[event.number] == .done || acknowledgement(event) != nil
    }

    /// Those of now, and those that a person saw and had tried again.
    func allLetters(of key: String, at vendor: String) -> [SimulatedJournal.DeadLetter] {
        let deliveries = Set(events(of: key).map(\.deliveryID))
        return (deadLetters + chronicle.seenLetters).filter {
            $0.destination == vendor && deliveries.contains($0.delivery)
        }
    }

    func deadLetters(of key: String, at vendor: String) -> [SimulatedJournal.DeadLetter] {
        let deliveries = Set(events(of: key).map(\.deliveryID))
        return deadLetters.filter { $0.destination == vendor && deliveries.contains($0.delivery) }
    }
}
