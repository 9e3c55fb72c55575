internal import HTTPServer
internal import HeaderFields
internal import Synchronization

/// The emulators behind a port, and a page that shows their incidents.
package final class Sandbox: Sendable {
    /// The clock that the emulators run on.
    package struct World: Sendable {
        /// Seconds since 1970-01-01T00:00:00Z.
        package var now: @Sendable () -> Double
        /// Calls after so many seconds.
        package var after: @Sendable (_ seconds: Double, _ call: @escaping @Sendable () -> Void) -> Void

        /// A world.
        package init(
            now: @escaping @Sendable () -> Double,
            after: @escaping @Sendable (_ seconds: Double, _ call: @escaping @Sendable () -> Void) -> Void
        ) {
            self.now = now
            self.after = after
        }
    }

    private let host: SandboxHost
    private let server: HTTPServer

    /// Starts the emulators on an address.
    ///
    /// - Throws: ``SandboxStartError``, one sentence.
    package init(
        _ emulators: [any VendorEmulator], host address: String, port: Int, world: World
    ) throws(SandboxStartError) {
        host = SandboxHost(emulators, world)
        do {
            server = try HTTPServer.start(host: address, port: port, handler: host)
        } catch { throw SandboxStartError(description: error.description) }
    }

    /// The port it listens on.
    package var port: Int { server.port }

    /// Every incident of every vendor, and what was done with the requests.
    package var snapshot: VendorSnapshot { host.emulators.withLock { $0.snapshot(at: host.world.now()) } }

    /// Stops at once.
    package func stop() { server.stop(graceSeconds: 0) }
}

/// Why the sandbox cannot start.
package struct SandboxStartError: Error, CustomStringConvertible {
    /// One sentence for a person.
    package let description: String
}

/// Carries requests to the emulators and their answers back.
private final class SandboxHost: ServerHandler {
    let emulators: Mutex<VendorEmulators>
    let world: Sandbox.World

    init(_ emulators: [any VendorEmulator], _ world: Sandbox.World) {
        self.world = world
        self.emulators = Mutex(VendorEmulators(emulators))
    }

    func admit(_ head: RequestHead) -> ServerResponse? { nil }

    func handle(_ request: ServerRequest, reply: ServerReply) {
        let asked = SandboxRequest(
            method: request.method, target: request.target,
            headers: request.headers.map { .init($0.name, $0.value) }, body: request.body)
        var chance = SystemRandomNumberGenerator()
        let answer = emulators.withLock { $0.respond(to: asked, at: world.now(), using: &chance) }
        switch answer {
        case .respond(let response, let seconds):
            let headers = response.headers.map { HeaderField($0.name, $0.value) }
            let sent = ServerResponse(status: response.status, headers: headers, body: response.body)
            after(seconds) { reply(sent) }
        case .drop(let seconds): after(seconds) { reply.drop() }
        }
    }

    func refusal(_ refusal: ServerRefusal, peer: String, target: String) -> ServerResponse {
        ServerResponse(
            status: refusal.status, headers: [HeaderField("Content-Type", "application/json")],
            body: Array("{\"message\":\"\(refusal.code)\"}".utf8))
    }

    private func after(_ seconds: Double, _ call: @escaping @Sendable () -> Void) {
        if seconds <= 0 { call() } else { world.after(seconds, call) }
    }
}
