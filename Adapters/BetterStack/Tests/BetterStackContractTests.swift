import AdapterKit
import AdapterTesting
import BetterStackAdapter
import Testing

@Suite struct `Better Stack contract` {
    @Test(arguments: [
        "https://uptime.betterstack.com/api/v1/incoming-webhook/aBcDeFgHiJkLmNoPqRsTuVwX",
        "https://proxy.example:8443/better/api/v1/incoming-webhook/0-1_2345678",
    ])
    func `the adapter of the incoming webhook keeps the contract`(_ url: String) {
        let contract = AdapterContract(
            BetterStack.type, settings: ["url": url],
            limits: [
                .text("title", TextLimit(max: 255)), .text("cause", TextLimit(max: 1_000)),
                .text("place", TextLimit(max: 255)), .text("note", TextLimit(max: 512)),
                .text("alert_id", TextLimit(max: 255)), .text("delivery_id", TextLimit(max: 255)),
                .body(bytesMax: 65_536),
            ],
            incidentName: { AdapterContract.text("alert_id", in: $0) })
        #expect(contract.violations() == [])
    }

    @Test(arguments: ["a-made-up-token", #"odd"token\with/marks%21"#])
    func `the adapter of the incidents API keeps the contract`(_ token: String) {
        let contract = AdapterContract(
            BetterStackIncidents.type,
            settings: [
                "apiToken": token, "requesterEmail": "oncall@example.com", "teamName": "Cold rooms",
                "policyID": "1234",
            ],
            limits: [
                .text("name", TextLimit(max: 255)), .text("summary", TextLimit(max: 255)),
                .text("description", TextLimit(max: 3_000)), .text("metadata.*.*", TextLimit(max: 255)),
            ],
            // A 404 and a 409 to an acknowledgement or a resolve: there is nothing left to do.
            statusesTakenForDone: [404, 409],
            answer: { request in
                let body = request.method == .get ? #"{"data":[]}"# : #"{"data":{"id":"123456789"}}"#
                return VendorResponse(status: request.method == .get ? 200 : 201, body: Array(body.utf8))
            },
            incidentName: { AdapterContract.text("metadata.opensense_key.*", in: $0) })
        #expect(contract.violations() == [])
    }
}
