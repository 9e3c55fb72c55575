internal import AdapterKit
internal import OpenSenseWebhooks
internal import OpsgenieAdapter
internal import PagerDutyAdapter

/// A delivery's body, and what each vendor is sent for it.
enum EnvelopeTarget {
    static let adapters: [any IncidentAdapter] = made {
        [
            try PagerDuty(
                routingKey: Secret("0123456789abcdef0123456789abcdef"), baseURL: baseURL("https://p.example")),
            try Opsgenie(apiKey: Secret("an-api-key"), baseURL: baseURL("https://o.example")),
        ]
    }

    static func check(_ input: [UInt8]) {
        DocumentCheck.check(input)
        guard let delivery = try? Delivery(body: input) else { return }
        claim(delivery.body == input, "the body stays as it is")
        claim(delivery.id != "", "an id has at least one character")
        let event = delivery.event
        claim(EventKind(name: event.kind.name) == event.kind, "a kind goes by its name")
        claim(event.fields["kind"] != nil, "an event has its kind among its fields")
        _ = (event.valueAt, event.thresholds, event.times.mapValues(\.unixMilliseconds), event.referenceTime)

        let key = IncidentKey(event, fallback: "fallback")
        claim(key.text.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "a key is printable ASCII")
        claim(key.vendorKey(charactersMax: 96).utf8.count <= 96, "a vendor's key fits")
        for action in IncidentUpdate.Action.allCases {
            let update = IncidentUpdate(
                action: action, key: key, event: event, deliveryID: delivery.id ?? "none")
            for adapter in adapters { checkRequests(of: adapter, for: update) }
        }
    }

    private static func checkRequests(of adapter: any IncidentAdapter, for update: IncidentUpdate) {
        let rehearsal = AdapterRehearsal(update, by: adapter, context: .shown) { _ in
            VendorResponse(status: 202)
        }
        claim(rehearsal.error == nil, "a delivery that was read can be translated")
        for request in rehearsal.turns.map(\.request) {
            claim(JSONBody.decode(request.body) != nil, "a body is JSON")
            claim(!request.body.contains { $0 < 0x20 }, "a body has no control characters")
            for text in [request.url] + request.fields.flatMap({ [$0.name, $0.value] }) {
                claim(text.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "a head is ASCII on one line")
            }
        }
    }

    private static func baseURL(_ text: String) -> BaseURL {
        guard let url = BaseURL(text) else { fatalError("\(text) is a base URL") }
        return url
    }
}
