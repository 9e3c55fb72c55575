import Foundation
import RelayCore
import Testing
import VendorSandbox

@Suite struct `Vendor emulators` {
    private var emulators = VendorEmulators([Pigeon(), Drum()])
    private var seed = SeededRandom(seed: 1)

    @Test mutating func `a path leads to its vendor and everything shows in one place`() throws {
        #expect(status(pigeon()) == 202)
        #expect(status(drum()) == 204)
        let snapshot = emulators.snapshot(at: 2)
        #expect(snapshot.incidents.map(\.vendor) == ["pigeon", "drum"])
        #expect(snapshot.pages == 2)
        #expect(snapshot.open == 2)
        let shown = try answer(get("/incidents"))
        #expect((shown.object["incidents"] as? [Any])?.count == 2)
        #expect(shown.object["totals"] as? [String: Int] == ["incidents": 2, "open": 2, "pages": 2])
        let newest = try answer(get("/incidents?last=1"))
        #expect((newest.object["incidents"] as? [Any])?.count == 1)
        let decoded = try JSONDecoder().decode(VendorSnapshot.self, from: Data(shown.body))
        #expect(decoded.incidents == snapshot.incidents)
    }

    @Test mutating func `an unknown path is 404 and a wrong method 405`() {
        #expect(status(get("/pigeons")) == 404)
        #expect(status(get("/dru")) == 404)
        #expect(status(SandboxRequest(method: "PUT", target: "/faults")) == 405)
    }

    @Test mutating func `requests are listed with their answers and without secrets and header`() throws {
        _ = status(pigeon())
        _ = status(drum("/a?loud=yes"))
        #expect(emulators.exchanges.map(\.status) == [202, 204])
        #expect(
            emulators.exchanges.map(\.target) == ["/pigeon", "/drum/a?loud=yes"])
        let text = String(decoding: try answer(get("/requests")).body, as: UTF8.self)
        #expect(text.contains("Too warm"))
        #expect(text.contains("••••"))
        #expect(!text.contains("some-token"))
        #expect(!text.contains("some-password"))
    }

    @Test(arguments: [
        #"{"token" : "secret-1"}"#, #"{"token":"secret-1"#, #""token":"#, "\"tok",
        #"{"token":"secret-1","ring":"secret-2","more":[{"token":"secret-3"}]}"#,
    ])
    mutating func `a secret is hidden wherever it stands, also in what is no JSON`(_ body: String) throws {
        _ = status(SandboxRequest(method: "POST", target: "/pigeon", body: Array(body.utf8)))
        #expect(emulators.exchanges.count == 1)
        #expect(emulators.exchanges.allSatisfy { !$0.body.contains("secret") })
    }

    @Test mutating func `a status fault hits the next requests of its vendor and nothing is ingested`() throws
    {
        let fault =
            #"{"vendor":"pigeon","kind":"status","status":429,"retryAfterSeconds":7,"nextRequests":2}"#
        #expect(status(post(fault)) == 200)
        #expect(status(drum()) == 204)
        let throttled = try answer(pigeon())
        #expect(throttled.status == 429)
        #expect(throttled.headers == [.init("Retry-After", "7")])
        #expect(status(pigeon()) == 429)
        #expect(emulators.snapshot(at: 1).incidents.map(\.vendor) == ["drum"])
        #expect(status(pigeon()) == 202)
        #expect(emulators.exchanges.map(\.status) == [204, 429, 429, 202])
    }

    @Test mutating func `a dropped connection has no answer, and after processing only the answer is lost`() {
        emulators.inject(SandboxFault(kind: .drop, nextRequests: 1))
        emulators.inject(SandboxFault(kind: .drop, nextRequests: 1, afterProcessing: true))
        #expect(reply(pigeon()) == .drop(afterSeconds: 0))
        #expect(emulators.snapshot(at: 1).incidents.isEmpty)
        #expect(reply(pigeon()) == .drop(afterSeconds: 0))
        #expect(emulators.snapshot(at: 1).incidents.count == 1)
        #expect(emulators.exchanges.map(\.status) == [nil, nil])
    }

    @Test mutating func `delays add up and the answer stays`() {
        emulators.inject(SandboxFault(kind: .latency, latencyMilliseconds: 500))
        emulators.inject(SandboxFault(vendor: "drum", kind: .latency, latencyMilliseconds: 250))
        guard case .respond(let first, 0.5) = reply(pigeon()) else {
            Issue.record("The pigeon is half a second late.")
            return
        }
        #expect(first.status == 202)
        guard case .respond(_, 0.75) = reply(drum()) else {
            Issue.record("The drum is three quarters of a second late.")
            return
        }
        #expect(status(SandboxRequest(method: "DELETE", target: "/faults")) == 200)
        guard case .respond(_, 0) = reply(pigeon()) else {
            Issue.record("Without faults nothing is late.")
            return
        }
    }

    @Test mutating func `a share hits about that many and the same seed hits the same`() {
        func hits(_ seed: UInt64) -> [Int?] {
            var emulators = VendorEmulators([Pigeon()])
            var generator = SeededRandom(seed: seed)
            emulators.inject(SandboxFault(kind: .status, status: 503, share: 0.1))
            for _ in 1...400 { _ = emulators.respond(to: pigeon(), at: 1, using: &generator) }
            return emulators.exchanges.map(\.status)
        }
        #expect((20...60).contains(hits(7).count { $0 == 503 }))
        #expect(hits(7) == hits(7))
        #expect(hits(7) != hits(8))
    }

    @Test(arguments: [
        "", "{}", #"{"vendor":"x","kind":"drop"}"#, #"{"vendor":"*","kind":"status"}"#,
        #"{"vendor":"*","kind":"status","status":200}"#, #"{"vendor":"*","kind":"latency"}"#,
        #"{"vendor":"*","kind":"latency","latencyMilliseconds":60001}"#,
        #"{"vendor":"*","kind":"drop","nextRequests":0}"#, #"{"vendor":"*","kind":"drop","share":1.1}"#,
        #"{"vendor":"*","kind":"status","status":429,"retryAfterSeconds":-1}"#,
    ]) mutating func `a fault that makes no sense is refused`(_ body: String) {
        #expect(status(post(body)) == 400)
        #expect(status(pigeon()) == 202)
    }

    @Test mutating func `a reset forgets everything but how it was set up`() {
        emulators = VendorEmulators([Pigeon(requestsMax: 1)])
        emulators.inject(SandboxFault(kind: .drop, nextRequests: 1))
        #expect(status(pigeon()) == nil)
        #expect(status(SandboxRequest(method: "POST", target: "/reset")) == 200)
        #expect(emulators.exchanges.isEmpty)
        #expect(status(pigeon()) == 202)
        #expect(status(pigeon()) == 429)
    }

    @Test mutating func `requests kept are bounded`() {
        for _ in 1...1_600 { _ = status(pigeon()) }
        #expect(emulators.exchanges.count == 500)
    }

    @Test mutating func `the page fetches nothing from elsewhere and writes no markup from texts`() throws {
        let page = try answer(get("/"))
        let text = String(decoding: page.body, as: UTF8.self)
        #expect(page.headers.contains(.init("Content-Type", "text/html; charset=utf-8")))
        #expect(
            page.headers.contains {
                $0.name == "Content-Security-Policy" && $0.value.contains("default-src 'none'")
            })
        #expect(text.hasPrefix("<!doctype html>"))
        #expect(text.contains("<html lang=\"en\">"))
        #expect(!text.contains("http://") && !text.contains("https://") && !text.contains("innerHTML"))
    }

    private mutating func reply(_ request: SandboxRequest) -> SandboxReply {
        emulators.respond(to: request, at: 1, using: &seed)
    }

    /// The status, or nil when the connection was dropped.
    private mutating func status(_ request: SandboxRequest) -> Int? {
        guard case .respond(let response, _) = reply(request) else { return nil }
        return response.status
    }

    private mutating func answer(_ request: SandboxRequest) throws -> SandboxResponse {
        guard case .respond(let response, _) = reply(request) else { throw Dropped() }
        return response
    }

    private func get(_ target: String) -> SandboxRequest { SandboxRequest(method: "GET", target: target) }

    private func post(_ fault: String) -> SandboxRequest {
        SandboxRequest(method: "POST", target: "/faults", body: Array(fault.utf8))
    }

    private struct Dropped: Error {}
}
