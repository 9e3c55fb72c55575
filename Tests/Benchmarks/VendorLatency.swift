import AdapterKit
import FoundationEssentials
import Glibc
import HTTPClient
import HTTPServer
import HeaderFields
import OpenSenseRelay
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Synchronization

/// From the moment a delivery is POSTed to the moment the vendor has the whole request that it became.
enum VendorLatency {
    static func measure(perSecond: Int, seconds: Int) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/opensense-relay-bench-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let vendor = StopwatchVendor()
        let vendorServer = try HTTPServer.start(host: "127.0.0.1", port: 0, handler: vendor)
        defer { vendorServer.stop(graceSeconds: 0) }
        let relay = try Relay(
            configuration(folder, vendorPort: vendorServer.port), effects: effects, observe: { _ in })
        let (stops, stop) = AsyncStream<Void>.makeStream()
        async let running: Void = relay.run(until: { for await _ in stops { return } })
        try await load(relay.port, perSecond, seconds, vendor)
        stop.yield()
        await running
        vendor.report(perSecond: perSecond)
    }

    private static let effects = Effects(
        wallTime: { WallTime(unixMilliseconds: nanoseconds(CLOCK_REALTIME) / 1_000_000) },
        steadyTime: { SteadyTime(milliseconds: nanoseconds(CLOCK_MONOTONIC) / 1_000_000) },
        sleep: { try await Task.sleep(for: .milliseconds($0)) }, random: { .random(in: .min ... .max) })

    static func nanoseconds(_ clock: clockid_t) -> Int {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    private static func configuration(_ folder: String, vendorPort: Int) throws -> Configuration {
        let type = AdapterType(name: "stopwatch", title: "Stopwatch", settings: []) {
            _ throws(AdapterSettingError) in StopwatchAdapter(port: vendorPort)
        }
        var destination = DestinationConfiguration(
            name: "stopwatch", type: type, adapter: StopwatchAdapter(port: vendorPort), shownSettings: [:])
        destination.delivering.concurrencyMax = DeliverySettings.concurrencyRange.upperBound
        var configuration = Configuration(
            store: .sqlite(path: folder + "/relay.db"),
            sources: [SourceConfiguration(secrets: [try Secret(RequestFile.secret)])],
            destinations: [destination],
            routes: [Route(destinations: ["stopwatch"])])
        configuration.listen = ListenAddress(host: "127.0.0.1", port: 0)
        return configuration
    }

    /// Sends at a fixed pace, whatever the answers do: a slow answer must not slow the load down.
    private static func load(_ port: Int, _ perSecond: Int, _ seconds: Int, _ vendor: StopwatchVendor)
        async throws
    {
        let signer = try WebhookSigner(secret: Secret(RequestFile.secret))
        let client = try HTTPClient()
        defer { client.close() }
        let start = nanoseconds(CLOCK_MONOTONIC)
        for number in 0..<perSecond * seconds {
            let due = start + number * 1_000_000_000 / perSecond
            let wait = due - nanoseconds(CLOCK_MONOTONIC)
            if wait > 0 { try await Task.sleep(for: .nanoseconds(wait)) }
            let id = "latency\(number)"
            let body = RequestFile.body(id)
            let time = effects.wallTime().unixSeconds
            let header = try signer.signatureHeader(body: body.span, timestamp: time)
            vendor.started(id)
            client.send(
                ClientRequest(
                    method: "POST", url: "http://127.0.0.1:\(port)/opensense",
                    headers: [HeaderField(OpenSenseHeader.signature, header)], body: body)
            ) { result in
                if case .success(let response) = result, response.status == 200 { vendor.accepted() }
            }
        }
        for _ in 0..<100 where !vendor.isDone(perSecond * seconds) {
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}

/// Names the delivery in the URL, and knows no limit.
private struct StopwatchAdapter: IncidentAdapter {
    let port: Int
    let traits = AdapterTraits(folds: true)

    func begin(_ update: IncidentUpdate, context: AdapterContext) throws(AdapterError) -> AdapterStep {
        let id = update.event.channelID?.dropFirst(4) ?? ""
        let body = try JSONBody.encode(.object(update.event.fields))
        return .send(OutboundRequest(method: .post, url: "http://127.0.0.1:\(port)/\(id)", body: body))
    }

    func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) -> AdapterStep { answer.usualStep(explanation: "") }
}

/// Notes when each request came.
private final class StopwatchVendor: ServerHandler {
    private struct State {
        var started: [String: Int] = [:]
        var latencies: [Int] = []
        var accepted = 0
    }
    private let state = Mutex(State())

    func started(_ id: String) {
        state.withLock { $0.started[id] = VendorLatency.nanoseconds(CLOCK_MONOTONIC) }
    }

    func accepted() { state.withLock { $0.accepted += 1 } }

    func isDone(_ count: Int) -> Bool { state.withLock { $0.latencies.count >= count } }

    func admit(_ head: RequestHead) -> ServerResponse? { nil }

    func handle(_ request: ServerRequest, reply: ServerReply) {
        let now = VendorLatency.nanoseconds(CLOCK_MONOTONIC)
        state.withLock { state in
            if let start = state.started.removeValue(forKey: String(request.path.dropFirst())) {
                state.latencies.append(now - start)
            }
        }
        reply(ServerResponse(status: 202))
    }

    func refusal(_ refusal: ServerRefusal, peer: String, target: String) -> ServerResponse {
        ServerResponse(status: refusal.status)
    }

    func report(perSecond: Int) {
        let (latencies, accepted) = state.withLock { ($0.latencies.sorted(), $0.accepted) }
        guard !latencies.isEmpty else { return print("nothing arrived") }
        let at = { (share: Double) in
            let index = min(Int(Double(latencies.count) * share), latencies.count - 1)
            return "\(Double(latencies[index] / 1_000) / 1_000) ms"
        }
        print(
            "POST to vendor at \(perSecond)/s: accepted \(accepted), arrived \(latencies.count), "
                + "p50 \(at(0.5)), p99 \(at(0.99)), max \(at(1))")
    }
}
