public import AdapterKit
internal import OpenSenseWebhooks

/// A file that shows what an adapter makes of one delivery: the body, a line of dashes, the requests.
///
/// The requests are written as HTTP, masked, with their JSON spread over lines for people.
public struct GoldenExample: Sendable, Hashable {
    /// The line that divides body and requests.
    public static let divider = "----------"

    /// The delivery's body.
    public let body: String
    /// The requests as they should be.
    public let expected: String

    /// The example in `text`, or nil when it has no divider.
    public init?(_ text: String) {
        let parts = text.split(
            separator: "\n\(Self.divider)\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        body = String(parts[0])
        expected = String(parts[1])
    }

    init(body: String) { (self.body, expected) = (body, "") }

    /// The requests that `adapter` makes of it, written as they would stand in the file.
    ///
    /// - Parameters:
    ///   - adapter: The adapter.
    ///   - action: What is to happen.
    ///   - note: What has changed.
    ///   - wording: What people call places.
    ///   - state: What the adapter has kept for the episode.
    ///   - answer: How the vendor answers each request.
    /// - Throws: When the body is no delivery, or the adapter fails.
    public func actual(
        _ adapter: any IncidentAdapter, _ action: IncidentUpdate.Action, note: String? = nil,
        wording: Wording = Wording(), state: String? = nil,
        answer: (OutboundRequest) -> VendorResponse = { _ in VendorResponse(status: 202) }
    ) throws -> String {
        let delivery = try Delivery(body: Array(body.utf8))
        let id = delivery.id ?? "unknown"
        let update = IncidentUpdate(
            action: action, key: IncidentKey(delivery.event, fallback: id), event: delivery.event,
            deliveryID: id, note: note, wording: wording)
        let nothing = "(nothing is sent)\n"
        guard adapter.traits.actions.contains(action) else { return nothing }
        let context = AdapterContract.context.with(state: state)
        let rehearsal = AdapterRehearsal(update, by: adapter, context: context, answer: answer)
        if let error = rehearsal.error { throw error }
        guard !rehearsal.turns.isEmpty else { return nothing }
        return rehearsal.turns.map(\.request).map(Self.transcript).joined(separator: "\n")
    }

    /// One request as HTTP, without its secrets.
    private static func transcript(_ request: OutboundRequest) -> String {
        let masked = request.masked
        let fields = masked.fields.map { "\($0.name): \($0.value)\n" }.joined()
        return "\(masked.method.rawValue) \(masked.url)\n\(fields)\n\(pretty(masked.body))\n"
    }

    private static func pretty(_ body: [UInt8]) -> String {
        guard let value = JSONBody.decode(body) else { return String(decoding: body, as: UTF8.self) }
        return pretty(value)
    }

    static func pretty(_ value: JSONValue, indent: String = "") -> String {
        let inner = indent + "  "
        switch value {
        case .object(let fields) where !fields.isEmpty:
            let lines = fields.sortedByName
                .map { "\(inner)\(plain(.string($0.name))): \(pretty($0.value, indent: inner))" }
            return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
        case .array(let items) where !items.isEmpty:
            let lines = items.map { inner + pretty($0, indent: inner) }
            return "[\n\(lines.joined(separator: ",\n"))\n\(indent)]"
        default: return plain(value)
        }
    }

    private static func plain(_ value: JSONValue) -> String {
        (try? JSONBody.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "?"
    }
}
