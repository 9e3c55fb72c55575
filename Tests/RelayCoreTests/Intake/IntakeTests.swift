import OpenSenseWebhooks
import RelayCore
import Testing

@Suite struct `An intake` {
    static let alarm =
        #"{"event":{"kind":"alarm_opened","site_id":"s","device_id":"d"},"delivery":{"id":"wh_1"}}"#
    let stranger = try? Secret("a secret of somebody else")

    /// What is decided, in a few words.
    func words(_ decision: Intake.Decision) -> String {
        let codes = decision.events.map { " \($0.code.rawValue)" }.joined()
        switch decision.next {
        case .answer(let answer): return "\(answer.status) \(answer.code)" + codes
        case .submit(.accept(let acceptance)): return "accept \(acceptance.deliveryID)" + codes
        case .submit(.quarantine(let capture)): return "quarantine \(capture.path)" + codes
        case .submit(.probe): return "probe" + codes
        case .submit: return "something else" + codes
        }
    }

    @Test(arguments: [
        ("POST", "/opensense", nil), ("GET", "/opensense", "405 method-not-allowed"),
        ("post", "/opensense", "405 method-not-allowed"), ("POST", "/other", "404 not-found"),
        ("GET", "/healthz", nil), ("HEAD", "/readyz", nil), ("POST", "/readyz", "405 method-not-allowed"),
    ]) func `refuses by the head what nothing can come of`(
        _ method: String, _ path: String, _ expected: String?
    ) throws {
        let refusal = try IntakeWorld().intake.refusal(method: method, path: path)
        #expect(refusal.map { "\($0.status) \($0.code)" } == expected)
    }

    @Test func `accepts what is authentic`() throws {
        let world = try IntakeWorld()
        #expect(words(world.decide(try world.request(Self.alarm))) == "accept wh_1")
        #expect(
            words(world.decide(try world.request(Self.alarm, headers: [(OpenSenseHeader.timestamp, "7")])))
                == "accept wh_1 header.disagrees")
        #expect(
            words(world.decide(try world.request(#"{"event":{"kind":"alarm_opened"}}"#)))
                .hasSuffix("incident.unmatchable"))
        #expect(words(world.decide(try world.request("{"))).hasPrefix("accept mac:"))
    }

    @Test func `refuses what is too late, keeps what a stranger signed, and looks at the store when asked`()
        throws
    {
        let world = try IntakeWorld(headers: .reject)
        let request = try world.request(Self.alarm)
        #expect(
            words(world.decide(request, at: IntakeWorld.signedAt + 301))
                == "429 timestamp-outside-tolerance delivery.refused")
        #expect(
            words(world.decide(try world.request(Self.alarm, signer: stranger)))
                == "quarantine /opensense delivery.refused")
        let junk = try world.request(Self.alarm, signer: stranger)
        for late in [301, -301] {
            #expect(
                words(world.decide(junk, at: IntakeWorld.signedAt + late))
                    == "429 not-kept delivery.refused",
                "no corrected secret would take it")
        }
        #expect(
            words(world.decide(try world.request(Self.alarm, headers: [(OpenSenseHeader.deliveryID, "x")])))
                == "401 header-disagrees header.disagrees")
        #expect(words(world.decide(try world.request(Self.alarm, path: "/healthz"))) == "200 ok")
        #expect(words(world.decide(try world.request(Self.alarm, path: "/readyz"))) == "probe")
    }

    @Test func `keeps of a stranger's request what a later check needs`() throws {
        let world = try IntakeWorld()
        let request = try world.request(
            Self.alarm, headers: [(OpenSenseHeader.deliveryID, "wh_1"), ("Cookie", "c")], signer: stranger)
        guard case .submit(.quarantine(let capture)) = world.decide(request).next else {
            Issue.record("it is not kept")
            return
        }
        #expect(capture.receivedAt == WallTime(unixSeconds: IntakeWorld.signedAt))
        #expect(capture.body == Array(Self.alarm.utf8))
        let lines = capture.header.split(separator: "\n").map(String.init)
        #expect(lines.count == 2 && lines[0].hasPrefix("X-OpenSense-Signature: t="))
        #expect(lines.last == "X-OpenSense-Delivery-Id: wh_1")
    }

    // MARK: Concluding

    func conclude(
        _ operation: JournalOperation, _ result: Result<JournalResult, StoreError>, random: UInt64 = 0
    ) -> String {
        let conclusion = Intake.conclude(operation, from: IntakeWorld.origin, result, random: random)
        return "\(conclusion.answer.status) \(conclusion.answer.code)"
            + (conclusion.answer.retryAfterSeconds.map { " after \($0)" } ?? "")
            + conclusion.events.map { " \($0.code.rawValue)" }.joined()
            + (conclusion.due.isEmpty ? "" : " due \(conclusion.due)")
    }

    @Test func `answers an acceptance by what the journal made of it`() throws {
        let acceptance = try #require(try IntakeWorld().acceptance(Self.alarm))
        func said(_ outcome: AcceptanceOutcome) -> String {
            conclude(.accept(acceptance), .success(.accepted(outcome)))
        }
        #expect(
            said(.accepted(sequence: 1, verdict: .planned, due: ["a"]))
                == "200 accepted delivery.accepted due [\"a\"]")
        #expect(
            said(.accepted(sequence: 1, verdict: .deadLetter, reason: "no-json", due: []))
                == "200 not-understood delivery.accepted")
        #expect(said(.duplicate(sequence: 1)) == "200 duplicate delivery.duplicate")
        var odd = acceptance
        odd.oddities = ["plus-sign"]
        #expect(
            conclude(
                .accept(odd), .success(.accepted(.accepted(sequence: 1, verdict: .planned, due: []))))
                == "200 accepted delivery.accepted delivery.odd")
    }

    @Test func `asks the sender to come again when the journal fails, and spreads what is too much`() throws {
        let acceptance = try #require(try IntakeWorld().acceptance(Self.alarm))
        let (full, overloaded) = (StoreError(.full, "full"), StoreError(.overloaded, "too much"))
        #expect(conclude(.accept(acceptance), .failure(full), random: 4) == "429 store-unavailable after 5")
        #expect(conclude(.accept(acceptance), .failure(overloaded), random: 0) == "429 overloaded after 1")
        #expect(conclude(.accept(acceptance), .failure(overloaded), random: 29) == "429 overloaded after 30")
        #expect(conclude(.accept(acceptance), .failure(overloaded), random: 30) == "429 overloaded after 1")
        #expect(conclude(.probe(now: 0), .failure(full)) == "503 store-unavailable after 5")
        #expect(conclude(.probe(now: 0), .success(.done)) == "200 ready")
    }

    @Test func `refuses a stranger whose request was kept, and asks one to come again whose was not`() {
        let capture = QuarantinedRequest(
            receivedAt: 0, path: "/opensense", code: "signature-mismatch", header: "", body: [])
        #expect(
            conclude(.quarantine(capture), .success(.quarantined(.kept)))
                == "401 unauthenticated delivery.quarantined")
        #expect(
            conclude(.quarantine(capture), .success(.quarantined(.dropped)), random: 60)
                == "429 not-kept after 60 quarantine.full")
        #expect(
            conclude(.quarantine(capture), .failure(StoreError(.full, "full")), random: 0)
                == "429 store-unavailable after 1")
    }
}
