import HTTPServer
import OpShiftClient
import Synchronization
import Testing

/// The client's own transport, over a socket of this machine.
@Suite struct `The OpShift client on a network` {
    static let secret = String(repeating: "0123456789abcdef", count: 4)

    /// Answers every request with `response`, or never.
    final class Handler: ServerHandler {
        let response: ServerResponse?
        let kept = Mutex<[(request: ServerRequest, reply: ServerReply)]>([])

        init(_ response: ServerResponse?) { self.response = response }

        func admit(_ head: RequestHead) -> ServerResponse? { nil }

        func handle(_ request: ServerRequest, reply: ServerReply) {
            kept.withLock { $0.append((request, reply)) }
            if let response { reply(response) }
        }

        func refusal(_ refusal: ServerRefusal, peer: String, target: String) -> ServerResponse {
            ServerResponse(status: refusal.status)
        }
    }

    static func run(
        _ handler: Handler, timeout: Duration = .seconds(30), _ test: (OpShift) async throws -> Void
    ) async throws {
        // The server is not to answer by itself what is left without an answer.
        var limits = ServerLimits()
        limits.answerSeconds = 3_600
        let server = try HTTPServer.start(host: "127.0.0.1", port: 0, limits: limits, handler: handler)
        let client = try OpShift(
            secret: secret, baseURL: "http://127.0.0.1:\(server.port)", timeout: timeout)
        do { try await test(client) } catch {
            handler.kept.withLock { $0 = [] }
            server.stop(graceSeconds: 0)
            throw error
        }
        handler.kept.withLock { $0 = [] }
        server.stop(graceSeconds: 0)
    }

    @Test func `S5 sends and reads without anything else`() async throws {
        let body = #"{"message":"Ping received","pingStatus":"down"}"#
        let handler = Handler(ServerResponse(status: 200, body: Array(body.utf8)))
        try await Self.run(handler) { client in
            let ping = try await client.ping("a b", status: .down)
            #expect(ping.pingStatus == .down)
            let request = handler.kept.withLock { $0[0].request }
            #expect((request.method, request.path) == ("POST", "/api/ping/a%20b"))
            #expect(request.header("content-type") == "application/json")
        }
    }

    @Test func `S11 no connection is a failure of the network`() async throws {
        let server = try HTTPServer.start(host: "127.0.0.1", port: 0, handler: Handler(nil))
        let port = server.port
        server.stop(graceSeconds: 0)
        let client = try OpShift(secret: Self.secret, baseURL: "http://127.0.0.1:\(port)")
        let error = await #expect(throws: OpShiftError.self) { try await client.ping("a") }
        #expect(error?.statusCode == 0)
        #expect(error?.cause == .network)
    }

    @Test func `S3 S11 an answer that does not come in time is a failure of the network`() async throws {
        try await Self.run(Handler(nil), timeout: .milliseconds(300)) { client in
            let error = await #expect(throws: OpShiftError.self) { try await client.ping("a") }
            #expect(error?.statusCode == 0)
        }
    }

    /// The request would go on for an hour.
    @Test(arguments: [false, true]) func `S13 a task that is cancelled ends its request`(_ isAtOnce: Bool)
        async throws
    {
        let handler = Handler(nil)
        try await Self.run(handler, timeout: .seconds(3_600)) { client in
            let task = Task { try await client.ping("a") }
            while !isAtOnce, handler.kept.withLock({ $0.isEmpty }) { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}
