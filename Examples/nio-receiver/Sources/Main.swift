import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import OpenSenseWebhooks

typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>
typealias Parts = NIOAsyncChannelInboundStream<HTTPServerRequestPart>.AsyncIterator
typealias Responder = NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>

/// Receives deliveries at `/opensense`, one request after another on a connection.
struct Receiving {
    /// One byte more than the receiver takes, so that it sees what is too long and says so.
    static let bodyBytesMax = ResponsePolicy.standard.bodyBytesMax + 1
    /// From one answer to the next: silent senders, slow ones and those that do not read end here.
    static let patience = TimeAmount.seconds(10)
    let receiver: WebhookReceiver

    func serve(_ connection: Connection) async throws {
        var deadline = close(connection.channel, in: Self.patience)
        defer { deadline.cancel() }
        try await connection.executeThenClose { parts, responder in
            var parts = parts.makeAsyncIterator()
            while let (head, request) = try await read(&parts) {
                let isLast = !head.isKeepAlive || request.body.count >= Self.bodyBytesMax
                try await respond(await answer(head, request), version: head.version, isLast, responder)
                if isLast { break }
                deadline.cancel()
                deadline = close(connection.channel, in: Self.patience)
            }
            // What is still on its way would have the kernel take the answer back: it is read, and dropped.
            responder.finish()
            while try await parts.next() != nil {}
        }
    }

    private func close(_ channel: any Channel, in patience: TimeAmount) -> Scheduled<Void> {
        channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
    }

    // MARK: Reading

    /// The next request, or nil when the sender has closed.
    ///
    /// A body is read no further than it takes to refuse it.
    private func read(_ parts: inout Parts) async throws -> (HTTPRequestHead, WebhookRequest)? {
        guard case .head(let head) = try await parts.next() else { return nil }
        let began = ContinuousClock.now
        // The raw bytes: nothing may decode the body before its signature holds.
        var body: [UInt8] = []
        reading: while body.count < Self.bodyBytesMax {
            switch try await parts.next() {
            case .body(let bytes): body += bytes.readableBytesView
            case .end: break reading
            case .head, nil: return nil
            }
        }
        var request = WebhookRequest(method: head.method.rawValue, headers: head.headers, body: body)
        request.beganAt = began
        return (head, request)
    }

    // MARK: Answering

    private func answer(_ head: HTTPRequestHead, _ request: WebhookRequest) async -> WebhookResponse {
        // A proxy may add a query.
        guard head.uri.prefix(while: { $0 != "?" }) == "/opensense" else {
            return WebhookResponse(status: 404, code: "not-found", message: "Nothing is received here.")
        }
        return await receiver.receive(request)
    }

    private func respond(
        _ answer: WebhookResponse, version: HTTPVersion, _ isLast: Bool, _ responder: Responder
    ) async throws {
        let body = answer.body
        var headers = HTTPHeaders(answer.headers.map { ($0.name, $0.value) })
        headers.add(name: "Content-Length", value: "\(body.count)")
        if isLast { headers.add(name: "Connection", value: "close") }
        let status = HTTPResponseStatus(statusCode: answer.status)
        try await responder.write(
            contentsOf: [
                .head(HTTPResponseHead(version: version, status: status, headers: headers)),
                .body(.byteBuffer(ByteBuffer(bytes: body))), .end(nil),
            ])
    }
}

@main
struct Main {
    /// Connections that are read at once; others wait in the kernel's queue.
    static let connectionsMax = 256

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
        // The first wait makes a timer of the kernel's, which has to be there before descriptors run out.
        try await Task.sleep(for: .milliseconds(1))
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: Int(environment["PORT"] ?? "8080") ?? 8080) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    return try Connection(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        signal(SIGTERM, SIG_IGN)
        let term = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
        term.setEventHandler { server.channel.close(promise: nil) }
        term.resume()
        log("listening on \(server.channel.localAddress?.port ?? 0)")
        try await withThrowingTaskGroup(of: Void.self) { group in
            try await server.executeThenClose { connections in
                var count = 0
                for try await connection in connections {
                    if count < connectionsMax { count += 1 } else { try await group.next() }
                    // A connection that breaks is that sender's business; it tries again.
                    group.addTask { try? await Receiving(receiver: receiver).serve(connection) }
                }
            }
        }
        exit(await receiver.stop(within: .seconds(10)) ? 0 : 1)
    }
}

/// Writes a line at once.
func log(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
