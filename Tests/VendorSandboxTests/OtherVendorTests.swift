import Testing
import VendorSandbox

/// An emulator of a vendor that is not ours: opens an incident for each request.
private struct PagerPigeon: VendorEmulator {
    var vendor: SandboxVendor { SandboxVendor(rawValue: "pigeon") }
    var title: String { "Pager Pigeon" }
    var adapterSettings: [String: String] { [:] }
    var incidents: [SandboxIncident] = []
    var log: [SandboxLogEntry] = []

    func takes(path: String) -> Bool { path.hasPrefix("/pigeon") }

    mutating func respond(to request: SandboxRequest, at now: Double) -> SandboxResponse {
        let number = incidents.count + 1
        incidents.append(
            SandboxIncident(
                vendor: vendor, id: "PP-\(number)", key: "k\(number)", summary: request.path,
                severity: "loud",
                source: "loft", openedAt: now))
        log.append(SandboxLogEntry(at: now, vendor: vendor, outcome: .accepted, text: "sent a pigeon"))
        return SandboxResponse(status: 204)
    }
}

@Suite struct `An emulator of another vendor` {
    private var emulators = VendorEmulators([PagerDutyEmulator(), PagerPigeon()])
    private var seed = Seed(state: 1)

    private mutating func answer(_ method: String, _ target: String, _ body: String = "") -> SandboxResponse?
    {
        let request = SandboxRequest(method: method, target: target, body: Array(body.utf8))
        guard case .respond(let response, _) = emulators.respond(to: request, at: 1, using: &seed) else {
            return nil
        }
        return response
    }

    @Test mutating func `gets the requests whose path it takes, and shows beside the others`() {
        #expect(answer("POST", "/pigeon/1")?.status == 204)
        #expect(answer("POST", "/v2/enqueue", "{}")?.status == 400)
        #expect(answer("POST", "/pigeo")?.status == 404)
        #expect(emulators.snapshot(at: 2).incidents.map(\.id) == ["PP-1"])
        let page = String(decoding: answer("GET", "/incidents")?.body ?? [], as: UTF8.self)
        #expect(page.contains(#""vendors":{"pagerduty":"PagerDuty","pigeon":"Pager Pigeon"}"#), "\(page)")
        #expect(answer("POST", "/reset")?.status == 200)
        #expect(emulators.snapshot(at: 2).incidents.isEmpty)
    }

    static let faults: [(vendor: String, status: Int)] = [
        ("pigeon", 200), ("pagerduty", 200), ("*", 200), ("opsgenie", 400), ("Pigeon", 400), ("", 400),
    ]

    @Test(arguments: faults) mutating func `can be ordered to fail by its name, and no absent one can`(
        _ row: (vendor: String, status: Int)
    ) {
        let order =
            #"{"vendor":"\#(row.vendor)","kind":"status","status":503,"retryAfterSeconds":7,"nextRequests":1}"#
        let ordered = answer("POST", "/faults", order)
        #expect(ordered?.status == row.status)
        let isHit = ["pigeon", "*"].contains(row.vendor)
        let sent = answer("POST", "/pigeon")
        #expect(sent?.status == (isHit ? 503 : 204))
        #expect((sent?.headers.map(\.value) ?? []) == (isHit ? ["7"] : []))
        let said = String(decoding: ordered?.body ?? [], as: UTF8.self)
        #expect(said.contains("vendor is pagerduty, pigeon or *") == (row.status == 400), "\(said)")
    }
}
