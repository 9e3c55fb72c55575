import OpenSenseWebhooks
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Several sources at one endpoint` {
    private static let now = 1_717_248_000
    private static let body = #"{"event":{"kind":"alarm_opened","id":"evt_1"},"delivery":{"id":"wh_1"}}"#
    private static let path = "/opensense"

    /// Receivers at their paths, named by their secrets, and what each of them did.
    private final class World: Sendable {
        let handled = Notes<String>()
        let reports = Notes<String>()
        /// Who looked at the clock: each once for every signature that it verifies.
        let verified = Notes<String>()
        let sources: WebhookSources

        init(_ receivers: [(path: String, secrets: [String])]) throws {
            let (handled, reports, verified) = (handled, reports, verified)
            let ledger = try InMemoryDeliveryLedger()
            sources = WebhookSources(
                try receivers.map { path, secrets in
                    var clock = ManualClock(unixSeconds: now).receiverClock
                    clock.unixSeconds = {
                        verified.add(secrets[0])
                        return now
                    }
                    let receiver = WebhookReceiver(
                        verifier: try WebhookVerifier(secrets: secrets.map { try Secret($0) }),
                        ledger: ledger, source: secrets[0],
                        clock: clock,
                        report: { reports.add("\($0.source) \($0.code)") }
                    ) { received in
                        handled.add(received.source)
                    } unreadable: { received in
                        handled.add("unreadable \(received.source)")
                    }
                    return (path: path, receiver: receiver)
                })
        }

        func receive(
            _ body: String = body, secret: String, at path: String = path, method: String = "POST"
        ) async throws -> String {
            let signer = try WebhookSigner(secret: Secret(secret))
            let signed = try signer.request(body: Array(body.utf8), timestamp: now)
            let request = WebhookRequest(
                method: method, headers: [OpenSenseHeader.signature: signed.signatureHeaders[0]],
                body: signed.body)
            let answer = await sources.receive(request, at: path)
            return "\(answer.status) \(answer.code)"
        }
    }

    @Test func `are distinguished by their paths`() async throws {
        let world = try World([("/north", ["north"]), ("/south", ["south"])])
        #expect(try await world.receive(secret: "north", at: "/north") == "200 accepted")
        // The same delivery of another source is another delivery.
        #expect(try await world.receive(secret: "south", at: "/south") == "200 accepted")
        #expect(try await world.receive(secret: "south", at: "/north") == "401 unauthenticated")
        #expect(world.handled.all == ["north", "south"])
        #expect(world.reports.all == ["north handled", "south handled", "north signature-mismatch"])
    }

    @Test func `are distinguished by their secrets at one path`() async throws {
        let world = try World([(Self.path, ["north"]), (Self.path, ["south"])])
        #expect(try await world.receive(secret: "south") == "200 accepted")
        #expect(try await world.receive(secret: "north") == "200 accepted")
        #expect(try await world.receive("not JSON", secret: "south") == "200 not-understood")
        #expect(try await world.receive(secret: "east") == "401 unauthenticated")
        #expect(world.handled.all == ["south", "north", "unreadable south"])
    }

    @Test(arguments: [
        (secret: "north", path: path, verified: ["north"]),
        (secret: "south", path: path, verified: ["north", "south"]),
        (secret: "a stranger's", path: path, verified: ["north", "south"]),
        (secret: "south", path: "/x", verified: ["north", "south"]),
    ]) func `verify a request once each, be it to find its source or to judge it`(
        _ row: (secret: String, path: String, verified: [String])
    ) async throws {
        let world = try World([(Self.path, ["north"]), (Self.path, ["south"])])
        _ = try await world.receive(secret: row.secret, at: row.path)
        #expect(world.verified.all == row.verified)
    }

    @Test func `take what is signed at a mistyped path, and report it`() async throws {
        let world = try World([("/north", ["north"]), ("/south", ["south"])])
        #expect(try await world.receive(secret: "south", at: "/sout") == "200 accepted")
        #expect(world.reports.all == ["south path-mistyped", "south handled"])
        // U+212A is another byte than K, and a path that is as a word the same is not the same path.
        #expect(try await world.receive(secret: "south", at: "/so\u{75}\u{301}th") == "200 duplicate")
        #expect(world.reports.all.contains("south duplicate"))
    }

    @Test(arguments: [
        (path: "/x", secret: "stranger", method: "POST", size: 0, answer: "404 not-found"),
        (path: "/x", secret: "north", method: "GET", size: 0, answer: "404 not-found"),
        (path: "/x", secret: "both", method: "POST", size: 0, answer: "429 path-unknown"),
        (path: "/x", secret: "north", method: "POST", size: 65_536, answer: "429 path-unknown"),
    ]) func `refuse the rest at a path of none, and report it`(
        _ row: (path: String, secret: String, method: String, size: Int, answer: String)
    ) async throws {
        let world = try World([("/north", ["north", "both"]), ("/south", ["south", "both"])])
        let body = Self.body + String(repeating: " ", count: row.size)
        let answer = try await world.receive(body, secret: row.secret, at: row.path, method: row.method)
        #expect(answer == row.answer)
        #expect(world.reports.all == ["north path-unknown"])
        #expect(world.handled.all == [])
    }

    @Test func `put off what the secrets that are not tried may have signed`() async throws {
        let many = (0..<8).map { "secret \($0)" }
        let world = try World([("/north", many), ("/south", ["south"])])
        #expect(try await world.receive(secret: "south", at: "/x") == "429 path-unknown")
        #expect(try await world.receive(secret: "secret 7", at: "/x") == "200 accepted")
    }
}
