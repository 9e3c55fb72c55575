import OpShiftEmulator
import Testing
import VendorSandbox

/// The emulator, line by line of OpShift's documentation: P the pings, T the alerts, M the model.
@Suite struct `OpShift emulator` {
    var vendor = OpShiftEmulator()

    // MARK: Pings

    @Test mutating func `P1 P3 P4 P5 takes a ping with and without a body, by POST and by GET`() {
        #expect(vendor.respond(to: ping("a"), at: 0).text("pingStatus") == "up")
        #expect(vendor.respond(to: signed("/api/ping/a", ""), at: 1).text("pingStatus") == "up")
        let got = vendor.respond(to: signed("/api/ping/a", "", method: "GET"), at: 2)
        #expect(got.status == 200)
        #expect(vendor.respond(to: ping("a", #"{"status":"down"}"#), at: 3).text("pingStatus") == "down")
        #expect(vendor.incidents.map(\.status) == [.triggered])
        var plain = ping("a", #"{"status":"up"}"#)
        plain.headers.removeAll { $0.name == "content-type" }
        #expect(vendor.respond(to: plain, at: 4).status == 400)
    }

    @Test mutating func `P2 P12 refuses what is not signed, by the secret's text, in either case`() {
        for code in ["", "0", String(repeating: "0", count: 64)] {
            var request = ping("a")
            request.headers = [.init("x-webhook-signature", code), .init("content-type", "application/json")]
            #expect(vendor.respond(to: request, at: 0).status == 401)
        }
        var unsigned = ping("a")
        unsigned.headers.removeAll { $0.name == "x-webhook-signature" }
        #expect(vendor.respond(to: unsigned, at: 0).status == 401)
        var upper = ping("a")
        upper.headers = upper.headers.map {
            .init($0.name, $0.name == "content-type" ? $0.value : $0.value.uppercased())
        }
        #expect(vendor.respond(to: upper, at: 0).status == 200)
    }

    @Test mutating func `P6 folds a second down by its reason`() {
        for (body, opens) in [
            (#"{"status":"down","reason":"r"}"#, 1), (#"{"status":"down","reason":"r"}"#, 1),
            (#"{"status":"down","reason":"s"}"#, 2),
        ] {
            #expect(vendor.respond(to: ping("a", body), at: 0).status == 200)
            #expect(vendor.incidents.map(\.opens) == [opens])
        }
    }

    @Test mutating func `P7 P8 takes 200 characters, an object and more members`() {
        let long = String(repeating: "x", count: 200)
        for (body, status) in [
            (#"{"reason":"\#(long)","group_key":"\#(long)","metadata":{"a":1},"batch":7}"#, 200),
            (#"{"reason":"\#(long)x"}"#, 400), (#"{"group_key":"\#(long)x"}"#, 400),
            (#"{"metadata":[]}"#, 400), (#"{"status":"sideways"}"#, 400), ("[]", 400), ("{", 400),
        ] { #expect(vendor.respond(to: ping("a", body), at: 0).status == status, "\(body)") }
    }

    @Test mutating func `P9 P10 P11 says what became of the monitor`() {
        let first = vendor.respond(to: ping("a"), at: 0)
        #expect(first.text("message") == "First ping received \u{2014} monitoring started")
        #expect(first.monitor["name"] as? String == "a")
        #expect(first.monitor["monitoringActive"] as? Bool == true)
        #expect(vendor.respond(to: ping("a"), at: 1).text("message") == "Ping received")
        vendor.setPaused(true, monitor: "a")
        #expect(vendor.monitorStatus("a") == "paused")
        vendor.setPaused(false, monitor: "a")
        #expect(vendor.monitorStatus("a") == "idle")
        let again = vendor.respond(to: ping("a", #"{"status":"down"}"#), at: 2)
        #expect(again.text("message") == "Ping received \u{2014} monitoring restarted")
        #expect(again.monitor["status"] as? String == "down")
    }

    @Test mutating func `P12 refuses an expired team, an unknown or paused monitor, and the eleventh ping`() {
        vendor.setPaused(true, monitor: "p")
        #expect(vendor.respond(to: ping("p"), at: 0).status == 404)
        vendor.monitorTokens = ["a"]
        #expect(vendor.respond(to: ping("b"), at: 0).status == 404)
        let statuses = (0..<11).map { vendor.respond(to: ping("a"), at: Double($0)).status }
        #expect(statuses == Array(repeating: 200, count: 10) + [429])
        #expect(vendor.respond(to: ping("a"), at: 61).status == 200)
        vendor.isExpired = true
        #expect(vendor.respond(to: ping("a"), at: 200).status == 403)
    }

    @Test mutating func `P13 takes a ping during an outage`() {
        vendor.hasOutage = true
        let answer = vendor.respond(to: ping("a", #"{"status":"down"}"#), at: 0)
        #expect(answer.status == 200)
        #expect(answer.monitor["status"] as? String == "idle")
    }

    // MARK: Alerts

    @Test mutating func `T1 T2 T4 M3 M4 M5 an alert is created, occurs again, is resolved and opens again`() {
        let body = #"{"title":"t","severity":"sev1","group_key":"g"}"#
        let created = vendor.respond(to: alert("w", body), at: 0)
        #expect(created.text("status") == "created" && created.text("message") == "Alert created")
        #expect(created.object["occurrenceCount"] as? Int == 1)
        let second = vendor.respond(to: alert("w", body), at: 1)
        #expect(second.text("status") == "occurrence_added")
        #expect(second.text("message") == "Occurrence added to open alert")
        #expect(second.object["occurrenceCount"] as? Int == 2)
        #expect(vendor.incidents.map(\.pages) == [1])
        vendor.acknowledge(created.text("alertId"), at: 2)
        #expect(vendor.incidents.map(\.status) == [.acknowledged])
        vendor.resolve(created.text("alertId"), at: 3)
        let reopened = vendor.respond(to: alert("w", body), at: 4)
        #expect(reopened.text("status") == "reopened" && reopened.text("message") == "Alert reopened")
        #expect(reopened.text("alertId") == created.text("alertId"))
        vendor.resolve(created.text("alertId"), at: 5)
        #expect(vendor.respond(to: alert("w", body), at: 5_000).text("status") == "created")
        #expect(vendor.incidents.count == 2)
    }

    @Test mutating func `T4 an alert that a rule drops has no id and no count`() {
        vendor.filters = [(field: "title", text: "test", reason: "rule 7")]
        let answer = vendor.respond(to: alert("w", #"{"title":"a test"}"#), at: 0)
        #expect(answer.status == 200)
        #expect(answer.text("message") == "Alert suppressed by filter rule")
        #expect(answer.text("reason") == "rule 7")
        #expect(answer.object["alertId"] == nil && answer.object["occurrenceCount"] == nil)
        #expect(vendor.incidents.isEmpty)
    }

    @Test mutating func `M4 groups by title and source without a key`() {
        for (webhook, count) in [("w", 1), ("w", 1), ("v", 2)] {
            _ = vendor.respond(to: alert(webhook, #"{"title":"t"}"#), at: 0)
            #expect(vendor.incidents.count == count)
        }
    }

    @Test mutating func `T3 T5 refuses what it documents, and what is beyond its limits`() {
        let long = { (count: Int) in String(repeating: "x", count: count) }
        let deep = { (levels: Int) in
            String(repeating: #"{"a":"#, count: levels) + "1" + String(repeating: "}", count: levels)
        }
        for (body, status) in [
            (#"{"title":"\#(long(200))","description":"\#(long(2_000))","group_key":"\#(long(200))"}"#, 200),
            (#"{"title":"t","metadata":\#(deep(10))}"#, 200), ("{}", 400), (#"{"title":""}"#, 400),
            (#"{"title":7}"#, 400), (#"{"title":"t","severity":"sev5"}"#, 400),
            (#"{"title":"\#(long(201))"}"#, 400), (#"{"title":"t","description":"\#(long(2_001))"}"#, 400),
            (#"{"title":"t","metadata":\#(deep(12))}"#, 400),
            (#"{"title":"t","metadata":{"a":"\#(long(102_400))"}}"#, 400), ("nonsense", 400),
        ] { #expect(vendor.respond(to: alert("w", body), at: 0).status == status, "\(body.prefix(60))") }
    }

    @Test mutating func `T5 refuses unknown and disabled webhooks, and what is beyond the pace`() {
        vendor.webhooks = ["w", "x"]
        vendor.disabledWebhooks = ["x"]
        vendor.alertsPerMinuteMax = 1
        for (webhook, status) in [("v", 404), ("x", 404), ("w", 200), ("w", 429)] {
            #expect(vendor.respond(to: alert(webhook, #"{"title":"t"}"#), at: 0).status == status)
        }
    }

    @Test mutating func `M1 a missed heartbeat raises an alert, and a ping ends it`() {
        vendor.heartbeatSeconds = 60
        vendor.advance(to: 1_000)
        #expect(vendor.incidents.isEmpty)
        _ = vendor.respond(to: ping("a"), at: 1_000)
        vendor.advance(to: 1_060)
        #expect(vendor.incidents.isEmpty)
        vendor.advance(to: 1_061)
        #expect(vendor.incidents.map(\.summary) == ["a is down: missed heartbeat"])
        _ = vendor.respond(to: ping("a"), at: 1_070)
        #expect(vendor.incidents.map(\.status) == [.resolved])
    }

    @Test mutating func `knows no other path and method`() {
        #expect(vendor.respond(to: signed("/api/ping/a", "{}", method: "PUT"), at: 0).status == 405)
        #expect(vendor.respond(to: signed("/api/alerts/x/y/z", "{}"), at: 0).status == 404)
        #expect(!vendor.takes(path: "/v2/enqueue"))
    }
}
