import FlyingFox
import FlyingSocks
import Foundation
import OpenSenseWebhooks

/// Receives deliveries; add it to a server with `appendRoute("/opensense", to:)`.
struct WebhookHandler: HTTPHandler {
    let receiver: WebhookReceiver

    func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
        let began = ContinuousClock.now
        // The raw bytes: nothing may decode the body before its signature holds. FlyingFox sets no limit,
        // and a length is only what a sender says: one byte too many is read, and the receiver refuses it.
        var body: [UInt8] = []
        for try await bytes in request.bodySequence {
            body += bytes
            if body.count > ResponsePolicy.standard.bodyBytesMax { break }
        }
        var webhook = WebhookRequest(
            method: request.method.rawValue, headers: request.headers, body: body
        ) { ($0.key.rawValue, $0.value) }
        webhook.beganAt = began
        let answer = await receiver.receive(webhook)
        var headers = HTTPHeaders()
        for (name, value) in answer.headers { headers[HTTPHeader(name)] = value }
        return HTTPResponse(
            statusCode: HTTPStatusCode(answer.status, phrase: ""), headers: headers, body: Data(answer.body))
    }
}

/// Listens on loopback for a proxy, and for nothing else.
///
/// FlyingFox 0.27 bounds neither connections nor a head's bytes nor the time that a request takes to come,
/// and keeps the last of several header fields of one name. A proxy in front bounds them, and passes on whole
/// requests alone, each on its own connection.
@main
struct Main {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let secret = try Secret(environment["OPENSENSE_SECRET"] ?? "")
        let receiver = WebhookReceiver(
            verifier: try WebhookVerifier(secrets: [secret]), ledger: try InMemoryDeliveryLedger(),
            report: { log("event \($0.code)") }
        ) { received in
            // Store it, or pass it on to a service that does; returning tells OpenSense that it is safe.
            log("delivery \(received.delivery.event.kind.name) \(received.delivery.id ?? "-")")
        } unreadable: { received in
            log("unreadable \(received.reason.code) of \(received.body.count) bytes")
        }
        signal(SIGTERM, SIG_IGN)
        let term = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
        term.setEventHandler { Task { exit(await receiver.stop(within: .seconds(10)) ? 0 : 1) } }
        term.resume()
        var port = UInt16(environment["PORT"] ?? "8080") ?? 8080
        while true {
            // Not the pool of epoll, which keeps a descriptor of each server that has ended.
            let server = HTTPServer(
                address: try .inet(ip4: "127.0.0.1", port: port), timeout: 10, pool: .poll(),
                logger: .disabled)
            await server.appendRoute("/opensense", to: WebhookHandler(receiver: receiver))
            async let ended: Void = server.run()
            try await server.waitUntilListening()
            if case .ip4(_, let own) = await server.listeningAddress { port = own }
            log("listening on \(port)")
            // FlyingFox ends when descriptors run out, and closes all it has; senders try again.
            do { try await ended } catch { log("listening ended: \(error)") }
        }
    }
}

/// Writes a line at once.
func log(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
