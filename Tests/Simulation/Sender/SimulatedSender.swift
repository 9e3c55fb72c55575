internal import OpenSenseWebhooks
internal import RelayCore
internal import VendorSandbox

/// OpenSense: sends each event once, and again by its retry table, over a network that loses, repeats and
/// delays.
final class SimulatedSender {
    /// What became of an event's delivery, as its outbound log has it.
    enum Fate { case waiting, done, dropped }

    private final class Outgoing {
        var attempts = 0
        var retries = SenderRetries()
        var fate = Fate.waiting
        var openAttempt: Int?
    }

    private let agenda: Agenda
    private let chronicle: Chronicle
    private let host: RelayHost
    private let story: Story
    private let signer: WebhookSigner
    private var outgoing: [Outgoing]
    private var random: SeededRandom
    /// What the network does wrong at the moment.
    var network = Scenario.Network()
    /// Requests that a network still holds.
    private var heldCount = 0
    private var unfinishedCount: Int

    init(
        agenda: Agenda, chronicle: Chronicle, host: RelayHost, story: Story, signer: WebhookSigner,
        random: SeededRandom
    ) {
        (self.agenda, self.chronicle, self.host, self.story) = (agenda, chronicle, host, story)
        (self.signer, self.random) = (signer, random)
        outgoing = story.events.map { _ in Outgoing() }
        unfinishedCount = story.events.count
        for event in story.events {
            agenda.at(event.time) { [unowned self] in attempt(event.number) }
        }
    }

    var isQuiet: Bool { unfinishedCount == 0 && heldCount == 0 }

    func fate(of event: Int) -> Fate { outgoing[event].fate }

    private func attempt(_ number: Int) {
        let sent = outgoing[number]
        guard sent.fate == .waiting else { return }
        sent.attempts += 1
        let attempt = sent.attempts
        sent.openAttempt = attempt
        let body = story.events[number].body(
            attempt: attempt, at: agenda.now, mutation: host.mutation)
        chronicle.log("sender: \(story.events[number]), attempt \(attempt)")
        guard
            let signature = try? signer.signatureHeader(body: body.span, timestamp: agenda.now / 1_000)
        else { preconditionFailure("libcrypto cannot sign.") }
        let request = WireRequest(
            event: number, deliveryID: story.events[number].deliveryID, signedAt: agenda.now,
            signature: signature, body: body, path: story.events[number].path)
        agenda.after(SenderRetries.timeoutSeconds * 1_000) { [unowned self] in
            receiveAnswer(number, attempt, nil)
        }
        carry(request) { [unowned self] in receiveAnswer(number, attempt, $0) }
        if random.chance(network.duplicated) { carry(request, delay: random.between(0...3_000)) { _ in } }
        if random.chance(network.replayed) {
            carry(request, delay: random.span(1_000...8 * 3_600_000)) { _ in }
        }
    }

    /// A request signed with another secret.
    func forge(_ signer: WebhookSigner, _ number: Int) {
        let body = Array(#"{"event":{"kind":"alarm_opened"},"delivery":{"id":"forged_\#(number)"}}"#.utf8)
        guard
            let signature = try? signer.signatureHeader(body: body.span, timestamp: agenda.now / 1_000)
        else { preconditionFailure("libcrypto cannot sign.") }
        let request = WireRequest(
            event: nil, deliveryID: "forged_\(number)", signedAt: agenda.now, signature: signature,
            body: body)
        carry(request) { _ in }
    }

    private func carry(
        _ request: WireRequest, delay: Int = 0, answer: @escaping (RelayAnswer) -> Void
    ) {
        guard !random.chance(network.lostRequest) else { return }
        let isSlow = random.chance(network.slow)
        let there = isSlow ? random.span(500...400_000) : random.between(1...80)
        let (back, isLost) = (random.between(1...80), random.chance(network.lostResponse))
        heldCount += 1
        agenda.after(delay + there) { [unowned self] in
            heldCount -= 1
            host.receive(request) { [unowned self] given in
                guard !isLost else { return }
                agenda.after(back) { answer(given) }
            }
        }
    }

    private func receiveAnswer(_ number: Int, _ attempt: Int, _ answer: RelayAnswer?) {
        let sent = outgoing[number]
        guard sent.fate == .waiting, sent.openAttempt == attempt else { return }
        sent.openAttempt = nil
        switch sent.retries.next(status: answer?.status, retryAfterSeconds: answer?.retryAfterSeconds) {
        case .done: sent.fate = .done
        case .dropped: sent.fate = .dropped
        case .again(let seconds):
            return agenda.after(seconds * 1_000) { [unowned self] in self.attempt(number) }
        }
        unfinishedCount -= 1
        chronicle.log("sender: \(story.events[number].deliveryID) \(sent.fate)")
    }
}
