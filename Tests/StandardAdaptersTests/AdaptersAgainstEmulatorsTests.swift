import AdapterKit
import Foundation
import OpenSenseWebhooks
import RelayCore
import StandardAdapters
import Testing
import VendorSandbox

/// The adapters' requests are given to the emulators, and the emulators' answers to the adapters.
@Suite struct `Adapters against emulators` {
    static let vendors = StandardAdapters.all.map(\.name)

    @Test func `each adapter has an emulator with its name, its title and its required settings`() {
        let emulators = StandardAdapters.emulators
        #expect(Self.vendors.count > 1)
        #expect(emulators.map(\.vendor.rawValue) == Self.vendors)
        #expect(emulators.map(\.title) == StandardAdapters.all.map(\.title))
        #expect(Set(Self.vendors).count == Self.vendors.count)
        for (type, emulator) in zip(StandardAdapters.all, emulators) {
            let required = type.settings.filter { $0.defaultValue == nil }.map(\.name)
            #expect(Set(emulator.adapterSettings.keys).isSuperset(of: required), "\(type.name)")
        }
    }

    /// An adapter without a base URL takes a whole address.
    @Test(arguments: vendors)
    func `an adapter says which paths it adds to its base URL, and adds no other`(_ vendor: String) throws {
        let settings = try #require(StandardAdapters.all.first { $0.name == vendor }).settings
        var world = try World(vendor)
        for action in world.actions { try world.deliver("alarm_opened", action) }
        #expect(!world.targets.isEmpty)
        guard settings.contains(where: { $0.role == .locates }) else {
            // Without a base URL the whole address is a setting.
            #expect(world.targets.allSatisfy { World.address + $0 == world.settings["url"] })
            return
        }
        let paths = settings.flatMap(\.addedPaths)
        #expect(!paths.isEmpty)
        let base = (world.settings["baseURL"] ?? "").dropFirst(World.address.count)
        for target in world.targets { #expect(paths.contains { target.hasPrefix(base + $0) }, "\(target)") }
    }

    @Test(arguments: vendors)
    func `an alarm pages once, is acknowledged and closes`(_ vendor: String) throws {
        var world = try World(vendor)
        try world.deliver("alarm_opened", .open)
        try world.deliver("alarm_opened", .open)
        #expect(world.incidents.map(\.status) == [.triggered])
        #expect(world.incidents.map(\.vendor.rawValue) == [vendor], "no other emulator takes its paths")
        try world.deliver("alarm_ack", .acknowledge)
        #expect(world.incidents.map(\.status) == [world.takesAcknowledgements ? .acknowledged : .triggered])
        try world.deliver("alarm_cleared", .resolve)
        #expect(world.incidents.map(\.status) == [.resolved])
        #expect(world.incidents.map(\.pages) == [1])
        try world.deliver("alarm_cleared", .resolve)
        #expect(world.ends.allSatisfy(World.isDone), "\(world.ends)")
    }

    @Test(arguments: vendors)
    func `no text that an event can hold is refused`(_ vendor: String) throws {
        var world = try World(vendor)
        for text in World.hostileTexts {
            for action in world.actions {
                try world.deliver("alarm_opened", action, site: text, device: text, extra: text)
                try world.deliver(text, action, site: nil, device: nil, extra: text)
            }
        }
        #expect(
            world.log.allSatisfy { $0.outcome != .refused }, "\(world.log.filter { $0.outcome == .refused })")
        #expect(world.log.allSatisfy { !$0.text.contains("truncated") })
        #expect(!world.ends.isEmpty)
        #expect(world.ends.allSatisfy(World.isDone))
    }

    /// The vendors that take a remark without an incident of ours show it elsewhere.
    @Test(arguments: vendors)
    func `a silence opens no incident and ends none`(_ vendor: String) throws {
        var world = try World(vendor)
        try world.deliver("alarm_opened", .open)
        if world.actions.contains(.annotate) { try world.deliver("silence_opened", .annotate) }
        #expect(world.incidents.map(\.status) == [.triggered])
        #expect(world.log.allSatisfy { $0.outcome == .accepted }, "\(world.log)")
    }

    /// One adapter, all emulators, and a clock that moves a second with every request: no vendor is asked
    /// more often than it allows.
    struct World {
        var emulators = VendorEmulators(StandardAdapters.emulators)
        /// The step that ended each update.
        var ends: [AdapterStep] = []
        /// What was asked for of each request's URL, below the base URL.
        var targets: [String] = []
        /// Whether the vendor takes them.
        let takesAcknowledgements: Bool
        /// The adapter's settings but the defaults.
        let settings: [String: String]
        private let adapter: any IncidentAdapter
        /// What is kept of each episode, by the incident's key.
        private var states: [String: String] = [:]
        private var deliveryIDs: [Data: String] = [:]
        private var now = 0.0
        private var seed = SeededRandom(seed: 1)

        static let address = "https://vendor.example"

        static let hostileTexts: [String] = [
            "", " ", "\0", "a\u{1}b\nc\r\nd", "\"\\/%&?#", "../..", "😀", String(repeating: "😀", count: 5_000),
            "e" + String(repeating: "\u{301}", count: 20_000), String(repeating: "x", count: 400_000),
            String(repeating: "\u{1}", count: 60_000), String(repeating: "é", count: 131), "\u{202E}abc",
        ]

        init(_ vendor: String) throws {
            let type = try #require(StandardAdapters.all.first { $0.name == vendor })
            let emulator = try #require(StandardAdapters.emulators.first { $0.vendor.rawValue == vendor })
            let values = emulator.adapterSettings(at: Self.address)
            settings = values
            var (texts, secrets) = ([String: String](), [String: Secret]())
            for setting in type.settings {
                guard let value = values[setting.name] ?? setting.defaultValue else { continue }
                if setting.isSecret {
                    secrets[setting.name] = try Secret(value)
                } else {
                    texts[setting.name] = value
                }
            }
            takesAcknowledgements = emulator.takesAcknowledgements
            adapter = try type.make(AdapterSettings(texts: texts, secrets: secrets))
        }

        /// Those that the adapter knows, in a fixed order.
        var actions: [IncidentUpdate.Action] {
            IncidentUpdate.Action.allCases.filter(adapter.traits.actions.contains)
        }

        var incidents: [SandboxIncident] { mutating get { emulators.snapshot(at: now).incidents } }
        var log: [SandboxLogEntry] { mutating get { emulators.snapshot(at: now).log } }

        mutating func deliver(
            _ kind: String, _ action: IncidentUpdate.Action, site: String? = "site_4f3c",
            device: String? = "dev_b1d2",
            extra: String = "x"
        ) throws {
            var event = [
                "kind": kind, "extra": extra, "opened_at": "2026-05-17T08:10:00Z", "severity": extra,
            ]
            event["site_id"] = site
            event["device_id"] = device
            event["channel_id"] = site.map { $0 == "site_4f3c" ? "chn_a1b2" : $0 }
            // The same event again is a retry of the sender's, with the id that it had.
            let content = try JSONSerialization.data(withJSONObject: event, options: .sortedKeys)
            let id = deliveryIDs[content] ?? "wh_\(deliveryIDs.count + 1)"
            deliveryIDs[content] = id
            let body = try JSONSerialization.data(withJSONObject: ["event": event, "delivery": ["id": id]])
            let delivery = try Delivery(body: Array(body))
            let update = IncidentUpdate(
                action: action, key: IncidentKey(delivery.event, fallback: id), event: delivery.event,
                deliveryID: id)
            let key = update.key.text
            var context = AdapterContext(
                time: Int(now), nonce: "n-\(id)-\(action)", state: action == .open ? nil : states[key])
            var step = try adapter.begin(update, context: context)
            while let request = request(of: step, &context) {
                guard let answer = send(request) else { return }
                step = try adapter.next(answer, to: request, for: update, context: context)
            }
            if case .done(let state?, _) = step { states[key] = state }
            if action == .resolve { states[key] = nil }
            ends.append(step)
        }

        static func isDone(_ step: AdapterStep) -> Bool {
            if case .done = step { true } else { false }
        }

        /// What a step wants to have sent, once its time has come, and its progress is kept.
        private mutating func request(
            of step: AdapterStep, _ context: inout AdapterContext
        ) -> OutboundRequest? {
            switch step {
            case .send(let request, let progress):
                context = context.keeping(progress)
                return request
            case .askLater(let request, let after, let progress):
                context = context.keeping(progress)
                now += Double(after.secondsToWait(at: Int(now)))
                return request
            default: return nil
            }
        }

        private mutating func send(_ request: OutboundRequest) -> VendorResponse? {
            now += 1
            let target = String(request.url.dropFirst(Self.address.count))
            targets.append(target)
            let reply = emulators.respond(
                to: SandboxRequest(
                    method: request.method.rawValue, target: target,
                    headers: request.fields.map { .init($0.name, $0.value) }, body: request.body),
                at: now, using: &seed)
            guard case .respond(let answer, _) = reply else { return nil }
            return VendorResponse(
                status: answer.status, fields: answer.headers.map { .init($0.name, $0.value) },
                body: answer.body)
        }
    }
}
