internal import FoundationEssentials

/// Every emulated vendor behind one address, with a page, a log and faults to order.
///
/// | path | does |
/// |---|---|
/// | what an emulator takes | its vendor |
/// | `GET /` | a page that shows the incidents |
/// | `GET /incidents` | ``VendorSnapshot`` as JSON; `?last=N` for the newest only |
/// | `GET /requests` | the last requests with the answers they got, oldest first |
/// | `GET`, `POST`, `DELETE /faults` | lists, orders (a ``SandboxFault`` as JSON), takes back all faults |
/// | `POST /reset` | forgets incidents, requests and faults |
package struct VendorEmulators: Sendable {
    /// The most requests listed by `/requests`.
    package static let requestsMax = 500
    /// The most of a body that is listed; bytes.
    static let listedBodyBytesMax = 4_096

    private let empty: [any VendorEmulator]
    private var emulators: [any VendorEmulator]
    private var faults = SandboxFaults()
    private var requests: [SandboxExchange] = []

    /// Emulators that begin as the given ones; a request goes to the first that takes its path.
    package init(_ emulators: [any VendorEmulator]) {
        empty = emulators
        self.emulators = emulators
    }

    /// Everything there is at `now`; seconds since 1970-01-01T00:00:00Z.
    package mutating func snapshot(at now: Double) -> VendorSnapshot {
        for index in emulators.indices { emulators[index].advance(to: now) }
        return VendorSnapshot(incidents: emulators.flatMap(\.incidents), log: emulators.flatMap(\.log))
    }

    /// The last requests to a vendor, oldest first.
    package var exchanges: [SandboxExchange] { requests.suffix(Self.requestsMax) }

    /// Orders a fault; see ``SandboxFault/problem(vendors:)``.
    package mutating func inject(_ fault: SandboxFault) { faults.add(fault) }

    /// Answers a request, or returns the fault that the host is to produce.
    ///
    /// - Parameters:
    ///   - request: Any request.
    ///   - now: Seconds since 1970-01-01T00:00:00Z.
    ///   - generator: Decides which requests a fault with a share hits.
    package mutating func respond(
        to request: SandboxRequest, at now: Double, using generator: inout some RandomNumberGenerator
    ) -> SandboxReply {
        guard let index = emulators.firstIndex(where: { $0.takes(path: request.path) }) else {
            return .respond(administer(request, at: now), afterSeconds: 0)
        }
        let effect = faults.next(emulators[index].vendor, using: &generator)
        guard let fault = effect.fault else {
            let response = emulators[index].respond(to: request, at: now)
            record(request, emulators[index], status: response.status, at: now)
            return .respond(response, afterSeconds: effect.latencySeconds)
        }
        if fault.afterProcessing ?? false { _ = emulators[index].respond(to: request, at: now) }
        guard fault.kind == .status, let status = fault.status else {
            record(request, emulators[index], status: nil, at: now)
            return .drop(afterSeconds: effect.latencySeconds)
        }
        record(request, emulators[index], status: status, at: now)
        let headers = fault.retryAfterSeconds.map { [HeaderField("Retry-After", "\($0)")] } ?? []
        return .respond(
            emulators[index].fault(status: status, headers: headers), afterSeconds: effect.latencySeconds)
    }

    private mutating func record(
        _ request: SandboxRequest, _ emulator: any VendorEmulator, status: Int?, at now: Double
    ) {
        if requests.count >= Self.requestsMax * 2 { requests.removeFirst(Self.requestsMax) }
        requests.append(SandboxExchange(request, emulator, status: status, at: now))
    }

    private mutating func administer(_ request: SandboxRequest, at now: Double) -> SandboxResponse {
        switch (request.method, request.path) {
        case ("GET", "/"): return SandboxPage.response
        case ("GET", "/incidents"):
            let last = request.queryValue("last").flatMap { Int($0) }.map { max(0, $0) }
            let titles = emulators.map { ($0.vendor.rawValue, $0.title) }
            return .json(
                200, snapshot(at: now).newest(last, titles: Dictionary(titles) { first, _ in first }))
        case ("GET", "/requests"): return .json(200, ["requests": exchanges])
        case ("GET", "/faults"): return .json(200, ["faults": faults.all])
        case ("DELETE", "/faults"):
            faults.clear()
            return .json(200, ["faults": faults.all])
        case ("POST", "/faults"):
            switch SandboxFault.parse(request.body, vendors: emulators.map(\.vendor)) {
            case .failure(let error):
                return .json(400, ["message": "The fault cannot be ordered: \(error.problem)."])
            case .success(let fault):
                inject(fault)
                return .json(200, ["faults": faults.all])
            }
        case ("POST", "/reset"):
            self = VendorEmulators(empty)
            return .json(200, ["message": "Everything is forgotten."])
        case (_, "/"), (_, "/incidents"), (_, "/requests"), (_, "/faults"), (_, "/reset"):
            return .json(405, ["message": "This path does not take \(request.method)."])
        default: return .json(404, ["message": "No vendor has this path; GET / shows the incidents."])
        }
    }
}

/// What all vendors show at one moment.
package struct VendorSnapshot: Sendable, Hashable, Codable {
    /// Every incident, each vendor's from the oldest.
    package var incidents: [SandboxIncident]
    /// What was done with the last requests, each vendor's from the oldest.
    package var log: [SandboxLogEntry]

    /// How many times a person was paged.
    package var pages: Int { incidents.reduce(0) { $0 + $1.pages } }
    /// How many incidents are not over.
    package var open: Int { incidents.count { $0.status != .resolved } }

    /// A snapshot of the newest `count` incidents and log entries, newest last; of all when nil.
    func newest(_ count: Int?, titles: [String: String]) -> VendorSnapshotPage {
        let (incidents, log) = (incidents.sorted { $0.openedAt < $1.openedAt }, log.sorted { $0.at < $1.at })
        return VendorSnapshotPage(
            incidents: incidents.suffix(count ?? incidents.count), log: log.suffix(count ?? log.count),
            totals: ["incidents": incidents.count, "open": open, "pages": pages], vendors: titles)
    }
}

/// The body of `GET /incidents`.
struct VendorSnapshotPage: Sendable, Codable {
    let incidents: [SandboxIncident]
    let log: [SandboxLogEntry]
    let totals: [String: Int]
    /// The vendors' products by the names of their adapters.
    let vendors: [String: String]
}

/// A request that a vendor got, and what it answered.
package struct SandboxExchange: Sendable, Hashable, Codable {
    /// When; seconds since 1970-01-01T00:00:00Z.
    package var at: Double
    /// Who got it.
    package var vendor: SandboxVendor
    /// Its method.
    package var method: String
    /// Its path and query, as sent.
    package var target: String
    /// Its body as text, cut, with `••••` for what the vendor calls a secret.
    package var body: String
    /// The status of the answer; nil when the connection was dropped.
    package var status: Int?

    init(_ request: SandboxRequest, _ emulator: any VendorEmulator, status: Int?, at now: Double) {
        at = now
        vendor = emulator.vendor
        method = request.method
        target = request.target
        self.status = status
        let listed = Array(request.body.prefix(VendorEmulators.listedBodyBytesMax))
        body = String(decoding: emulator.secretNames.reduce(listed, Self.masked), as: UTF8.self)
    }

    /// Hides each text that follows `name` and a colon, whether or not all of it is there.
    private static func masked(_ bytes: [UInt8], _ name: String) -> [UInt8] {
        let name = Array("\"\(name)\"".utf8)
        let quote = UInt8(ascii: "\"")
        var (shown, rest) = ([UInt8](), bytes[...])
        while let start = rest.indices.first(where: { rest[$0] == quote && rest[$0...].starts(with: name) }) {
            shown += rest[..<start] + name + Array(":\"••••".utf8)
            rest = rest[(start + name.count)...].drop { $0 != quote }.dropFirst().drop { $0 != quote }
        }
        return shown + rest
    }
}
