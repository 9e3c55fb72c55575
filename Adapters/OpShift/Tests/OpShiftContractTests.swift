import AdapterKit
import AdapterTesting
import OpShiftAdapter
import Testing

@Suite struct `OpShift contract` {
    /// With and without a monitor for one of the kit's alarms.
    @Test(arguments: ["", "alarm/site_4f3c/dev_b1d2/chn_a1b2=freezer-3"])
    func `the adapter keeps the contract`(_ monitors: String) {
        let contract = AdapterContract(
            OpShift.type,
            settings: [
                "secret": String(repeating: "fedcba9876543210", count: 4), "webhook": "cold-rooms",
                "monitors": monitors,
            ],
            limits: [
                .text("title", TextLimit(max: 200)), .text("description", TextLimit(max: 2_000)),
                .text("group_key", TextLimit(max: 200)), .body(bytesMax: 100_000),
            ] + (monitors.isEmpty ? [] : [.text("reason", TextLimit(max: 200))]),
            hiddenRefusals: [
                HiddenRefusal(.deliver, body: #"{"status":"occurrence_added","alertId":"al_1"}"#)
            ],
            answer: { _ in VendorResponse(status: 200, body: Array(Self.answer.utf8)) },
            incidentName: { request in
                // The alert's key has the moment and the severity behind the incident's name.
                AdapterContract.text("group_key", in: request).map { String($0.prefix { $0 != "|" }) }
            })
        #expect(contract.violations() == [])
    }

    private static let answer =
        #"{"alertId":"al_1","status":"created","message":"m","monitor":{"status":"down"},"pingStatus":"down"}"#
}
