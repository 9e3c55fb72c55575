import AdapterKit
import AdapterTesting
import GoldenFolders
import OpenSenseWebhooks
import Testing
import WebhookAdapter

@Suite struct `Webhook adapter` {

    @Test(arguments: GoldenFile.all, ["relay", "cloudevents", "opensense"])
    func `each kind reads as its file says, without names of places and with`(
        _ file: GoldenFile, _ payload: String
    ) throws {
        let text = try file.text(Given.adapter(["payload": payload, "signature": "none"]))
        #expect(try GoldenFolder("\(payload)").stored("\(file)", now: text) == text)
    }

    @Test func `an event is sent byte for byte, signed as its sender signs`() throws {
        let update = try Given.update()
        let request = try #require(try Given.request(update))
        #expect(request.method == .post)
        #expect(request.url == Given.url)
        #expect(request.body == update.event.body)
        #expect(request.field("Content-Type") == "application/json")
        #expect(request.field("X-OpenSense-Delivery-Id") == "wh_4f3c1a")
        #expect(request.field("X-OpenSense-Timestamp") == "1779007200", "the time of the attempt")
        let verifier = try WebhookVerifier(secrets: [Secret(Given.secret)])
        let signature = try #require(request.field("X-OpenSense-Signature"))
        let verified = try verifier.verify(
            body: request.body.span, signatureHeaders: [signature], at: 1_779_007_201)
        #expect(verified.ageSeconds == 1)
    }

    @Test func `an attempt that comes later is signed anew, with the same id and body`() throws {
        for payload in ["opensense", "relay", "cloudevents", "cloudevents-binary"] {
            let later = AdapterContext(
                time: Given.context.time, nonce: Given.context.nonce, attemptTime: 1_779_010_000)
            let changes = ["payload": payload]
            let first = try #require(try Given.request(Given.update(), changes))
            let second = try #require(try Given.request(Given.update(), changes, context: later))
            #expect(first.body == second.body)
            #expect(first.field("X-OpenSense-Delivery-Id") == second.field("X-OpenSense-Delivery-Id"))
            #expect(first.field("X-OpenSense-Signature") != second.field("X-OpenSense-Signature"))
        }
    }

    @Test func `the payload of ours says all of an update`() throws {
        let update = try Given.update(
            "alarm_opened", .update, note: "warning → alarm, 9 → 21", extra: #","value_at":21"#)
        let request = try #require(try Given.request(update, ["payload": "relay", "signature": "none"]))
        let expected: JSONValue = [
            "version": 1, "id": "abc-1-1", "action": "update", "severity": "critical",
            "incident": ["key": "opensense/alarm/s/d/c", "place": "c, d, s"],
            "delivery": ["id": "wh_4f3c1a"], "time": "2026-05-17T08:10:00.000Z",
            "title": "c, d, s: 21, since 08:10 UTC (alarm); warning → alarm, 9 → 21",
            "note": "warning → alarm, 9 → 21",
            "text": .string(
                """
                c, d, s: 21, since 08:10 UTC (alarm); warning → alarm, 9 → 21
                Change: warning → alarm, 9 → 21
                Place: c, d, s
                Severity: alarm
                Incident: opensense/alarm/s/d/c
                Delivery: wh_4f3c1a
                """),
            "event": [
                "id": "evt_1", "kind": "alarm_opened", "severity": "alarm", "site_id": "s", "device_id": "d",
                "channel_id": "c", "opened_at": "2026-05-17T08:10:00Z", "value_at": 21,
            ],
        ]
        #expect(JSONBody.decode(request.body) == expected)
        #expect(request.fields == [HeaderField("Content-Type", "application/json")])
    }

    @Test func `an event that is too large loses its largest fields, and their names are there`() throws {
        let blob = String(repeating: "x", count: 70_000)
        let update = try Given.update(extra: #","blob":"\#(blob)","small":"kept""#)
        let request = try #require(try Given.request(update, ["payload": "relay"]))
        #expect(request.body.count <= 61_440)
        let body = JSONBody.decode(request.body)
        #expect(body?["event"]?["small"] == "kept")
        #expect(body?["event"]?["kind"] == "alarm_opened")
        #expect(body?["event"]?["blob"] == nil)
        #expect(body?["omitted"] == ["blob"])
    }

    @Test func `a time that no event can have gives way to when the delivery came`() throws {
        let update = try Given.update(extra: #","cleared_at":"9999-01-01T00:00:00Z""#)
        let request = try #require(try Given.request(update, ["payload": "relay"]))
        #expect(JSONBody.decode(request.body)?["time"] == "2026-05-17T08:10:00Z")
    }

    @Test func `a CloudEvent is one document, or header fields beside the data`() throws {
        let update = try Given.update("alarm_cleared", .resolve)
        let whole = try #require(try Given.request(update, ["payload": "cloudevents", "signature": "none"]))
        #expect(whole.field("Content-Type") == "application/cloudevents+json")
        let event = JSONBody.decode(whole.body)
        let attributes = [
            "specversion": "1.0", "id": "abc-1-1", "source": "/opensense-relay",
            "type": "opensense.relay.incident.resolve", "subject": "opensense/alarm/s/d/c",
            "time": "2026-05-17T08:10:00.000Z",
        ]
        for (name, value) in attributes { #expect(event?[name]?.text == value, "\(name)") }
        #expect(event?["datacontenttype"] == "application/json")
        #expect(event?["data"]?["action"] == "resolve")
        let parts = try #require(
            try Given.request(update, ["payload": "cloudevents-binary", "signature": "none"]))
        for (name, value) in attributes { #expect(parts.field("ce-\(name)") == value, "\(name)") }
        #expect(parts.field("Content-Type") == "application/json")
        #expect(parts.field("ce-datacontenttype") == nil)
        #expect(JSONBody.decode(parts.body) == event?["data"])
    }

    @Test func `a header value of a CloudEvent is percent-encoded`() throws {
        let body = #"{"event":{"kind":"alarm_opened","site_id":"100% \"ä\"","device_id":"d"}}"#
        let delivery = try Delivery(body: Array(body.utf8))
        let update = IncidentUpdate(
            action: .open, key: IncidentKey(delivery.event, fallback: "x"), event: delivery.event,
            deliveryID: "x")
        let request = try #require(try Given.request(update, ["payload": "cloudevents-binary"]))
        #expect(
            request.field("ce-subject") == "opensense/alarm/100%2525%2520%2522%25C3%25A4%2522/d/",
            "the key is percent-encoded itself")
    }

    /// A delivery can close the alarm before, open its own and repeat an acknowledgement.
    @Test func `of the updates of one delivery each has its id in words of ours, and the event goes once`()
        throws
    {
        let updates: [IncidentUpdate.Action] = [.resolve, .open, .acknowledge]
        for (number, action) in updates.enumerated() {
            let context = AdapterContext(time: 0, nonce: "abc-1-\(number + 1)")
            let update = try Given.update("alarm_opened", action)
            let ours = try #require(try Given.request(update, ["payload": "relay"], context: context))
            #expect(ours.field("X-OpenSense-Delivery-Id") == "abc-1-\(number + 1)")
            let theirs = try Given.request(update, context: context)
            #expect((theirs != nil) == (action == .open), "\(action)")
        }
        for (kind, action) in [("alarm_cleared", IncidentUpdate.Action.resolve), ("alarm_ack", .acknowledge)]
        {
            #expect(try Given.request(Given.update(kind, action)) != nil)
        }
        // What a route makes of a kind that is not documented.
        #expect(try Given.request(Given.update("door_closed", .resolve)) != nil)
        #expect(try Given.request(Given.update("alarm_opened", .update)) != nil, "it got worse")
    }

    @Test(arguments: ["", " ", "a b", "ä", "é", String(repeating: "x", count: 256)])
    func `an id that no header field can have is replaced by a digest, the same each time`(_ id: String)
        throws
    {
        let update = try Given.update(delivery: id)
        let first = try #require(try Given.request(update)?.field("X-OpenSense-Delivery-Id"))
        #expect(first.hasPrefix("digest-"))
        #expect(first.count == 71)
        #expect(try Given.request(update)?.field("X-OpenSense-Delivery-Id") == first)
        let other = try Given.request(Given.update(delivery: id + "ö"))?.field("X-OpenSense-Delivery-Id")
        #expect(other != first)
    }

    @Test func `an id of the most bytes stays as it is`() throws {
        let id = String(repeating: "x", count: 255)
        #expect(try Given.request(Given.update(delivery: id))?.field("X-OpenSense-Delivery-Id") == id)
    }

    @Test func `a receiver is updated and not paged again by reopening, and folds only where it says so`()
        throws
    {
        #expect(try Given.adapter().traits.pagesAgain == .never)
        #expect(try !Given.adapter().traits.folds)
        #expect(try Given.adapter(["deduplicates": "yes"]).traits.folds)
        let all: Set<IncidentUpdate.Action> = [.open, .update, .acknowledge, .resolve, .annotate]
        #expect(try Given.adapter().traits.actions == all)
        #expect(try Given.adapter(["actions": "open, resolve"]).traits.actions == [.open, .resolve])
    }

    @Test func `no part of an address that may be a token is shown`() throws {
        let request = try #require(try Given.request(Given.update()))
        #expect(request.masked.url == "https://receiver.example/••••")
        let short = try #require(try Given.request(Given.update(), ["url": "https://receiver.example/a"]))
        #expect(short.masked.url == "••••")
        #expect(short.quote("a hook") == "a hook")
        #expect(request.quote("no hook 0123456789abcdef here") == "no hook •••• here")
        #expect("\(request)" == "POST https://receiver.example/••••")
    }
}
