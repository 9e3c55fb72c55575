internal import AdapterKit
internal import HTTPClient
internal import OpenSenseWebhooks
internal import RelayCore

/// Sends the heartbeats that the ``HeartbeatPlan`` decides on, and says when one is not taken.
///
/// One task owns the plan; client, journal and timers answer from their threads by adding inputs.
final class Heartbeats: Sendable {
    private enum Input: Sendable {
        case tick(planned: SteadyTime)
        case probed
        case answered(Int, fault: String?, isDoubtful: Bool = false)
    }

    private let targets: [HeartbeatTarget]
    private let journal: any Journal
    private let client: HTTPClient
    private let vitals: VitalSigns
    private let effects: Effects
    private let observe: @Sendable (RelayEvent) -> Void
    private let inputs: AsyncStream<Input>
    private let add: AsyncStream<Input>.Continuation

    init(
        _ targets: [HeartbeatTarget], journal: any Journal, client: HTTPClient,
        vitals: VitalSigns, effects: Effects, observe: @escaping @Sendable (RelayEvent) -> Void
    ) {
        self.targets = targets
        self.journal = journal
        self.client = client
        self.vitals = vitals
        self.effects = effects
        self.observe = observe
        (inputs, add) = AsyncStream.makeStream()
    }

    /// Sends heartbeats until ``stop()``.
    func run() async {
        guard !targets.isEmpty else { return }
        let start = effects.steadyTime()
        var plan = HeartbeatPlan(
            everySeconds: targets.map(\.everySeconds), delays: HeartbeatTarget.delays(targets), now: start)
        var reviews: [Int: Int] = [:]
        var plannedWake: SteadyTime? = start
        var failing: Set<Int> = []
        add.yield(.tick(planned: start))
        await withDiscardingTaskGroup { group in
            for await input in inputs {
                let now = effects.steadyTime()
                switch input {
                case .tick(let planned): if planned == plannedWake { plannedWake = nil }
                case .probed: plan.probeEnded()
                case .answered(let index, let fault, let isDoubtful):
                    if fault != nil { plan.failed(index, at: now) }
                    // How often it was looked at since; after so long no request is on its way any more.
                    reviews[index] = isDoubtful ? reviews[index, default: 0] + 1 : nil
                    if reviews[index, default: 0] > Self.reviewsMax { reviews[index] = nil }
                    if reviews[index] != nil { plan.hasten(index, at: now) }
                    report(index, fault, &failing)
                }
                let step = plan.step(vitals.latest, at: now)
                for index in step.send { send(index, isReview: reviews[index] != nil) }
                for (index, lack) in step.heldBack { report(index, lack.reason, &failing) }
                if step.isProbeDue { probe() }
                guard let wake = step.wakeAt, plannedWake.map({ wake < $0 }) ?? true else { continue }
                plannedWake = wake
                group.addTask(name: "wake heartbeats") { [effects, add] in
                    do { try await effects.sleep(max(wake.milliseconds(since: now), 1)) } catch { return }
                    add.yield(.tick(planned: wake))
                }
            }
            group.cancelAll()
        }
    }

    /// Sends no more; ``run()`` returns.
    func stop() { add.finish() }

    private func probe() {
        journal.submit(.probe(now: effects.wallTime())) { [add] _ in add.yield(.probed) }
    }

    /// The most times that an incident is looked at after one request, a second apart.
    private static let reviewsMax = 60

    private func send(_ index: Int, isReview: Bool) {
        switch targets[index] {
        case .address(_, let heartbeat): send(heartbeat, index)
        case .standing(let state, let destination):
            let sender = StandingSender(journal: journal, client: client)
            let said: @Sendable (StandingSender.Outcome) -> Void = { [add] outcome in
                add.yield(.answered(index, fault: outcome.fault, isDoubtful: outcome.isDoubtful))
            }
            if isReview {
                sender.review(state, at: destination, said)
            } else {
                sender.send(state, at: destination, said)
            }
        }
    }

    private func send(_ heartbeat: HeartbeatConfiguration, _ index: Int) {
        let request: ClientRequest
        do throws(AdapterError) { request = try heartbeat.request() } catch {
            add.yield(.answered(index, fault: error.description))
            return
        }
        client.send(request, fault: { [add] fault in add.yield(.answered(index, fault: fault)) })
    }

    /// Says that a heartbeat begins to fail, or is taken again.
    private func report(_ index: Int, _ fault: String?, _ failing: inout Set<Int>) {
        if let fault {
            if failing.insert(index).inserted { observe(targets[index].failed(fault)) }
        } else if failing.remove(index) != nil {
            observe(targets[index].recovered)
        }
    }
}

extension HeartbeatPlan.Lack {
    /// For the log.
    var reason: String {
        switch self {
        case .commit: "not sent: the store does not commit"
        case .turn: "not sent: the dispatcher does not turn"
        }
    }
}

extension HeartbeatConfiguration {
    /// The request; with a secret one that is signed.
    func request() throws(AdapterError) -> ClientRequest {
        let agent = HeaderField("User-Agent", Version.userAgent)
        guard let secret else {
            return ClientRequest(method: method.rawValue, url: url.revealedText(), headers: [agent])
        }
        let body = Array("{}".utf8)
        let code = try HMACSHA256(of: body, key: secret).hexadecimal
        return ClientRequest(
            method: "POST", url: url.revealedText(),
            headers: [
                agent, HeaderField("Content-Type", "application/json"),
                HeaderField("X-Webhook-Signature", code),
            ], body: body)
    }
}

extension HTTPClient {
    /// Sends what needs no more of its answer than whether that is 2xx; `completion` has what is wrong, nil
    /// for nothing.
    func send(_ request: ClientRequest, fault completion: @escaping @Sendable (String?) -> Void) {
        send(request) { result in
            switch result {
            case .success(let response) where (200...299).contains(response.status): completion(nil)
            case .success(let response): completion("status \(response.status)")
            // The code alone: a message may name the host, and the whole address is a secret.
            case .failure(let failure): completion(failure.code)
            }
        }
    }
}
