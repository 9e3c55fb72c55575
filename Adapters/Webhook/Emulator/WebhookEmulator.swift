public import VendorSandbox

/// A receiver of webhooks as a careful person would write it: verifies, deduplicates, keeps incidents by key.
///
/// It takes every payload and signature of the adapter. No vendor stands behind it, so what another receiver
/// does is unconfirmed: some answer a repeated request with 409, some page for each update.
///
/// - Source: OpenSense webhook documentation; Standard Webhooks specification; CloudEvents 1.0, HTTP binding
///   (read 2026-11-26).
public struct WebhookEmulator: VendorEmulator {
    /// The most bytes of a body; more is answered with 413.
    static let bodyBytesMax = 4 << 20
    /// The most ids that are remembered; the oldest go first.
    static let idsMax = 10_000
    /// The path it is found at.
    static let path = "/webhook"

    /// What signatures are verified with, and a bearer token is compared to.
    public var secret: String
    /// Whether a request without any signature is taken.
    public var acceptsUnsigned: Bool

    private static let name: SandboxVendor = "webhook"

    private var history = SandboxHistory(vendor: Self.name, idPrefix: "WH")
    private var known: Set<String> = []
    private var order: [String] = []

    /// A receiver with nothing in it.
    ///
    /// - Parameters:
    ///   - secret: What signatures are verified with; one that begins with `whsec_` suits every scheme.
    ///   - acceptsUnsigned: Whether a request without any signature is taken.
    public init(
        secret: String = "whsec_VGhlIHNhbmRib3gncyByZWNlaXZlciBvbmx5", acceptsUnsigned: Bool = false
    ) {
        self.secret = secret
        self.acceptsUnsigned = acceptsUnsigned
    }

    /// The name of the adapter `Webhook`.
    public var vendor: SandboxVendor { Self.name }
    /// The name for people.
    public var title: String { "Webhook" }
    /// An address that is none, and the secret.
    public var adapterSettings: [String: String] { adapterSettings(at: "https://receiver.example") }

    /// The address of the receiver below `baseURL`, and the secret.
    public func adapterSettings(at baseURL: String) -> [String: String] {
        ["url": baseURL + Self.path, "secret": secret]
    }

    /// All incidents, oldest first.
    public var incidents: [SandboxIncident] { history.incidents }
    /// What was done with the last requests, oldest first.
    public var log: [SandboxLogEntry] { history.log }

    /// Takes its one path.
    public func takes(path: String) -> Bool { path == Self.path }

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - request: A request to `/webhook`.
    ///   - now: Seconds since 1970-01-01T00:00:00Z.
    public mutating func respond(to request: SandboxRequest, at now: Double) -> SandboxResponse {
        guard ["POST", "PUT", "PATCH"].contains(request.method) else {
            return SandboxResponse(status: 405, headers: [.init("Allow", "POST, PUT, PATCH")])
        }
        guard request.body.count <= Self.bodyBytesMax else {
            return refuse(413, "the body has \(request.body.count) bytes", at: now)
        }
        let verification = RequestVerification(request, secret: secret, now: now)
        if let fault = verification.fault(acceptsUnsigned: acceptsUnsigned) {
            return refuse(401, fault, at: now)
        }
        let read = ReceivedWebhook.read(request)
        guard case .success(let received) = read else {
            if case .failure(let fault) = read { return refuse(fault.status, fault.text, at: now) }
            return refuse(400, "no request", at: now)
        }
        if let id = verification.id ?? received.id, !isNew(id) {
            history.record(.dropped, at: now, key: received.key, "\(received.words): received before")
            return .json(200, ["status": "duplicate"] as SandboxJSON)
        }
        apply(received, at: now)
        return .json(200, ["status": "accepted"] as SandboxJSON)
    }

    private mutating func apply(_ received: ReceivedWebhook, at now: Double) {
        let key = received.key
        switch (received.action, history.open(key)) {
        case (.open, nil):
            history.add(
                SandboxIncident(
                    vendor: Self.name, id: history.nextID, key: key, summary: received.title,
                    severity: received.severity, source: received.source, openedAt: now), lookup: key)
            history.record(.accepted, at: now, key: key, "\(received.words): opened and paged")
            return
        case (.open, _?):
            history.update(key) { incident in
                incident.opens += 1
                (incident.summary, incident.severity) = (received.title, received.severity)
            }
        case (.update, _?):
            history.update(key) { incident in
                (incident.summary, incident.severity) = (received.title, received.severity)
                incident.notes.append(received.note ?? received.title)
            }
        case (.acknowledge, let open?):
            history.update(key) { incident in
                incident.status = .acknowledged
                incident.acknowledgedAt = open.acknowledgedAt ?? now
            }
        case (.resolve, _?):
            history.update(key) { incident in
                incident.status = .resolved
                incident.resolvedAt = now
            }
        case (.annotate, _?): history.update(key) { $0.notes.append(received.title) }
        case (.annotate, nil): break  // kept with the log
        case (.update, nil), (.acknowledge, nil), (.resolve, nil):
            history.record(.dropped, at: now, key: key, "\(received.words): no open incident")
            return
        }
        history.record(.accepted, at: now, key: key, received.words)
    }

    private mutating func refuse(_ status: Int, _ text: String, at now: Double) -> SandboxResponse {
        history.record(.refused, at: now, "\(status): \(text)")
        return .json(status, ["message": .string(text)] as SandboxJSON)
    }

    /// Remembers an id; false for one that is known.
    private mutating func isNew(_ id: String) -> Bool {
        guard known.insert(id).inserted else { return false }
        order.append(id)
        if order.count >= Self.idsMax * 2 {
            known.subtract(order.prefix(Self.idsMax))
            order.removeFirst(Self.idsMax)
        }
        return true
    }
}
