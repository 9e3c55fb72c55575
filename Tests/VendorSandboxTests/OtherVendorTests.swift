import RelayCore
import Testing
import VendorSandbox

@Suite struct `An emulator among others` {
    private var emulators = VendorEmulators([Pigeon(), Drum()])
    private var seed = SeededRandom(seed: 1)

    private mutating func answer(_ method: String, _ target: String, _ body: String = "") -> SandboxResponse?
    {
        let request = SandboxRequest(method: method, target: target, body: Array(body.utf8))
        guard case .respond(let response, _) = emulators.respond(to: request, at: 1, using: &seed) else {
            return nil
        }
        return response
    }

    @Test mutating func `gets the requests whose path it takes, and shows beside the others`() {
        #expect(answer("POST", "/drum/1")?.status == 204)
        #expect(answer("POST", "/pigeon", "{}")?.status == 400)
        #expect(answer("POST", "/dru")?.status == 404)
        #expect(emulators.snapshot(at: 2).incidents.map(\.id) == ["DR-1"])
        let page = String(decoding: answer("GET", "/incidents")?.body ?? [], as: UTF8.self)
        #expect(page.contains(#""vendors":{"drum":"Pager Drum","pigeon":"Pager Pigeon"}"#), "\(page)")
        #expect(answer("POST", "/reset")?.status == 200)
        #expect(emulators.snapshot(at: 2).incidents.isEmpty)
    }

    static let faults: [(vendor: String, status: Int)] = [
        ("drum", 200), ("pigeon", 200), ("*", 200), ("trumpet", 400), ("Drum", 400), ("", 400),
    ]

    @Test(arguments: faults) mutating func `can be ordered to fail by its name, and no absent one can`(
        _ row: (vendor: String, status: Int)
    ) {
        let order =
            #"{"vendor":"\#(row.vendor)","kind":"status","status":503,"retryAfterSeconds":7,"nextRequests":1}"#
        let ordered = answer("POST", "/faults", order)
        #expect(ordered?.status == row.status)
        let isHit = ["drum", "*"].contains(row.vendor)
        let sent = answer("POST", "/drum")
        #expect(sent?.status == (isHit ? 503 : 204))
        #expect((sent?.headers.map(\.value) ?? []) == (isHit ? ["7"] : []))
        let said = String(decoding: ordered?.body ?? [], as: UTF8.self)
        #expect(said.contains("vendor is pigeon, drum or *") == (row.status == 400), "\(said)")
    }
}
