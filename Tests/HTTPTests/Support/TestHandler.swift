internal import HTTPServer

/// A handler made of closures; by default it admits everything and echoes the body.
struct TestHandler: ServerHandler {
    var admitting: @Sendable (RequestHead) -> ServerResponse? = { _ in nil }
    var handling: @Sendable (ServerRequest, ServerReply) -> Void = { request, reply in
        reply(ServerResponse(status: 200, headers: [], body: request.body))
    }

    var noting: @Sendable (ServerNotice) -> Void = { _ in }

    func note(_ notice: ServerNotice) { noting(notice) }
    func admit(_ head: RequestHead) -> ServerResponse? { admitting(head) }
    func handle(_ request: ServerRequest, reply: ServerReply) { handling(request, reply) }
    func refusal(_ refusal: ServerRefusal, peer: String, target: String) -> ServerResponse {
        ServerResponse(status: refusal.status, body: Array(refusal.code.utf8))
    }
}

/// Runs `body` against a server on a free port and stops it afterwards, also when `body` throws.
func withServer(
    tls: TLSContext? = nil, limits: ServerLimits = ServerLimits(), handler: TestHandler = TestHandler(),
    graceSeconds: Int = 0, _ body: (HTTPServer) throws -> Void
) throws {
    let server = try HTTPServer.start(
        host: "127.0.0.1", port: 0, tls: tls, limits: limits, handler: handler)
    defer { server.stop(graceSeconds: graceSeconds) }
    try body(server)
}

/// As above, for bodies that wait.
func withServer(
    tls: TLSContext? = nil, limits: ServerLimits = ServerLimits(), handler: TestHandler = TestHandler(),
    graceSeconds: Int = 0, _ body: (HTTPServer) async throws -> Void
) async throws {
    let server = try HTTPServer.start(
        host: "127.0.0.1", port: 0, tls: tls, limits: limits, handler: handler)
    defer { server.stop(graceSeconds: graceSeconds) }
    try await body(server)
}

extension ServerLimits {
    /// Defaults with changes.
    static func with(_ change: (inout ServerLimits) -> Void) -> ServerLimits {
        var limits = ServerLimits()
        change(&limits)
        return limits
    }
}
