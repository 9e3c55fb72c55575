import Foundation
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTPTypes
import OpenSenseWebhooks

/// Receives deliveries at one path, before any route of the application sees them.
struct WebhookMiddleware<Context: RequestContext>: RouterMiddleware {
    /// One byte more than the receiver takes, so that it sees what is too long and says so.
    static var bodyBytesMax: Int { ResponsePolicy.standard.bodyBytesMax + 1 }
    let path: String
    let receiver: WebhookReceiver

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard request.uri.path == path else { return try await next(request, context) }
        let began = ContinuousClock.now
        // The raw bytes: nothing may decode the body before its signature holds.
        var body: [UInt8] = []
        for try await bytes in request.body {
            body += bytes.readableBytesView
            if body.count >= Self.bodyBytesMax { break }
        }
        var webhook = WebhookRequest(
            method: request.method.rawValue, headers: request.headers, body: body
        ) { ($0.name.rawName, $0.value) }
        webhook.beganAt = began
        let answer = await receiver.receive(webhook)
        var headers: HTTPFields = [.contentType: "application/json"]
        headers[.retryAfter] = answer.retryAfterSeconds.map(String.init)
        headers[.allow] = answer.allow
        return Response(
            status: HTTPResponse.Status(code: answer.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}

/// Closes a connection on which the next answer takes more than 10 s.
///
/// So end senders that are silent, slow ones and those that do not read.
/// Hummingbird's `idleTimeout` begins anew with each part of a body.
final class Patience: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    private var deadline: Scheduled<Void>?

    func handlerAdded(context: ChannelHandlerContext) { renew(context.channel) }
    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let written = promise ?? context.eventLoop.makePromise()
        if case .end = unwrapOutboundIn(data) {
            let channel = context.channel
            written.futureResult.assumeIsolated().whenSuccess { self.renew(channel) }
        }
        context.write(data, promise: written)
    }

    private func renew(_ channel: any Channel) {
        deadline?.cancel()
        deadline = channel.eventLoop.scheduleTask(in: .seconds(10)) { channel.close(promise: nil) }
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
            // Store it, or pass it on to a service that does; returning tells OpenSense that it is safe.
            log("delivery \(received.delivery.event.kind.name) \(received.delivery.id ?? "-")")
        } unreadable: { received in
            log("unreadable \(received.reason.code) of \(received.body.count) bytes")
        }
        let connectionsMax = try await divideOpenFiles()
        let router = Router()
        router.add(middleware: WebhookMiddleware(path: "/opensense", receiver: receiver))
        router.get("/health") { _, _ in HTTPResponse.Status.ok }
        let application = Application(
            router: router,
            server: .http1(configuration: .init(additionalChannelHandlers: [Patience()])),
            configuration: .init(
                address: .hostname("127.0.0.1", port: Int(environment["PORT"] ?? "8080") ?? 8080),
                // Others wait in the kernel's queue.
                availableConnectionsDelegate: MaximumAvailableConnections(connectionsMax)),
            onServerRunning: { log("listening on \($0.localAddress?.port ?? 0)") })
        // Returns after SIGTERM, when each connection is answered or closed.
        try await application.runService()
        exit(await receiver.stop(within: .seconds(10)) ? 0 : 1)
    }
}

/// Sees to it that descriptors never run out, and says how many connections there may be.
///
/// Dispatch ends the process (SIGILL) when it has none for a timer or to look at its threads, and NIO when it
/// has none for a loop. Dispatch makes a timer for each clock when a wait of that clock begins; NIO takes three
/// descriptors for each loop.
func divideOpenFiles() async throws -> Int {
    // A wait of a millisecond alone may be over before its timer is made, on a machine with much to do.
    let waits = [
        Task { try await Task.sleep(for: .seconds(86_400), clock: .continuous) },
        Task { try await Task.sleep(for: .seconds(86_400), clock: .suspending) },
    ]
    while try openFiles().count(where: { $0.contains("timerfd") }) < waits.count {
        try await Task.sleep(for: .milliseconds(1))
    }
    for wait in waits { wait.cancel() }
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    // 11: the listener, two signals, and eight for what is open for a moment.
    let left = Int(min(limit.rlim_cur, 65_536)) - (try openFiles().count) - 11
    guard left >= 4 else {
        log("The limit on open files is \(limit.rlim_cur): raise it to 30 or more (ulimit -n).")
        exit(69)
    }
    let loops = max(1, min(System.coreCount, left / 12))
    NIOSingletons.groupLoopCountSuggestion = loops
    return min(256, left - 3 * loops)
}

/// What the process has open.
func openFiles() throws -> [String] {
    let folder = "/proc/self/fd"
    return try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
    }
}

/// Writes a line at once.
func log(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
