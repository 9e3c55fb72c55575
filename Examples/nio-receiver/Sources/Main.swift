import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import OpenSenseWebhooks

typealias RequestStream = NIOAsyncChannelInboundStream<HTTPServerRequestPart>
typealias Responder = NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

/// Receives deliveries at `/opensense` on one connection after another request; more than 1 MiB is read but not kept.
struct Receiving {
    static let bodyBytesMax = 1 << 20
    let receiver: WebhookReceiver

    func serve(_ connection: Connection) async throws {
        try await connection.executeThenClose { requests, responder in
            var head: HTTPRequestHead?
            var body: [UInt8] = []
            for try await part in requests {
                switch part {
                case .head(let received): (head, body) = (received, [])
                // The raw bytes: nothing may decode the body before its signature holds.
                case .body(let bytes) where body.count <= Self.bodyBytesMax: body += bytes.readableBytesView
                case .body: break
                case .end:
                    guard let head else { continue }
                    try await respond(await answer(head, body), to: head, responder)
                    if !head.isKeepAlive { return }
                }
            }
        }
    }

    private func answer(_ head: HTTPRequestHead, _ body: [UInt8]) async -> WebhookResponse {
        guard head.uri == "/opensense" else {
            return WebhookResponse(status: 404, code: "not-found", message: "Nothing is received here.")
        }
        return await receiver.receive(
            WebhookRequest(method: head.method.rawValue, headers: head.headers, body: body))
    }

    private func respond(
        _ answer: WebhookResponse, to head: HTTPRequestHead, _ responder: Responder
    ) async throws {
        let body = answer.body
        var headers = HTTPHeaders(answer.headers.map { ($0.name, $0.value) })
        headers.add(name: "Content-Length", value: "\(body.count)")
        let status = HTTPResponseStatus(statusCode: answer.status)
        try await responder.write(
            .head(HTTPResponseHead(version: head.version, status: status, headers: headers)))
        try await responder.write(.body(.byteBuffer(ByteBuffer(bytes: body))))
        try await responder.write(.end(nil))
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
        let port = Int(environment["PORT"] ?? "8080") ?? 8080
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        log("listening on \(server.channel.localAddress?.port ?? 0)")
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    // A connection that breaks is that sender's business; it tries again.
                    group.addTask { try? await Receiving(receiver: receiver).serve(connection) }
                }
            }
        }
    }
}

/// Writes a line at once.
func log(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
