import Foundation
import Hummingbird
import OpenSenseWebhooks

/// Receives deliveries at one path, before any route of the application sees them.
struct WebhookMiddleware<Context: RequestContext>: RouterMiddleware {
    let path: String
    let receiver: WebhookReceiver

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard request.uri.path == path else { return try await next(request, context) }
        // The raw bytes: nothing may decode the body before its signature holds. More than 1 MiB is answered 413.
        let body = try await request.body.collect(upTo: 1 << 20)
        let answer = await receiver.receive(
            WebhookRequest(
                method: request.method.rawValue, headers: request.headers, body: Array(buffer: body)
            ) { ($0.name.rawName, $0.value) })
        var headers: HTTPFields = [.contentType: "application/json"]
        headers[.retryAfter] = answer.retryAfterSeconds.map(String.init)
        headers[.allow] = answer.allow
        return Response(
            status: HTTPResponse.Status(code: answer.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
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
        let router = Router()
        router.add(middleware: WebhookMiddleware(path: "/opensense", receiver: receiver))
        router.get("/health") { _, _ in HTTPResponse.Status.ok }
        let application = Application(
            router: router,
            configuration: .init(
                address: .hostname("127.0.0.1", port: Int(environment["PORT"] ?? "8080") ?? 8080)),
            onServerRunning: { log("listening on \($0.localAddress?.port ?? 0)") })
        try await application.runService()
        await receiver.stop()
    }
}

/// Writes a line at once.
func log(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
