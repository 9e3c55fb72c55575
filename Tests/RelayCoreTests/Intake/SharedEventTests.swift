import OpenSenseWebhooks
import RelayCore
import Testing

/// Events that two webhooks of one account bring.
@Suite struct `An event of two webhooks` {
    static func body(
        _ kind: String = "silence_opened", id: String? = "evt_1", at: String? = "09:00",
        as name: String = "silenced_at", channel: String = "c"
    ) -> String {
        let id = id.map { #","id":"\#($0)""# } ?? ""
        let time = at.map { #","\#(name)":"2027-01-15T\#($0):00Z""# } ?? ""
        return
            #"{"event":{"kind":"\#(kind)","channel_id":"\#(channel)"\#(id)\#(time)},"delivery":{"id":"wh_1"}}"#
    }

    static func key(
        _ body: String, at path: String = "/cold", accounts: [String: String] = [:]
    ) throws -> DeliveryKey? {
        let sources = ["/cold", "/warm", "/third"].map { (path: $0, secret: "the secret of \($0)") }
        let intake = try `A path that is no source's`.intake(sources, accounts: accounts)
        let request = try `A path that is no source's`.request(
            path, secret: "the secret of \(path)", body: body)
        guard
            case .submit(.accept(let acceptance)) = `A path that is no source's`.decide(intake, request).next
        else {
            Issue.record("it is not accepted")
            return nil
        }
        return acceptance.eventKey
    }

    @Test func `is one, whichever brings it`() throws {
        let cold = try #require(try Self.key(Self.body()))
        #expect(try Self.key(Self.body(), at: "/warm") == cold)
        #expect(try Self.key(Self.body(id: "evt_2")) != cold)
        #expect(try Self.key(Self.body("silence_closed")) != cold)
        #expect(try Self.key(Self.body(at: "09:01")) != cold)
        #expect(try Self.key(Self.body(channel: "d")) != cold)
    }

    @Test func `is another one in another account, and each counts where an account has one webhook`() throws
    {
        let accounts = ["/cold": "a", "/warm": "a", "/third": "b"]
        let cold = try #require(try Self.key(Self.body(), accounts: accounts))
        #expect(try Self.key(Self.body(), at: "/warm", accounts: accounts) == cold)
        #expect(try Self.key(Self.body(), at: "/third", accounts: accounts) == nil)
        #expect(try Self.key(Self.body()) != cold)
    }

    @Test(arguments: [
        (body("alarm_opened"), false), (body("alarm_cleared"), true), (body("alarm_ack"), true),
        (body("alarm_cleared", at: nil), false), (body("alarm_ack", at: nil), false),
        (body("alarm_cleared", as: "opened_at"), false), (body("alarm_cleared", as: "next_report_at"), false),
        (body("report_ready", at: nil), true), (body(id: nil), false), (body(id: ""), false),
    ]) func `is not known by less than its id, nor is an open, nor an end without a time`(
        _ body: String, _ isKnown: Bool
    ) throws {
        #expect((try Self.key(body) != nil) == isKnown, "\(body)")
    }
}
