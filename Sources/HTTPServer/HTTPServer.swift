internal import Synchronization

/// An HTTP/1.1 server.
///
/// Serves from the moment it is started until ``stop(graceSeconds:)`` or until it is let go.
package final class HTTPServer: Sendable {
    /// The port it listens on: the one asked for, or the free one that was found for 0.
    package let port: Int

    private let core: ServerCore
    private let running: Mutex<Running?>

    private struct Running: ~Copyable, Sendable {
        let socket: ListenSocket
        let daemon: Daemon
        let sweeper: Sweeper
    }

    private init(core: ServerCore, socket: consuming ListenSocket, daemon: consuming Daemon, sweeper: Sweeper)
    {
        self.core = core
        port = socket.port
        running = Mutex(Running(socket: socket, daemon: daemon, sweeper: sweeper))
    }

    /// Starts serving.
    ///
    /// - Parameters:
    ///   - host: A name or an address of this machine; `0.0.0.0` and `::` stand for all of them.
    ///   - port: 0...65535; 0 takes any free one.
    package static func start(
        host: String, port: Int, limits: ServerLimits = ServerLimits(), handler: any ServerHandler
    ) throws(HTTPServerError) -> HTTPServer {
        let core = ServerCore(handler: handler, limits: limits)
        let socket = try ListenSocket(host: host, port: port)
        guard let daemon = Daemon(core: core, socket: socket.descriptor) else {
            throw .failed(call: "MHD_start_daemon", errno: Libc.lastError)
        }
        guard let sweeper = Sweeper(core: core) else {
            throw .failed(call: "pthread_create", errno: Libc.lastError)
        }
        return HTTPServer(core: core, socket: socket, daemon: daemon, sweeper: sweeper)
    }

    /// What is going on right now; cheap enough for every scrape of the metrics.
    package var counters: ServerCounters {
        ServerCounters(
            openConnections: core.openConnections,
            requestsInFlight: core.requestsInFlight.load(ordering: .relaxed))
    }

    /// Stops: accepts nothing more from now on, lets what is running finish for at most `graceSeconds`,
    /// answers the rest ``ServerRefusal/draining``, then closes.
    ///
    /// Returns when all threads have ended; a second call returns at once. Must not be called from the
    /// handler.
    package func stop(graceSeconds: Int) {
        running.withLock { running in
            guard let ending = running.take() else { return }
            core.isDraining.store(true, ordering: .sequentiallyConsistent)
            ending.daemon.quiesce()
            ending.socket.stopListening()
            waitUntilIdle(milliseconds: graceSeconds * 1_000)
            core.isClosing.store(true, ordering: .sequentiallyConsistent)
            core.refuseAllWaiting()
            waitUntilIdle(milliseconds: HTTPServer.lastAnswersMilliseconds)
            ending.sweeper.stop()
        }
    }

    deinit { stop(graceSeconds: 0) }

    private func waitUntilIdle(milliseconds: Int) {
        let end = Libc.monotonicMilliseconds() + milliseconds
        while core.requestsInFlight.load(ordering: .relaxed) > 0, Libc.monotonicMilliseconds() < end {
            Libc.sleep(milliseconds: HTTPServer.idleCheckMilliseconds)
        }
    }

    /// How long the refusals of the last moment may take to be written.
    private static let lastAnswersMilliseconds = 1_000
    private static let idleCheckMilliseconds = 2
}

/// What a server is busy with.
package struct ServerCounters: Sendable, Hashable {
    /// Connections that are open, idle ones included.
    package var openConnections: Int
    /// Requests whose head has come in and whose answer has not gone out.
    package var requestsInFlight: Int

    /// Creates counters, as a test needs them.
    package init(openConnections: Int, requestsInFlight: Int) {
        self.openConnections = openConnections
        self.requestsInFlight = requestsInFlight
    }
}
