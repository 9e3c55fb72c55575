import AdapterKit
import AdapterTesting
import PagerDutyAdapter
import Testing

@Suite struct `PagerDuty contract` {
    @Test(arguments: ["0123456789abcdef0123456789abcdef", "R123456789ABCDEF0123456789ABCDEF"])
    func `the adapter keeps the contract`(_ routingKey: String) {
        let contract = AdapterContract(
            PagerDuty.type, settings: ["routingKey": routingKey],
            limits: [
                .text("payload.summary", TextLimit(max: 1_024)), .text("payload.source", TextLimit(max: 255)),
                .text("payload.component", TextLimit(max: 255)), .text("payload.group", TextLimit(max: 255)),
                .text("payload.class", TextLimit(max: 255)), .text("dedup_key", TextLimit(max: 255)),
                .body(bytesMax: 512_000),
            ],
            incidentName: { AdapterContract.text("dedup_key", in: $0) })
        #expect(contract.violations() == [])
    }
}
