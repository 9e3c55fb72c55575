internal import FoundationEssentials

/// A fault that is ordered of the emulators.
package struct SandboxFault: Sendable, Hashable, Codable {
    /// What happens to a request.
    package enum Kind: String, Sendable, Hashable, Codable {
        /// It is answered with ``SandboxFault/status``.
        case status
        /// It is answered late, otherwise as ever.
        case latency
        /// The connection is closed without an answer.
        case drop
    }

    /// The longest delay; milliseconds.
    static let latencyMillisecondsMax = 60_000
    /// The longest `Retry-After`; seconds.
    static let retryAfterSecondsMax = 86_400
    /// The most requests one fault can be ordered for.
    static let nextRequestsMax = 1_000_000

    /// The name of a vendor's adapter, or `*` for all.
    package var vendor: String
    /// What happens.
    package var kind: Kind
    /// The status of an answer; 400 to 599.
    package var status: Int?
    /// The seconds in its `Retry-After`; nil for none.
    package var retryAfterSeconds: Int?
    /// The delay.
    package var latencyMilliseconds: Int?
    /// How many requests are still to be hit; nil for no end.
    package var nextRequests: Int?
    /// The share of requests that is hit, 0 to 1; nil for all.
    package var share: Double?
    /// Whether the vendor handles the request all the same, so that only its answer is lost.
    package var afterProcessing: Bool?

    /// A fault.
    package init(
        vendor: String = "*", kind: Kind, status: Int? = nil, retryAfterSeconds: Int? = nil,
        latencyMilliseconds: Int? = nil, nextRequests: Int? = nil, share: Double? = nil,
        afterProcessing: Bool? = nil
    ) {
        self.vendor = vendor
        self.kind = kind
        self.status = status
        self.retryAfterSeconds = retryAfterSeconds
        self.latencyMilliseconds = latencyMilliseconds
        self.nextRequests = nextRequests
        self.share = share
        self.afterProcessing = afterProcessing
    }

    /// Why the fault cannot be ordered in a sandbox of `vendors`; nil when it can.
    package func problem(vendors: [SandboxVendor]) -> String? {
        if vendor != "*", !vendors.contains(SandboxVendor(rawValue: vendor)) {
            return "vendor is \(vendors.map(\.rawValue).joined(separator: ", ")) or *"
        }
        if kind == .status, !(400...599).contains(status ?? 0) { return "status is 400 to 599" }
        if kind == .latency, latencyMilliseconds == nil { return "latencyMilliseconds is missing" }
        if let latencyMilliseconds, !(0...Self.latencyMillisecondsMax).contains(latencyMilliseconds) {
            return "latencyMilliseconds is 0 to \(Self.latencyMillisecondsMax)"
        }
        if let retryAfterSeconds, !(0...Self.retryAfterSecondsMax).contains(retryAfterSeconds) {
            return "retryAfterSeconds is 0 to \(Self.retryAfterSecondsMax)"
        }
        if let nextRequests, !(1...Self.nextRequestsMax).contains(nextRequests) {
            return "nextRequests is 1 to \(Self.nextRequestsMax)"
        }
        if let share, !(0...1).contains(share) { return "share is 0 to 1" }
        return nil
    }

    /// The fault in a JSON `body`, or what is wrong with it.
    static func parse(_ body: [UInt8], vendors: [SandboxVendor]) -> Result<SandboxFault, SandboxFaultError> {
        guard let fault = try? JSONDecoder().decode(SandboxFault.self, from: Data(body)) else {
            return .failure(SandboxFaultError(problem: "needs a vendor and a kind: status, latency or drop"))
        }
        return fault.problem(vendors: vendors).map { .failure(SandboxFaultError(problem: $0)) }
            ?? .success(fault)
    }

    func applies(to vendor: SandboxVendor) -> Bool { self.vendor == "*" || self.vendor == vendor.rawValue }
}

/// Why a fault cannot be ordered.
struct SandboxFaultError: Error {
    let problem: String
}

/// The faults that are ordered, in the order in which they were.
struct SandboxFaults: Sendable {
    /// The most faults at one time.
    static let countMax = 32

    private(set) var all: [SandboxFault] = []

    /// What the faults do to one request.
    struct Effect {
        var latencySeconds = 0.0
        /// The first that answers or drops.
        var fault: SandboxFault?
    }

    mutating func add(_ fault: SandboxFault) { all = all.suffix(Self.countMax - 1) + [fault] }

    mutating func clear() { all = [] }

    /// The effect on the next request to `vendor`; delays add up, and the first other fault decides.
    mutating func next(_ vendor: SandboxVendor, using generator: inout some RandomNumberGenerator) -> Effect {
        var effect = Effect()
        for index in all.indices where all[index].applies(to: vendor) {
            let fault = all[index]
            if fault.kind != .latency, effect.fault != nil { continue }
            if let share = fault.share, Double.random(in: 0..<1, using: &generator) >= share { continue }
            effect.latencySeconds += Double(fault.latencyMilliseconds ?? 0) / 1_000
            if fault.kind != .latency { effect.fault = fault }
            all[index].nextRequests = fault.nextRequests.map { $0 - 1 }
        }
        all.removeAll { $0.nextRequests.map { $0 <= 0 } ?? false }
        return effect
    }
}
