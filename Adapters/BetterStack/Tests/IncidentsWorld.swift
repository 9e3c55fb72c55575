import AdapterKit
import BetterStackAdapter
import BetterStackEmulator
import OpenSenseWebhooks
import VendorSandbox

/// The adapter of the incidents API, its emulator, and a clock that moves a second with every request.
struct IncidentsWorld {
    var emulator: BetterStackIncidentsEmulator
    let adapter: BetterStackIncidents
    /// What was asked for, as method and target.
    private(set) var asked: [String] = []
    private var now = 0.0

    /// How an attempt at an update ended, and what it has kept.
    struct Attempt {
        /// The last step; nil when the relay stopped before there was one.
        var end: AdapterStep?
        var progress: String?
    }

    init(visibilitySeconds: Double = 0.2) throws {
        emulator = BetterStackIncidentsEmulator(visibilitySeconds: visibilitySeconds)
        adapter = try BetterStackIncidents(settings: Self.settings())
    }

    /// The settings of an adapter; those of `texts` in the place of the usual ones.
    static func settings(_ texts: [String: String] = [:], token: String = "some-token") throws
        -> AdapterSettings
    {
        let usual = BetterStackIncidents.type.settings.filter { !$0.isSecret }
            .reduce(into: ["requesterEmail": "oncall@example.com"]) { values, setting in
                values[setting.name] = setting.defaultValue ?? values[setting.name]
            }
        return AdapterSettings(
            texts: usual.merging(["baseURL": "https://vendor.example"]) { $1 }.merging(texts) { $1 },
            secrets: ["apiToken": try Secret(token)])
    }

    /// Has the emulator hold open incidents of the channels 1 to `last`, the newest last.
    mutating func fill(through last: Int) {
        for number in 1...last {
            let fields: [String: Any] = [
                "summary": "s", "requester_email": "oncall@example.com",
                "metadata": ["opensense_key": ["opensense/alarm/s/d/\(number)"]],
            ]
            _ = emulator.respond(to: post("/api/v3/incidents", fields), at: now)
        }
        now += 1
    }

    /// Takes an update to its end, or until the relay stops: once the vendor has what `lost` names, before
    /// its answer is there.
    mutating func attempt(
        _ update: IncidentUpdate, nonce: String = "n", state: String? = nil, progress: String? = nil,
        lost: String? = nil
    ) throws -> Attempt {
        var context = AdapterContext(time: 0, nonce: nonce, state: state, progress: progress)
        var step = try adapter.begin(update, context: context)
        while let request = request(of: step, &context) {
            let answer = send(request)
            if let lost, "\(request.method.rawValue) \(request.url)".hasSuffix(lost) {
                return Attempt(end: nil, progress: context.progress)
            }
            step = try adapter.next(answer, to: request, for: update, context: context)
        }
        return Attempt(end: step, progress: context.progress)
    }

    private mutating func request(of step: AdapterStep, _ context: inout AdapterContext) -> OutboundRequest? {
        switch step {
        case .send(let request, let progress):
            context.keep(progress)
            return request
        case .askLater(let request, let after, let progress):
            context.keep(progress)
            now += Double(after.secondsToWait(at: Int(now)))
            return request
        default: return nil
        }
    }

    private mutating func send(_ request: OutboundRequest) -> VendorResponse {
        now += 1
        let target = String(request.url.dropFirst("https://vendor.example".count))
        asked.append("\(request.method.rawValue) \(target)")
        let answer = emulator.respond(
            to: SandboxRequest(
                method: request.method.rawValue, target: target, headers: request.fields, body: request.body),
            at: now)
        return VendorResponse(status: answer.status, fields: answer.headers, body: answer.body)
    }
}

extension AdapterContext {
    /// Keeps `progress`; nil changes nothing.
    mutating func keep(_ progress: String?) {
        self = AdapterContext(
            time: time, nonce: nonce, state: state, progress: progress ?? self.progress,
            attemptTime: attemptTime)
    }
}
