internal import OpenSenseWebhooks
internal import RelayCore
internal import RelayStorage
internal import Synchronization

/// Processes again what a person has requested: quarantined requests, with the present secrets, and
/// deliveries that were not understood, with the present version.
///
/// What is accepted goes in as if it came now, but is judged by the time at which it was received. Should the
/// process end between the acceptance and the note of it, the repetition is a duplicate.
final class SecondReading: Sendable {
    /// How often the store is asked, in milliseconds.
    static let pollMilliseconds = 1_000
    /// How much is taken up at once.
    private static let atOnceMax = 100

    private let desk: Mutex<StoreDesk>
    private let current: CurrentGeneration
    private let journal: any Journal
    private let effects: Effects
    private let observe: @Sendable (RelayEvent) -> Void
    private let onWork: @Sendable ([String]) -> Void

    init(
        _ desk: sending StoreDesk, current: CurrentGeneration, journal: any Journal, effects: Effects,
        observe: @escaping @Sendable (RelayEvent) -> Void,
        onWork: @escaping @Sendable ([String]) -> Void
    ) {
        self.desk = Mutex(desk)
        self.current = current
        self.journal = journal
        self.effects = effects
        self.observe = observe
        self.onWork = onWork
    }

    /// Works until it is cancelled.
    func run() async {
        while !Task.isCancelled {
            do throws(StoreError) {
                let captures = try desk.withLock { (desk) throws(StoreError) in
                    try desk.requestedQuarantine(limit: Self.atOnceMax)
                }
                for capture in captures { try await check(capture) }
                let unread = try desk.withLock { (desk) throws(StoreError) in
                    try desk.requestedDeliveries(limit: Self.atOnceMax)
                }
                for delivery in unread { try await read(delivery) }
            } catch {
                observe(.storeFailed(error))  // on the connection of the desk
            }
            do { try await effects.sleep(Self.pollMilliseconds) } catch { return }
        }
    }

    // MARK: Quarantine

    private func check(_ capture: QuarantineRow) async throws(StoreError) {
        let fields = capture.header.split(separator: "\n").map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (name: String(parts[0]), value: parts.count > 1 ? String(parts[1].dropFirst()) : "")
        }
        let request = WebhookRequest(headers: fields, body: capture.body)
        let generation = current.value
        let proof: VerifiedSignature
        do throws(VerificationError) {
            guard let source = generation.sources[capture.path] else { throw .headerMissing }
            proof = try source.verifier.verify(
                body: capture.body.span, signatureHeaders: request.signatureHeaders,
                at: capture.receivedAt.unixSeconds)
        } catch {
            let code = generation.sources[capture.path] == nil ? "no-such-source" : error.code
            observe(.quarantineRefused(id: capture.number, code: code))
            try desk.withLock { (desk) throws(StoreError) in
                try desk.recordFailedRecheck(capture.number, code: code)
            }
            return
        }
        try await acceptQuarantined(
            capture,
            generation.intake.acceptance(
                body: capture.body, path: capture.path, headerID: request.deliveryIDHeader, proof: proof,
                receivedAt: effects.wallTime()))
    }

    private func acceptQuarantined(_ capture: QuarantineRow, _ acceptance: Acceptance)
        async throws(StoreError)
    {
        let outcome = try await accept(acceptance)
        _ = try desk.withLock { (desk) throws(StoreError) in
            try desk.discardQuarantined(capture.number)
        }
        observe(
            .quarantineAccepted(id: capture.number, delivery: acceptance.deliveryID, outcome: outcome))
    }

    // MARK: Deliveries that were not understood

    private func read(_ row: DeliveryRow) async throws(StoreError) {
        // A separate key: that of the delivery is already in the ledger.
        let acceptance = current.value.intake.acceptance(
            body: row.body, keys: [DeliveryKey(of: "again\n\(row.sequence)")], deliveryID: row.deliveryID,
            receivedAt: row.receivedAt)
        var isUnderstood = true
        if case .deadLetter(let code) = acceptance.content {
            isUnderstood = false
            observe(.deliveryUnread(delivery: row.deliveryID, code: code))
        } else {
            let outcome = try await accept(acceptance)
            observe(.deliveryRead(delivery: row.deliveryID, outcome: outcome))
            if !acceptance.oddities.isEmpty {
                observe(.deliveryOdd(delivery: row.deliveryID, oddities: acceptance.oddities))
            }
        }
        try desk.withLock { (desk) throws(StoreError) in
            try desk.recordRereading(row.sequence, isUnderstood: isUnderstood)
        }
    }

    /// - Returns: What became of it, in a word for the log.
    private func accept(_ acceptance: Acceptance) async throws(StoreError) -> String {
        let result = await withCheckedContinuation { continuation in
            journal.accept(acceptance) { continuation.resume(returning: $0) }
        }
        switch try result.get() {
        case .accepted(_, let verdict, _, let due):
            if !due.isEmpty { onWork(due) }
            return verdict.rawValue
        case .duplicate: return "duplicate"
        }
    }
}
