import AdapterKit
import AdapterTesting
import OpenSenseWebhooks
import Testing

@Suite struct `Adapter contract` {
    @Test func `an adapter that keeps every rule has no violation`() {
        #expect(ScriptedAdapter.contract().violations() == [])
    }

    @Test(arguments: BrokenAdapter.all) func `a broken rule is seen, once, and no other rule is blamed`(
        _ broken: BrokenAdapter
    ) {
        let violations = broken.contract.violations()
        #expect(violations.map(\.rule) == [broken.rule], "\(violations)")
        #expect(violations.allSatisfy { !$0.description.contains(ScriptedAdapter.exampleToken) })
    }

    @Test func `every rule has a broken adapter`() {
        #expect(Set(BrokenAdapter.all.map(\.rule)) == Set(ContractRule.allCases))
    }

    @Test func `a status that means done may be taken for a success`() {
        let contract = AdapterContract(
            ScriptedAdapter.contract { adapter in
                adapter.judge = { response, _ in
                    response.status == 409
                        ? .done() : response.usualStep(explanation: "m")
                }
            }.type, settings: ["token": ScriptedAdapter.exampleToken], statusesTakenForDone: [409])
        #expect(contract.violations(of: [.statuses]) == [])
    }

    @Test func `a delivery that is passed on as it came may show the order of its fields`() {
        let asItCame = ScriptedAdapter.contract { adapter in
            adapter.traits = AdapterTraits(folds: true, actions: [.open, .update])
            adapter.requests = { update, token throws(AdapterError) in
                [
                    OutboundRequest(
                        method: .post, url: "https://vendor.example/", body: update.event.body,
                        secrets: [token])
                ]
            }
        }
        #expect(asItCame.violations(of: [.sameBytes, .everyUpdate]) == [])
        let almost = ScriptedAdapter.contract { adapter in
            adapter.traits = AdapterTraits(folds: true, actions: [.open, .update])
            adapter.requests = { update, token throws(AdapterError) in
                [
                    OutboundRequest(
                        method: .post, url: "https://vendor.example/", body: update.event.body + [0x20],
                        secrets: [token])
                ]
            }
        }
        #expect(
            Set(almost.violations(of: [.sameBytes, .everyUpdate]).map(\.rule)) == [.sameBytes, .everyUpdate])
    }

    @Test func `a path finds texts in objects and lists`() throws {
        let update = try #require(ContractEvent.usual.first?.update(.open))
        let request = try ScriptedAdapter.request(
            update, Secret("s"), extra: ["a": [["b": "first"], ["b": "second"]]])
        #expect(AdapterContract.text("extra.a.*.b", in: request) == "first")
        #expect(AdapterContract.text("extra.b", in: request) == nil)
    }

    @Test func `every event of the kit is a delivery`() {
        #expect((ContractEvent.usual + ContractEvent.hostile).allSatisfy { $0.update(.open) != nil })
        #expect(ContractEvent.usual.count == 18)
    }
}
