import AdapterKit
import AdapterTesting
import Testing

@testable import custom_relay

@Suite struct `Chat room` {
    @Test func `the adapter keeps the contract`() {
        let contract = AdapterContract(
            ChatRoom.type, settings: ["token": "a-made-up-token"],
            statusesTakenForDone: [404],
            hiddenRefusals: [HiddenRefusal(body: #"{"error":"The room is full."}"#)],
            answer: { request in
                guard request.method == .post else { return VendorResponse(status: 204) }
                return VendorResponse(status: 201, body: Array(#"{"id":"m1"}"#.utf8))
            },
            incidentName: { AdapterContract.text("key", in: $0) })
        #expect(contract.violations() == [])
    }
}
