import FlyingFox
import FlyingSocks
import Foundation
import OpenSenseWebhooks

/// Receives deliveries; add it to a server with `appendRoute("POST /opensense", to:)`.
struct WebhookHandler: HTTPHandler {
    let receiver: WebhookReceiver

    func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
        // The raw bytes: nothing may decode the body before its signature holds. FlyingFox sets no limit,
        // and a length is only what a stranger says: one byte too many is read, and the receiver refuses it.
        var body: [UInt8] = []
        for try await bytes in request.bodySequence {
            body += bytes
            if body.count > ResponsePolicy.standard.bodyBytesMax { break }
        }
        let answer = await receiver.receive(
            WebhookRequest(method: request.method.rawValue, headers: request.headers, body: body) {
                ($0.key.rawValue, $0.value)
            })
        var headers = HTTPHeaders()
        if answer.status == 413 { headers[HTTPHeader("Connection")] = "close" }
        for (name, value) in answer.headers { headers[HTTPHeader(name)] = value }
        return HTTPResponse(
            statusCode: HTTPStatusCode(answer.status, phrase: ""), headers: headers, body: Data(answer.body))
    }
}

@main
struct Main {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let secret = try Secret(environment["OPENSENSE_SECRET"] ?? "")
        let receiver = WebhookReceiver(
            verifier: try WebhookVerifier(secrets: [secret]), ledger: try InMemoryDeliveryLedger(),
            report: { log("event \($0.code)") }
        ) { received in
            // Store it, or pass it on to somebody who does; returning tells OpenSense that it is safe.
            log("delivery \(received.delivery.event.kind.name) \(received.delivery.id ?? "-")")
        } unreadable: { received in
            log("unreadable \(received.reason.code) of \(received.body.count) bytes")
        }
        let port = UInt16(environment["PORT"] ?? "8080") ?? 8080
        let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: port))
        await server.appendRoute("/opensense", to: WebhookHandler(receiver: receiver))
        let running = Task { try await server.run() }
        try await server.waitUntilListening()
        if case .ip4(_, let port) = await server.listeningAddress { log("listening on \(port)") }
        try await running.value
    }
}

/// Writes a line at once.
func log(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
