internal import AdapterKit
public import OpenSenseWebhooks

/// A client of OpShift: heartbeats of monitors, and alerts through webhooks.
///
/// The calls, their arguments and what they return are those of OpShift's own SDKs for Python and
/// TypeScript. Every failure is an ``OpShiftError``, but that of a task that is cancelled: that stops the
/// request and throws a `CancellationError`.
public struct OpShift: Sendable {
    /// Where OpShift is.
    public static let defaultBaseURL = "https://www.opshift.io"

    private let secret: Secret
    private let baseURL: BaseURL
    private let timeout: Duration
    private let transport: any OpShiftTransport

    /// A client.
    ///
    /// - Parameters:
    ///   - secret: The team's webhook secret, 64 hexadecimal characters, from Settings → Webhook Secret.
    ///     It is used as it stands, as text.
    ///   - baseURL: The root of the API, `http` or `https`; one slash at its end is left out.
    ///   - timeout: The longest that one request takes, from a millisecond to a day.
    ///   - transport: What carries the requests; nil for libcurl, with the system's certificates and the
    ///     proxies of the environment.
    /// - Throws: ``OpShiftError`` of the arguments.
    public init(
        secret: String, baseURL: String = Self.defaultBaseURL, timeout: Duration = .seconds(30),
        transport: (any OpShiftTransport)? = nil
    ) throws(OpShiftError) {
        do { self.secret = try Secret(secret) } catch { throw .argument("secret", error.description) }
        guard let base = BaseURL(baseURL) else {
            throw .argument(
                "baseURL", "It is not http:// or https://, a host, and at most a port and a path.")
        }
        self.baseURL = base
        guard timeout >= .milliseconds(1), timeout <= .seconds(86_400) else {
            throw .argument("timeout", "It is not within 1 ms and a day.")
        }
        self.timeout = timeout
        if let transport { self.transport = transport } else { self.transport = try LibcurlTransport() }
    }

    // MARK: Calls

    /// Sends a heartbeat of a monitor, or says that what it watches is down.
    ///
    /// - Parameters:
    ///   - pingToken: The monitor's identifier, from its page.
    ///   - status: Nil leaves it to OpShift, which takes it for `up`.
    ///   - reason: At most 200 characters. A second `down` with the same reason raises no second alert.
    ///   - groupKey: What the alert is grouped by; at most 200 characters.
    ///   - metadata: Anything, kept with the ping; at most 100,000 bytes of JSON and 10 levels.
    @discardableResult
    public func ping(
        _ pingToken: String, status: PingStatus? = nil, reason: String? = nil, groupKey: String? = nil,
        metadata: JSONObject? = nil
    ) async throws -> OpShiftPing {
        var body = JSONObject()
        try body.add("status", status?.rawValue)
        try body.add("reason", reason, charactersMax: OpShiftLimits.reasonMax)
        try body.add("group_key", groupKey, charactersMax: OpShiftLimits.groupKeyMax)
        try body.add(metadata: metadata)
        return OpShiftPing(
            try await post(
                body, to: baseURL.url("api", "ping", pingToken), pingToken, named: "pingToken"))
    }

    /// Triggers an alert through a webhook.
    ///
    /// - Parameters:
    ///   - webhookURL: The webhook's identifier, from its page.
    ///   - title: 1 to 200 characters.
    ///   - description: At most 2,000 characters.
    ///   - severity: Nil for the webhook's own.
    ///   - metadata: What filter rules and people see; at most 100,000 bytes of JSON and 10 levels.
    ///   - groupKey: Alerts with the same key are one while it is open; at most 200 characters. Without
    ///     one OpShift groups by title and source.
    @discardableResult
    public func alert(
        _ webhookURL: String, title: String, description: String? = nil, severity: AlertSeverity? = nil,
        metadata: JSONObject? = nil, groupKey: String? = nil
    ) async throws -> OpShiftAlert {
        guard !title.isEmpty else { throw OpShiftError.argument("title", "It is empty.") }
        var body = JSONObject()
        try body.add("title", title, charactersMax: OpShiftLimits.titleMax)
        try body.add("description", description, charactersMax: OpShiftLimits.descriptionMax)
        try body.add("severity", severity?.rawValue)
        try body.add(metadata: metadata)
        try body.add("group_key", groupKey, charactersMax: OpShiftLimits.groupKeyMax)
        return OpShiftAlert(
            try await post(
                body, to: baseURL.url("api", "alerts", "trigger", webhookURL), webhookURL,
                named: "webhookURL"))
    }

    // MARK: Requests

    /// Signs and sends a body, and gives the object that answers it.
    private func post(
        _ body: JSONObject, to url: String, _ identifier: String, named argument: String
    ) async throws -> JSONObject {
        // A path of dots would lead elsewhere.
        guard !["", ".", ".."].contains(identifier) else {
            throw OpShiftError.argument(argument, "It is no identifier.")
        }
        let bytes: [UInt8]
        let signature: String
        do {
            bytes = try JSONBody.encode(.object(body))
            signature = try HMACSHA256(of: bytes, key: secret).hexadecimal
        } catch { throw OpShiftError.argument("metadata", error.description) }
        let request = OpShiftRequest(
            url: url, body: bytes,
            headers: [("Content-Type", "application/json"), ("X-Webhook-Signature", signature)],
            timeout: timeout)
        return try OpShiftAnswer.object(in: try await answer(to: request))
    }

    private func answer(to request: OpShiftRequest) async throws -> OpShiftResponse {
        do { return try await transport.send(request) } catch let error as OpShiftError { throw error } catch
        {
            try Task.checkCancellation()
            throw OpShiftError.network("\(error)")
        }
    }
}
