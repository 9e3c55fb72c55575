import AdapterKit
import AdapterTesting
import Foundation
import OpenSenseWebhooks
import SQLiteLedger
import Testing

/// The snippets do what the texts around them say.
@Suite struct `The snippets of the documentation` {
    static let body = Array(#"{"event":{"kind":"alarm_opened"},"delivery":{"id":"wh_1"}}"#.utf8)
    static let now = ReceiverClock.system.unixSeconds()

    private func signed(_ secret: String, _ body: [UInt8] = body) throws -> [(name: String, value: String)] {
        let signer = try WebhookSigner(secret: Secret(secret))
        let value = try signer.signatureHeader(body: body.span, timestamp: Self.now)
        return [(name: OpenSenseHeader.signature, value: value)]
    }

    @Test func `receive, verify and report`() async throws {
        let service = Service()
        let receiving = Receiving(receiver: try service.receiver("secret"), secretText: "secret")
        let headers = try signed("secret")
        #expect(await receiving.receive("POST", headers, Self.body).status == 200)
        #expect(await receiving.receive("POST", headers, Self.body).code == "duplicate")
        #expect(await receiving.receive("POST", try signed("secret", [1]), [1]).code == "not-understood")
        #expect(
            service.all == ["stored wh_1", "handled", "duplicate", "body-not-json", "kept 1", "handled"])
        let (delivery, age) = try receiving.verify(headers.map(\.value), Self.body, Self.now + 7)
        #expect((delivery.id, age) == ("wh_1", 7))
    }

    @Test func `name the secret that matched, the new one first`() async throws {
        let service = Service()
        let configuring = Configuring(service: service)
        let verifier = try configuring.bothSecrets(Secret("new"), Secret("old"))
        let receiver = try WebhookReceiver(
            verifier: verifier, ledger: configuring.inMemory(), report: configuring.whichSecret()
        ) { _ in
        } unreadable: { _ in
        }
        for (number, secret) in ["old", "new", "neither"].enumerated() {
            let body = Array(#"{"event":{"kind":"alarm_ack"},"delivery":{"id":"\#(number)"}}"#.utf8)
            _ = await receiver.receive(WebhookRequest(headers: try signed(secret, body), body: body))
        }
        #expect(
            service.all == [
                "handled with secret 1, fingerprint \(verifier.fingerprints[1])",
                "handled with secret 0, fingerprint \(verifier.fingerprints[0])", "signature-mismatch",
            ])
        // A sender that signs with both: the first of the receiver's order is named, not of the header's.
        let values = try ["old", "new"].map { try signed($0)[0].value }
        let both = values[0] + "," + values[1].components(separatedBy: ",")[1]
        let proof = try verifier.verify(body: Self.body.span, signatureHeaders: [both], at: Self.now)
        #expect(proof.secretIndex == 0)
    }

    @Test func `judge a request`() throws {
        let judging = Judging(secret: try Secret("right")) { #expect($0.event.kind == .alarmOpened) }
        func answer(_ secret: String, at now: Int) throws -> Int? {
            let request = WebhookRequest(headers: try signed(secret), body: Self.body)
            return try judging.answer(to: request, at: now)?.status
        }
        #expect(try answer("right", at: Self.now) == nil)
        #expect(try answer("wrong", at: Self.now) == 401)
        #expect(try answer("right", at: Self.now + 301) == 429)
    }

    @Test func `choose answers and a tolerance`() throws {
        let configuring = Configuring(service: Service())
        let policy = configuring.policy()
        #expect(policy.staleness == .reject && policy.headerDisagreement == .reject)
        #expect(policy.inFlight == .acknowledgeUnfinished)
        #expect(policy.answerWithinSeconds < ResponsePolicy.standard.answerWithinSeconds)
        let tolerance = try configuring.longTolerance(Secret("secret")).tolerance
        #expect(tolerance.accepts(ageSeconds: LedgerRetention.retryHorizonSeconds))
        #expect(tolerance.seconds < LedgerRetention.standard.seconds)
    }

    @Test func `open a ledger in a folder`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let ledger = try Configuring(service: Service()).inSQLite(folder.path)
        let key = DeliveryKey(of: "wh_1")
        guard case .fresh(let ticket) = try await ledger.claim(key, leaseSeconds: 60) else {
            Issue.record("The ledger is not empty.")
            return
        }
        try await ledger.commit(ticket)
        #expect(try await ledger.claim(key, leaseSeconds: 60) == .done)
        ledger.close()
    }

    @Test func `look before an incident is created again`() {
        let contract = AdapterContract(
            LookingFirst.type, settings: [:],
            answer: { request in
                let body = request.method == .get ? "[]" : #"{"id":"i-1"}"#
                return VendorResponse(status: 200, body: Array(body.utf8))
            })
        #expect(contract.violations(of: [.settings, .traits, .statuses, .keptTexts, .crashes]) == [])
    }

    @Test func `say what is wrong`() throws {
        let service = Service()
        try Diagnosing(service: service).diagnose(
            signed("secret"), Self.body, Secret("secret\n"), Self.now)
        #expect(service.all.count == 1)
        #expect(service.all[0].hasPrefix("secret-white-space: "))
    }

    @Test func `of the README and the comments work`() async throws {
        let service = Service()
        let readme = Readme(service: service)
        let headers = try signed("a long random string")
        #expect(
            try await readme.receive("POST", headers.map { ($0.name, $0.value) }, Self.body).status == 200)
        #expect(try await readme.receiveAsCommented(headers, Self.body).status == 200)
        #expect(service.all == ["paged alarm_opened", "paged alarm_opened"])
        let (proof, id) = try readme.verify(headers.map(\.value), Self.body, Self.now)
        #expect((proof.secretIndex, id) == (0, "wh_1"))
        #expect(throws: VerificationError.headerMalformed(.timestampNotDigits, column: 1)) {
            try readme.verifyAsCommented(Self.body, Self.now)
        }
    }
}
