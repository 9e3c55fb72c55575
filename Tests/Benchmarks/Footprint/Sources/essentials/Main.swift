internal import Glibc
internal import OpenSenseWebhooks

/// A program that links the library alone: what it weighs, and what a delivery allocates in it.
@main
enum Main {
    private static let (warmUp, measured) = (1_000, 10_000)
    private static let now = 1_779_005_401

    static func main() async throws {
        let secret = try Secret("a long random string")
        let verifier = try WebhookVerifier(secrets: [secret])
        let signer = try WebhookSigner(secret: secret)
        let signed = try (0..<warmUp + measured).map { number in
            let body = body("wh_\(number)")
            let header = try signer.signatureHeader(body: body.span, timestamp: now)
            return WebhookRequest(headers: [OpenSenseHeader.signature: header], body: body)
        }
        var fields = 0
        try report("verified", signed) { request in
            let proof = try verifier.verify(
                body: request.body.span, signatureHeaders: request.signatureHeaders, at: now)
            fields += proof.secretIndex
        }
        try report("verified and read", signed) { request in
            _ = try verifier.verify(
                body: request.body.span, signatureHeaders: request.signatureHeaders, at: now)
            let event = try Delivery(body: request.body).event
            fields += (event.id?.utf8.count ?? 0) + (event.siteID?.utf8.count ?? 0)
        }
        let ledger = try InMemoryDeliveryLedger()
        let clock = ReceiverClock(unixSeconds: { now }, sleep: { try await Task.sleep(for: $0) })
        let receiver = WebhookReceiver(verifier: verifier, ledger: ledger, clock: clock) { _ in
        } unreadable: { _ in
        }
        for request in signed.prefix(warmUp) { _ = await receiver.receive(request) }
        let before = Allocations.present
        for request in signed.dropFirst(warmUp) { fields += await receiver.receive(request).status }
        show("received: verified, read, claimed in memory, handled and answered", before)
        print("(\(fields))")
    }

    private static func report(
        _ what: String, _ requests: [WebhookRequest], _ step: (WebhookRequest) throws -> Void
    ) throws {
        for request in requests.prefix(warmUp) { try step(request) }
        let before = Allocations.present
        for request in requests.dropFirst(warmUp) { try step(request) }
        show(what, before)
    }

    private static func show(_ what: String, _ before: Allocations?) {
        guard let before, let after = Allocations.present else { return }
        let count = Double(after.count - before.count) / Double(measured)
        let bytes = (after.bytes - before.bytes) / UInt64(measured)
        print("\(what): \((count * 10).rounded() / 10) allocations, \(bytes) bytes")
    }

    private static func body(_ id: String) -> [UInt8] {
        Array(
            """
            {"event":{"kind":"alarm_opened","id":"evt_\(id)","site_id":"site_4f3c","device_id":"dev_b1d2",\
            "channel_id":"chn_a1b2","opened_at":"2026-05-17T08:10:00Z","severity":"critical","value":-11.5,\
            "threshold":-15.0,"unit":"°C"},"delivery":{"id":"\(id)","attempt":1}}
            """.utf8)
    }
}

/// What the process has allocated, where `allocations.c` is preloaded.
struct Allocations {
    let count: UInt64
    let bytes: UInt64

    static var present: Allocations? {
        guard let count = number("allocations_count"), let bytes = number("allocations_bytes") else {
            return nil
        }
        return Allocations(count: count, bytes: bytes)
    }

    private static func number(_ name: String) -> UInt64? {
        guard let symbol = unsafe dlsym(nil, name) else { return nil }
        return unsafe unsafeBitCast(symbol, to: (@convention(c) () -> UInt64).self)()
    }
}
