import Testing

@Suite struct `An alarm's way through the relay` {
    @Test(arguments: ["pagerduty", "opsgenie"])
    func `the documented sample opens, is acknowledged and resolved as one incident, paged once`(
        _ vendor: String
    ) async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay([vendor], at: vendors.url)
            let opened = try relay.deliver(.documented)
            #expect(opened.status == 200)
            #expect(opened.code == "accepted")
            #expect(opened.deliveryID == "wh_4f3c1a")
            try await vendors.incidents { $0.map(\.status) == ["triggered"] }
            #expect(try relay.deliver(.like(kind: "alarm_ack", id: "wh_ack")).code == "accepted")
            try await vendors.incidents { $0.map(\.status) == ["acknowledged"] }
            #expect(try relay.deliver(.like(kind: "alarm_cleared", id: "wh_clear")).code == "accepted")
            let incidents = try await vendors.incidents { $0.map(\.status) == ["resolved"] }
            #expect(incidents.map(\.vendor) == [vendor])
            #expect(incidents.map(\.pages) == [1])
            #expect(incidents.map(\.opens) == [1])
        }
    }

    @Test func `a retry of a delivery is answered as a duplicate and sends nothing`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            #expect(try relay.deliver(.documented).code == "accepted")
            try await vendors.incidents { $0.count == 1 }
            for _ in 0..<3 {
                let again = try relay.deliver(.documented)
                #expect(again.status == 200)
                #expect(again.code == "duplicate")
                #expect(again.deliveryID == "wh_4f3c1a")
            }
            // One lane is worked on in order: what comes after the retries has overtaken nothing.
            #expect(try relay.deliver(.like(kind: "alarm_cleared", id: "wh_clear")).code == "accepted")
            try await vendors.incidents { $0.map(\.status) == ["resolved"] }
            #expect(try vendors.changes().count == 2)
        }
    }

    @Test func `an alarm that comes after its own clear sends no page`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            #expect(try relay.deliver(.like(kind: "alarm_cleared", id: "wh_clear")).code == "accepted")
            #expect(try relay.deliver(.documented).code == "accepted")
            // One lane is worked on in order: what comes after the alarm has not overtaken it.
            #expect(try relay.deliver(.like(kind: "alarm_cleared", id: "wh_clear_again")).code == "accepted")
            try await eventually("both clears were sent") { try vendors.changes().count >= 2 ? true : nil }
            #expect(try vendors.changes().count == 2)
            #expect(try vendors.incidents().isEmpty)
        }
    }

    @Test func `a vendor that fails holds up no other vendor`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(["pagerduty", "opsgenie"], at: vendors.url)
            try vendors.inject(#"{"vendor":"pagerduty","kind":"status","status":503}"#)
            #expect(try relay.deliver(.documented).code == "accepted")
            #expect(try await vendors.incidents { !$0.isEmpty }.map(\.vendor) == ["opsgenie"])
            #expect(try vendors.changes().contains { $0.vendor == "pagerduty" && $0.status == 503 })
        }
    }

    @Test func `what a vendor did but could not answer is sent again and pages once`() async throws {
        try await World.run { world in
            let vendors = try await world.vendors()
            let relay = try await world.relay(at: vendors.url)
            try vendors.inject(
                #"{"vendor":"pagerduty","kind":"drop","nextRequests":2,"afterProcessing":true}"#)
            #expect(try relay.deliver(.documented).code == "accepted")
            try await eventually("it is tried until it is answered") {
                try vendors.changes().last?.status == 202 ? true : nil
            }
            #expect(try vendors.incidents().map(\.pages) == [1])
            #expect(try vendors.changes().count == 3)
        }
    }
}
