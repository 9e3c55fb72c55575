import FoundationEssentials
import Glibc
import HTTPServer

/// A server whose handler does nothing, so that what it costs is the server's.
///
/// `scripts/bench-front-door.py` compares it with `Floor/floor.c`.
struct EmptyHandler: ServerHandler {
    /// Serves until the process is ended; the port is printed first.
    ///
    /// - Parameters:
    ///   - threads: The loops of the server.
    ///   - identity: The files of a certificate and its key; empty for a server without TLS.
    static func serve(threads: Int, identity: [String]) throws {
        var limits = ServerLimits()
        limits.threads = threads
        let tls =
            identity.count == 2
            ? try TLSContext(certificateChain: bytes(identity[0]), privateKey: bytes(identity[1])) : nil
        let server = try HTTPServer.start(
            host: "127.0.0.1", port: 0, tls: tls, limits: limits, handler: EmptyHandler())
        print("listening on \(server.port)")
        fflush(nil)
        while true { pause() }
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path)))
    }

    func admit(_ head: RequestHead) -> ServerResponse? { nil }

    func handle(_ request: ServerRequest, reply: ServerReply) { reply(ServerResponse(status: 200)) }

    func refusal(_ refusal: ServerRefusal, peer: String, target: String) -> ServerResponse {
        ServerResponse(status: refusal.status)
    }
}
